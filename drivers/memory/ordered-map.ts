/** A map whose keys are also kept in order, for pages of them: none is longer to find among a million than among a thousand. */
import type { Page } from '../../lib/driver.ts';
import { firstIndex } from '../tree/sorting.ts';

/** How many keys a chunk has at most, before it is split in two. */
const chunkLength = 1_024;

/**
 * A map with keys in byte order. They are kept in sorted chunks: a key that comes or goes is found by binary search, and moves those of
 * one chunk only.
 */
export class OrderedMap<K extends string, V> {
  readonly #values = new Map<K, V>();
  /** In order, none of them empty. */
  readonly #chunks: K[][] = [];

  constructor(entries: Iterable<readonly [K, V]> = []) {
    for (const [key, value] of entries) this.set(key, value);
  }

  get size(): number {
    return this.#values.size;
  }

  get(key: K): V | undefined {
    return this.#values.get(key);
  }

  has(key: K): boolean {
    return this.#values.has(key);
  }

  set(key: K, value: V): void {
    if (!this.#values.has(key)) this.#insert(key);
    this.#values.set(key, value);
  }

  /** False if there was no such key. */
  delete(key: K): boolean {
    if (!this.#values.delete(key)) return false;
    const at = this.#chunkOf(key);
    const chunk = this.#chunks[at] ?? [];
    chunk.splice(
      firstIndex(chunk, (each) => each >= key),
      1,
    );
    if (chunk.length === 0) this.#chunks.splice(at, 1);
    return true;
  }

  /** In the order in which they came. An entry may be deleted meanwhile. */
  entries(): MapIterator<[K, V]> {
    return this.#values.entries();
  }

  /** In the order in which they came. */
  values(): MapIterator<V> {
    return this.#values.values();
  }

  /** The keys after a marker, which may be any string, in byte order. */
  page({ after = '', limit }: Page): K[] {
    const page: K[] = [];
    for (let at = this.#chunkOf(after); page.length < limit; at++) {
      const chunk = this.#chunks[at];
      if (chunk === undefined) break;
      const start = firstIndex(chunk, (each) => each > after);
      page.push(...chunk.slice(start, start + limit - page.length));
    }
    return page;
  }

  /** The index of the chunk that has the key, or would have it. */
  #chunkOf(key: string): number {
    return Math.max(0, firstIndex(this.#chunks, ([first = '']) => first > key) - 1);
  }

  #insert(key: K): void {
    const at = this.#chunkOf(key);
    const chunk = this.#chunks[at];
    if (chunk === undefined) return void this.#chunks.push([key]);
    chunk.splice(
      firstIndex(chunk, (each) => each > key),
      0,
      key,
    );
    if (chunk.length > chunkLength) this.#chunks.splice(at + 1, 0, chunk.splice(chunkLength / 2));
  }
}
