/** Names in byte order, in little memory, for pages of them: none takes longer among a million than among a thousand. */
import type { Page } from '../../lib/driver.ts';
import { nextTurn } from '../../lib/timers.ts';
import { firstIndex } from './sorting.ts';

/** How many names a chunk has at first; one with twice as many is split. Those that have to be unpacked are short. */
const chunkLength = { plain: 1_024, packed: 128 };
/** A list of no more names is kept as it is: its pages are cut and not unpacked. */
const mostPlain = 20_000;
/** What a name takes in memory beside its characters, in bytes, about. */
const nameOverhead = 32;
/** What a chunk takes beside what is in it, in bytes, about. */
const chunkOverhead = 40;
/** How many chunks are packed or unpacked without a turn of the event loop. */
const chunksPerTurn = 16;
/** The most characters that a name is said to share with the one before it: more would not fit into one byte. */
const mostShared = 127;
const mark = 128;

/**
 * The names of a chunk, or one string of all (front coding): for each name a character beyond ASCII, which says how many characters it
 * shares with the name before it, and then the others. Names are ASCII.
 */
type Chunk<K extends string> = readonly K[] | string;

/**
 * A set of names, all of them ASCII, kept in sorted chunks: a name that comes or goes is found by binary search, and moves those of one
 * chunk only. A long set is packed: names that are numbered take two bytes each.
 */
export class SortedNames<K extends string> {
  /** In order, none of them empty. */
  readonly #chunks: Chunk<K>[] = [];
  #isPacked = false;
  #bytes = 0;

  /** The set of these names, which are in order, each once. */
  static async from<K extends string>(sorted: readonly K[]): Promise<SortedNames<K>> {
    const names = new SortedNames<K>();
    names.#isPacked = sorted.length > mostPlain;
    const length = names.#chunkLength;
    for (let start = 0; start < sorted.length; start += length) {
      names.#replace(names.#chunks.length, 0, sorted.slice(start, start + length));
      if (names.#chunks.length % chunksPerTurn === 0) await nextTurn();
    }
    return names;
  }

  /** What the names take in memory, about. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Whether the name is there. */
  has(name: string): boolean {
    const [names, index] = this.#find(this.#chunkOf(name), name);
    return names[index] === name;
  }

  /** Adds the name, unless it is there. */
  add(name: K): void {
    const at = this.#chunkOf(name);
    const [names, index] = this.#find(at, name);
    if (names[index] === name) return;
    const more = [...names.slice(0, index), name, ...names.slice(index)];
    const length = this.#chunkLength;
    this.#replace(at, 1, ...(more.length < 2 * length ? [more] : [more.slice(0, length), more.slice(length)]));
  }

  /** Takes the name out, if it is there. */
  delete(name: K): void {
    const at = this.#chunkOf(name);
    const [names, index] = this.#find(at, name);
    if (names[index] !== name) return;
    this.#replace(at, 1, [...names.slice(0, index), ...names.slice(index + 1)]);
  }

  /** The names after a marker, which may be any string, in byte order. What changes meanwhile may be among them, or not. */
  async page({ after = '', limit }: Page): Promise<K[]> {
    const page: K[] = [];
    for (let last = after; ; ) {
      const first = this.#chunkOf(last);
      for (const chunk of this.#chunks.slice(first, first + chunksPerTurn)) {
        const names = unpacked(chunk);
        const start = firstIndex(names, (name) => name > last);
        page.push(...names.slice(start, start + limit - page.length));
        if (page.length === limit) return page;
      }
      if (first + chunksPerTurn >= this.#chunks.length) return page;
      await nextTurn();
      last = page.at(-1) ?? after;
    }
  }

  get #chunkLength(): number {
    return this.#isPacked ? chunkLength.packed : chunkLength.plain;
  }

  /** The index of the chunk that has the name, or would have it. */
  #chunkOf(name: string): number {
    return Math.max(0, firstIndex(this.#chunks, (chunk) => firstName(chunk) > name) - 1);
  }

  /** The names of a chunk, and the index at which the name is, or would be. */
  #find(at: number, name: string): readonly [readonly K[], number] {
    const chunk = this.#chunks[at];
    const names = chunk === undefined ? [] : unpacked(chunk);
    return [names, firstIndex(names, (each) => each >= name)];
  }

  #replace(at: number, count: number, ...chunks: readonly (readonly K[])[]): void {
    const fresh = chunks.filter((names) => names.length > 0).map((names) => (this.#isPacked ? packed(names) : names));
    const old = this.#chunks.splice(at, count, ...fresh);
    for (const chunk of fresh) this.#bytes += bytesOf(chunk);
    for (const chunk of old) this.#bytes -= bytesOf(chunk);
  }
}

function bytesOf(chunk: Chunk<string>): number {
  if (typeof chunk === 'string') return chunkOverhead + chunk.length;
  return chunk.reduce((sum, name) => sum + name.length + nameOverhead, chunkOverhead);
}

function packed(names: readonly string[]): string {
  const parts = names.map((name, index) => {
    const shared = sharedLength(names[index - 1] ?? '', name);
    return String.fromCharCode(mark + shared) + name.slice(shared);
  });
  return parts.join('');
}

function sharedLength(one: string, other: string): number {
  let length = 0;
  while (length < mostShared && length < one.length && one.charCodeAt(length) === other.charCodeAt(length)) length++;
  return length;
}

function unpacked<K extends string>(chunk: Chunk<K>): readonly K[] {
  if (typeof chunk !== 'string') return chunk;
  const names: string[] = [];
  let [name, start] = ['', 0];
  for (let at = 1; at <= chunk.length; at++) {
    if (at < chunk.length && chunk.charCodeAt(at) < mark) continue;
    name = name.slice(0, chunk.charCodeAt(start) - mark) + chunk.slice(start + 1, at);
    names.push(name);
    start = at;
  }
  return names as K[];
}

/** The first name of a chunk, which is never empty. */
function firstName(chunk: Chunk<string>): string {
  if (typeof chunk !== 'string') return chunk[0] ?? '';
  let end = 1;
  while (end < chunk.length && chunk.charCodeAt(end) < mark) end++;
  return chunk.slice(1, end);
}
