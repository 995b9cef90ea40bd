/** Extended headers, which precede an entry: pax records (`x`) and the long names of GNU tar (`L`, `K`). */
import { ArchiveRefused } from './archive-refused.ts';
import { textField } from './field.ts';
import type { Header } from './header.ts';
import { readPax } from './pax.ts';

/** A consumer of the bytes between a header and its padding. */
export interface Content {
  /** Consumes the next bytes. */
  take(bytes: Buffer): void;
  /** Called after the last byte. */
  end(): void;
}

/** The extended headers of the next entry. */
export interface Extensions {
  /** Whether there are any, so that an entry must follow. */
  readonly pending: boolean;
  /** The consumer of the content if this header is an extended one; undefined if it is that of an entry. */
  open(header: Header): Content | undefined;
  /** The header of an entry, completed by the pending extended headers, which are used up. */
  applyTo(header: Header): Header;
}

/** How many bytes an extended header may have. */
const limit = 1024 * 1024;

/** The types of extended headers, each with the parser of its content. */
const readers: { readonly [type: string]: (content: Buffer) => Partial<Header> } = {
  x: readPax,
  K: (content) => ({ linkname: textField(content) }),
  L: (content) => ({ name: textField(content) }),
};

/** Creates an empty set of extended headers. */
export function createExtensions(): Extensions {
  const pending = new Map<string, Partial<Header>>();
  return {
    get pending() {
      return pending.size > 0;
    },
    open: ({ type, size }) => {
      const read = Object.hasOwn(readers, type) ? readers[type] : undefined;
      if (!read) return undefined;
      // Refused, since programs differ in which of two they use.
      if (pending.has(type)) throw new ArchiveRefused('is the second extended header of its kind for one entry');
      if (size > limit) throw new ArchiveRefused(`is an extended header of ${size} bytes, and ${limit} are the most`);
      return collectContent(size, (content) => pending.set(type, read(content)));
    },
    applyTo: (header) => {
      if (pending.size === 0) return header;
      // Long names of GNU tar override pax records.
      const extended = { ...header, ...pending.get('x'), ...pending.get('K'), ...pending.get('L') };
      pending.clear();
      return extended;
    },
  };
}

function collectContent(size: number, whole: (content: Buffer) => void): Content {
  const collected = Buffer.alloc(size);
  let filled = 0;
  return {
    take: (bytes) => {
      filled += bytes.copy(collected, filled);
    },
    end: () => {
      whole(collected);
    },
  };
}
