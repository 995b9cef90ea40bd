/** A set of digests that takes little memory however many there are. */
import { type Digest, hexOf } from './driver.ts';

/** A digest is kept as so many words of 32 bits: no two that anybody can make have the same. */
const words = 4;
/** How many tables a set has: each is small, so that none holds the event loop when it grows. */
const tables = 256;
/** How many digests a table has room for at first. */
const firstRoom = 16;

/** Digests that were added: 16 bytes of each are kept, in tables that are three quarters full at most. */
export class DigestSet {
  readonly #tables: (Table | undefined)[] = Array.from({ length: tables });

  /** False if it was there before. */
  add(digest: Digest): boolean {
    const mark = markOf(digest);
    const at = tableOf(mark);
    this.#tables[at] ??= new Table();
    return this.#tables[at].add(mark);
  }

  has(digest: Digest): boolean {
    const mark = markOf(digest);
    return this.#tables[tableOf(mark)]?.has(mark) ?? false;
  }
}

type Mark = readonly number[];

function markOf(digest: Digest): Mark {
  const hex = hexOf(digest);
  return Array.from({ length: words }, (_, index) => Number.parseInt(hex.slice(8 * index, 8 * index + 8), 16));
}

const tableOf = (mark: Mark): number => (mark[0] ?? 0) % tables;

/** A hash table with open addressing: an entry stands in the first free place from the one that its second word names. */
class Table {
  #entries = new Uint32Array(firstRoom * words);
  #size = 0;

  has(mark: Mark): boolean {
    return this.#isAt(this.#find(mark), mark);
  }

  add(mark: Mark): boolean {
    const at = this.#find(mark);
    if (this.#isAt(at, mark)) return false;
    this.#entries.set(mark, at);
    if (++this.#size > (this.#entries.length / words) * 0.75) this.#grow();
    return true;
  }

  #grow(): void {
    const before = this.#entries;
    this.#entries = new Uint32Array(before.length * 2);
    for (let at = 0; at < before.length; at += words) {
      const mark = before.subarray(at, at + words);
      if (mark.some((word) => word !== 0)) this.#entries.set(mark, this.#find([...mark]));
    }
  }

  /** Where the entry stands, or would. */
  #find(mark: Mark): number {
    const { length } = this.#entries;
    let at = ((mark[1] ?? 0) * words) % length;
    while (!this.#isAt(at, mark) && !this.#isFree(at)) at = (at + words) % length;
    return at;
  }

  #isAt(at: number, mark: Mark): boolean {
    return mark.every((word, index) => this.#entries[at + index] === word);
  }

  #isFree(at: number): boolean {
    return this.#isAt(at, [0, 0, 0, 0]);
  }
}
