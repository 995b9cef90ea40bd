/** The sums of the entries of one archive, stored compactly: this bounds the memory for archives of many small entries. */
import { createHash } from 'node:crypto';
import { ArchiveRefused } from '../../tar/archive-refused.ts';

/** The sums of entries, by position in the archive. */
export interface EntrySums {
  /** How many entries were added. */
  readonly count: number;
  /** How many 32-bit words a sum has, and how many an entry has in all: its sum, then a key of its path. */
  readonly words: { readonly ofSum: number; readonly ofEntry: number };
  /** Adds the next entry. Path and sum have one character for each byte. Throws {@link ArchiveRefused} over the limit. */
  add(path: string, sum: string): void;
  /** One 32-bit word of the entry at a position. */
  wordAt(position: number, word: number): number;
  /** The sum at a position, in hex. */
  hexAt(position: number): string;
}

/** The bytes of the key of a path. A part of its hash is enough, since paths are only compared for equality. */
const keyLength = 16;
/** The bytes that sorting needs for each entry, at most. */
const orderLength = 16;
/** The bytes of memory that one archive may take. */
const stateLimit = 16 * 1024 * 1024;
const pageEntries = 4096;

/** The most entries whose sums, of this many bytes each, fit into 16 MiB. Sorting them takes half a second at most. */
export function maxEntries(sumLength: number): number {
  return Math.floor(stateLimit / (sumLength + keyLength + orderLength));
}

/** Creates an empty list of entries, whose sums have this many bytes. */
export function createEntrySums(sumLength: number): EntrySums {
  const width = sumLength + keyLength;
  const limit = maxEntries(sumLength);
  const pages: Buffer[] = [];
  let count = 0;
  return {
    get count() {
      return count;
    },
    words: { ofSum: sumLength / 4, ofEntry: width / 4 },
    add: (path, sum) => {
      if (count === limit) throw new ArchiveRefused(`begins an entry too many: ${limit} are taken`);
      if (count % pageEntries === 0) pages.push(Buffer.alloc(pageEntries * width));
      const at = (count % pageEntries) * width;
      const page = pageOf(pages, count);
      page.write(sum, at, sumLength, 'latin1');
      page.write(keyOf(path), at + sumLength, keyLength, 'latin1');
      count += 1;
    },
    wordAt: (position, word) => pageOf(pages, position).readUInt32BE((position % pageEntries) * width + 4 * word),
    hexAt: (position) => {
      const at = (position % pageEntries) * width;
      return pageOf(pages, position).toString('hex', at, at + sumLength);
    },
  };
}

function keyOf(path: string): string {
  return createHash('sha256').update(path, 'latin1').digest('binary');
}

function pageOf(pages: readonly Buffer[], position: number): Buffer {
  const page = pages[Math.floor(position / pageEntries)];
  if (!page) throw new RangeError(`there is no entry ${position}`);
  return page;
}
