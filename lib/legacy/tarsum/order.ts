/** The order in which the sums of entries make the sum of their archive. */
import type { EntrySums } from './sums.ts';
import { sortByWords } from './words.ts';

/**
 * The positions of all entries, ordered by their sums, except that entries of one path share their places in the order in
 * which they come in the archive. Where entries of one path have others between them, other programs may come to another
 * order.
 */
export function sumOrder(sums: EntrySums): Uint32Array {
  const order = positions(sums.count);
  sortByWords(order, sums.wordAt, { from: 0, to: sums.words.ofSum });
  let places: Uint32Array | undefined;
  for (const group of groupsOfOnePath(sums)) {
    places ??= placesIn(order);
    settle(group, order, places);
  }
  return order;
}

function positions(count: number): Uint32Array {
  return new Uint32Array(count).map((_, position) => position);
}

/** The positions that share their path with others, ascending in each group. */
function* groupsOfOnePath(sums: EntrySums): Generator<Uint32Array> {
  const key = { from: sums.words.ofSum, to: sums.words.ofEntry };
  const sorted = positions(sums.count);
  sortByWords(sorted, sums.wordAt, key);
  const samePath = (a = 0, b = 0) => {
    for (let word = key.from; word < key.to; word++) if (sums.wordAt(a, word) !== sums.wordAt(b, word)) return false;
    return true;
  };
  for (let from = 0, next = 1; from < sorted.length; from = next++) {
    while (next < sorted.length && samePath(sorted[from], sorted[next])) next++;
    if (next - from > 1) yield sorted.subarray(from, next);
  }
}

/** Where in the order each position stands. */
function placesIn(order: Uint32Array): Uint32Array {
  const places = new Uint32Array(order.length);
  for (let place = 0; place < order.length; place++) places[order[place] ?? 0] = place;
  return places;
}

function settle(group: Uint32Array, order: Uint32Array, places: Uint32Array): void {
  const taken = group.map((position) => places[position] ?? 0).sort();
  for (let index = 0; index < group.length; index++) order[taken[index] ?? 0] = group[index] ?? 0;
}
