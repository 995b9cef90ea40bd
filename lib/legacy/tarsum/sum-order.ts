/** The order in which the sums of entries are hashed into the sum of their archive. */
import type { EntrySums } from './entry-sums.ts';
import { sortByWords } from './sort-words.ts';

/**
 * The positions of all entries, sorted by their sums; then entries with the same path are put into the order of the archive, within
 * the ranks that they have together. If other entries rank between those of one path, other programs may give another order.
 */
export function sumOrder(sums: EntrySums): Uint32Array {
  const order = positions(sums.count);
  sortByWords(order, sums.wordAt, { from: 0, to: sums.words.ofSum });
  let ranks: Uint32Array | undefined;
  for (const group of groupsOfOnePath(sums)) {
    ranks ??= ranksIn(order);
    placeGroup(group, order, ranks);
  }
  return order;
}

function positions(count: number): Uint32Array {
  return new Uint32Array(count).map((_, position) => position);
}

/** Groups of positions with the same path, of two or more, ascending in each group. */
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

/** The rank of each position: its index in the order. */
function ranksIn(order: Uint32Array): Uint32Array {
  const ranks = new Uint32Array(order.length);
  for (let rank = 0; rank < order.length; rank++) ranks[order[rank] ?? 0] = rank;
  return ranks;
}

/** Puts the positions of a group, ascending, into the ranks that they have together. */
function placeGroup(group: Uint32Array, order: Uint32Array, ranks: Uint32Array): void {
  const taken = group.map((position) => ranks[position] ?? 0).sort();
  for (let index = 0; index < group.length; index++) order[taken[index] ?? 0] = group[index] ?? 0;
}
