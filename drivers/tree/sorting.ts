/** Sorting of long lists of names: in runs that are merged, so that the event loop has its turn in between. */
import { nextTurn } from '../../lib/timers.ts';

/** How many names are sorted at once. */
const runLength = 1_000;
/** How many names are merged, or given out, without a turn of the event loop. */
const namesPerTurn = 2_000;

/** The names in byte order, as {@link sortedPortions} gives them. */
export function sorted<T extends string>(names: Iterable<T> | AsyncIterable<T>, limit?: number): Promise<T[]> {
  return sortedPortions(portionsOf(names), limit);
}

/**
 * The names of all portions in byte order, each once: a directory may give a name twice that is written while it is read. With `limit`,
 * only so many, the first; it then keeps no more than twice as many. It never sorts or merges more than some thousands of names without
 * a turn of the event loop.
 */
export async function sortedPortions<T extends string>(
  portions: AsyncIterable<readonly T[]>,
  limit = Number.POSITIVE_INFINITY,
): Promise<T[]> {
  /** Sorted runs, each longer than the one after it. */
  const runs: T[][] = [];
  let fresh: T[] = [];
  /** A name that `limit` others come before: what sorts behind it is not among the first. */
  let bound: T | undefined;

  async function endRun(): Promise<void> {
    let run = distinct(fresh.sort()).slice(0, limit);
    fresh = [];
    for (let before = runs.at(-1); before && before.length <= run.length; before = runs.at(-1)) {
      runs.pop();
      run = await merge(before, run, limit);
    }
    runs.push(run);
    if (run.length === limit) bound = run.at(-1);
    await nextTurn();
  }
  const isWanted = (name: T): boolean => bound === undefined || name < bound;

  for await (const names of portions) {
    for (const name of names) if (isWanted(name) && fresh.push(name) === runLength) await endRun();
  }
  let all = distinct(fresh.sort()).slice(0, limit);
  for (const run of runs.reverse()) all = await merge(run, all, limit);
  return all;
}

/** The names, as many at a time as are sorted at once. */
async function* portionsOf<T>(names: Iterable<T> | AsyncIterable<T>): AsyncGenerator<readonly T[]> {
  if (!(Symbol.asyncIterator in names)) return yield [...names];
  let portion: T[] = [];
  for await (const name of names) {
    if (portion.push(name) < runLength) continue;
    yield portion;
    portion = [];
  }
  yield portion;
}

/** The first `limit` names of two sorted lists, in order. */
async function merge<T extends string>(one: readonly T[], other: readonly T[], limit: number): Promise<T[]> {
  const merged: T[] = [];
  const length = Math.min(one.length + other.length, limit);
  let [first, second] = [0, 0];
  while (merged.length < length) {
    const [a, b] = [one[first], other[second]];
    if (a !== undefined && (b === undefined || a <= b)) {
      merged.push(a);
      first++;
      if (a === b) second++;
    } else if (b !== undefined) {
      merged.push(b);
      second++;
    } else break;
    if (merged.length % namesPerTurn === 0) await nextTurn();
  }
  return merged;
}

/** Sorted names, each once. */
function distinct<T extends string>(names: readonly T[]): T[] {
  return names.filter((name, index) => name !== names[index - 1]);
}

/** The names, with turns of the event loop in between. */
export async function* paced<T>(names: readonly T[]): AsyncGenerator<T> {
  for (const [index, name] of names.entries()) {
    yield name;
    if (index % namesPerTurn === namesPerTurn - 1) await nextTurn();
  }
}

/** The index of the first item of a sorted list that is beyond a point, as all after it are; its length if none is. Binary search. */
export function firstIndex<T>(list: readonly T[], isBeyond: (item: T) => boolean): number {
  let [from, to] = [0, list.length];
  while (from < to) {
    const middle = (from + to) >> 1;
    const item = list[middle];
    if (item === undefined || isBeyond(item)) to = middle;
    else from = middle + 1;
  }
  return from;
}
