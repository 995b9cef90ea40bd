/**
 * Sorts entries by 32-bit words, the first word first, with the numeric sort of typed arrays. No comparison function is called: a
 * million entries take a fraction of a second.
 */

/** Gives one word of the entry at a position. */
export type WordAt = (position: number, word: number) => number;

/** Positions are below this. A word times this, plus a position, is a whole number below 2 ** 53, so it is exact. */
const positionLimit = 2 ** 21;

/** Sorts ascending positions in place by their words `from` (inclusive) to `to` (exclusive). The sort is stable. */
export function sortByWords(positions: Uint32Array, wordAt: WordAt, { from, to }: { from: number; to: number }): void {
  if (from === to) return;
  sortByWord(positions, wordAt, from);
  for (const run of runsOfOneWord(positions, wordAt, from)) sortByWords(run, wordAt, { from: from + 1, to });
}

function sortByWord(positions: Uint32Array, wordAt: WordAt, word: number): void {
  const keys = new Float64Array(positions.length);
  for (let at = 0; at < keys.length; at++) keys[at] = wordAt(positions[at] ?? 0, word) * positionLimit + (positions[at] ?? 0);
  keys.sort();
  for (let at = 0; at < keys.length; at++) positions[at] = (keys[at] ?? 0) % positionLimit;
}

/** The runs of two or more positions with the same word. */
function* runsOfOneWord(positions: Uint32Array, wordAt: WordAt, word: number): Generator<Uint32Array> {
  for (let from = 0, next = 1; from < positions.length; from = next++) {
    const common = wordAt(positions[from] ?? 0, word);
    while (next < positions.length && wordAt(positions[next] ?? 0, word) === common) next++;
    if (next - from > 1) yield positions.subarray(from, next);
  }
}
