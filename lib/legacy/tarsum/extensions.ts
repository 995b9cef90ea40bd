/** What comes before an entry and belongs to it: pax records (`x`) and the long names of GNU tar (`L`, `K`). */
import { textField } from './field.ts';
import type { Header } from './header.ts';
import { readPax } from './pax.ts';
import { ArchiveRefused } from './refused.ts';

/** Takes the bytes between a header and its padding. */
export interface Content {
  take(bytes: Buffer): void;
  end(): void;
}

/** The extended headers of the next entry. */
export interface Extensions {
  /** Whether there are any. */
  readonly pending: boolean;
  /** What takes the content of this header if it is an extended one; undefined if it is of an entry. */
  open(header: Header): Content | undefined;
  /** The header of an entry with what came before it; from then on nothing is pending. */
  applyTo(header: Header): Header;
}

const limit = 1024 * 1024;

/** The extended headers, each with what its content says. */
const readers: { readonly [type: string]: (content: Buffer) => Partial<Header> } = {
  x: readPax,
  K: (content) => ({ linkname: textField(content) }),
  L: (content) => ({ name: textField(content) }),
};

/** No extended headers yet. */
export function extensions(): Extensions {
  const pending = new Map<string, Partial<Header>>();
  return {
    get pending() {
      return pending.size > 0;
    },
    open: ({ type, size }) => {
      const read = Object.hasOwn(readers, type) ? readers[type] : undefined;
      if (!read) return undefined;
      // Which of two would count differs between readers of tar.
      if (pending.has(type)) throw new ArchiveRefused('is the second extended header of its kind for one entry');
      if (size > limit) throw new ArchiveRefused(`is an extended header of ${size} bytes, and ${limit} are the most`);
      return collecting(size, (content) => pending.set(type, read(content)));
    },
    applyTo: (header) => {
      if (pending.size === 0) return header;
      // Long names after pax records: where both are there, long names count.
      const extended = { ...header, ...pending.get('x'), ...pending.get('K'), ...pending.get('L') };
      pending.clear();
      return extended;
    },
  };
}

function collecting(size: number, whole: (content: Buffer) => void): Content {
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
