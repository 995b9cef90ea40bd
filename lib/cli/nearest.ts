/** What was probably meant by a word that is not known. */

/** No name is longer. */
const longest = 40;

/** The name that is nearest to a word, if one is so near that it was probably meant. */
function nearest(word: string, names: readonly string[]): string | undefined {
  if (word === '' || word.length > longest) return undefined;
  const begun = names.find((name) => word.startsWith(name) || name.startsWith(word));
  if (begun !== undefined) return begun;
  const distances = names.map((name) => ({ name, distance: distanceOf(word, name) }));
  const found = distances.sort((one, other) => one.distance - other.distance)[0];
  return found !== undefined && found.distance <= Math.max(1, Math.floor(word.length / 3)) ? found.name : undefined;
}

/** `; did you mean …?`, or nothing. `dashes`: what stands before a name where it is typed. */
export function didYouMean(word: string, names: readonly string[], dashes = ''): string {
  const name = nearest(word, names);
  return name === undefined ? '' : `; did you mean ${dashes}${name}?`;
}

/** How many letters have to be put in, left out, replaced, or exchanged with the next one (Damerau and Levenshtein). */
function distanceOf(one: string, other: string): number {
  let [beforeLast, last]: number[][] = [[], Array.from({ length: other.length + 1 }, (_, column) => column)];
  for (let row = 1; row <= one.length; row++) {
    const current = [row];
    for (let column = 1; column <= other.length; column++) {
      const isSame = one[row - 1] === other[column - 1];
      const isExchanged = one[row - 1] === other[column - 2] && one[row - 2] === other[column - 1];
      current[column] = Math.min(
        at(last, column) + 1,
        at(current, column - 1) + 1,
        at(last, column - 1) + (isSame ? 0 : 1),
        isExchanged ? at(beforeLast, column - 2) + 1 : Number.POSITIVE_INFINITY,
      );
    }
    [beforeLast, last] = [last, current];
  }
  return at(last, other.length);
}

const at = (row: readonly number[] = [], column: number): number => row[column] ?? Number.POSITIVE_INFINITY;
