/** Sorts entries by words of 32 bits, without a function that compares two of them: a million take a fraction of a second. */

/** Tells one word of an entry. */
export type WordAt = (position: number, word: number) => number;

/** What a word is multiplied with to make room for a position: their sum is exact. */
const room = 2 ** 21;

/** Orders ascending positions, in place, by their words `from` to `to`; those whose words are equal stay ascending. */
export function sortByWords(positions: Uint32Array, wordAt: WordAt, { from, to }: { from: number; to: number }): void {
  if (from === to) return;
  sortByWord(positions, wordAt, from);
  for (const run of runsOfOneWord(positions, wordAt, from)) sortByWords(run, wordAt, { from: from + 1, to });
}

function sortByWord(positions: Uint32Array, wordAt: WordAt, word: number): void {
  const keys = new Float64Array(positions.length);
  for (let at = 0; at < keys.length; at++) keys[at] = wordAt(positions[at] ?? 0, word) * room + (positions[at] ?? 0);
  keys.sort();
  for (let at = 0; at < keys.length; at++) positions[at] = (keys[at] ?? 0) % room;
}

/** The runs of several positions that have one word in common. */
function* runsOfOneWord(positions: Uint32Array, wordAt: WordAt, word: number): Generator<Uint32Array> {
  for (let from = 0, next = 1; from < positions.length; from = next++) {
    const common = wordAt(positions[from] ?? 0, word);
    while (next < positions.length && wordAt(positions[next] ?? 0, word) === common) next++;
    if (next - from > 1) yield positions.subarray(from, next);
  }
}
