/** Amounts as people read them. */

const units = ['KiB', 'MiB', 'GiB', 'TiB', 'PiB'];

/** Bytes with a unit: `0 B`, `1.5 KiB`, `2.0 GiB`. */
export function sizeText(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  // What would be rounded to 1024 of a unit is one of the next.
  const power = Math.min(units.length, Math.floor(Math.log2(bytes * (1 + 0.05 / 1024)) / 10));
  return `${(bytes / 1024 ** power).toFixed(1)} ${units[power - 1]}`;
}

/** How many there are, in words: `1 blob`, `2 repositories`. */
export function countText(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}
