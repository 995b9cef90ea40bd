/** The sums of the entries of one archive, in little memory: what an archive of many small entries costs is bounded here. */
import { createHash } from 'node:crypto';
import { ArchiveRefused } from './refused.ts';

/** The sums of entries, numbered by their position in the archive. */
export interface EntrySums {
  readonly count: number;
  /** How many words a sum has, and how many are kept of an entry: first its sum, then a key that only its path has. */
  readonly words: { readonly ofSum: number; readonly ofEntry: number };
  /** Takes the next entry. Path and sum are bytes, carried as one character for each. */
  add(path: string, sum: string): void;
  /** One word (four bytes) of what is kept of the entry at a position. */
  wordAt(position: number, word: number): number;
  /** The sum at a position, in hex. */
  hexAt(position: number): string;
}

/** A path is kept as this many bytes of its hash: paths are only ever compared for equality. */
const keyLength = 16;
/** What ordering the sums takes for each entry, at most. */
const orderLength = 16;
const stateLimit = 16 * 1024 * 1024;
const pageEntries = 4096;

/** How many entries are taken if their sums have that many bytes: in all they cost 16 MiB at most, and half a second to order. */
export function maxEntries(sumLength: number): number {
  return Math.floor(stateLimit / (sumLength + keyLength + orderLength));
}

/** No entries yet, whose sums will have that many bytes. */
export function entrySums(sumLength: number): EntrySums {
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
