/** Byte ranges of a content of known size: RFC 9110, section 14. */
import type { ByteRange } from '../api/formats.ts';

/** How many parts one reply has at most: each costs a call of the storage. */
const mostParts = 64;

/**
 * The ranges that a `Range` header selects of `size` bytes, in the order of the header: cut to the size, without those that lie
 * outside of it or end before they begin, and merged where they touch or overlap. Empty if none is left. Undefined if the header
 * must be ignored, or may be: it has another unit, is malformed, or selects more parts than one reply has.
 */
export function resolveRanges(header: string, size: number): readonly ByteRange[] | undefined {
  const [, list] = /^bytes=(.*)$/i.exec(header) ?? [];
  const specs =
    list
      ?.split(',')
      .map((spec) => spec.trim())
      .filter((spec) => spec !== '') ?? [];
  const ranges = specs.map((spec) => resolve(spec, size));
  if (ranges.length === 0 || ranges.includes('malformed')) return undefined;
  const merged = merge(ranges.filter((range) => typeof range === 'object'));
  return merged.length > mostParts ? undefined : merged;
}

function resolve(spec: string, size: number): ByteRange | 'outside' | 'malformed' {
  const [, from, to] = /^([0-9]*)-([0-9]*)$/.exec(spec) ?? [];
  if (from === undefined || to === undefined || from + to === '') return 'malformed';
  if (from === '') return cut(size - Math.min(Number(to), size), size - 1, size);
  return cut(Number(from), to === '' ? size - 1 : Number(to), size);
}

function cut(first: number, last: number, size: number): ByteRange | 'outside' {
  return first >= size || last < first ? 'outside' : { first, last: Math.min(last, size - 1) };
}

/** The ranges, merged where they touch or overlap; each stands where the first of those that it is made of stood. */
function merge(ranges: readonly ByteRange[]): ByteRange[] {
  const merged: { first: number; last: number; place: number }[] = [];
  const ascending = ranges.map((range, place) => ({ ...range, place })).sort((one, other) => one.first - other.first);
  for (const range of ascending) {
    const before = merged.at(-1);
    if (!before || range.first > before.last + 1) merged.push(range);
    else {
      before.last = Math.max(before.last, range.last);
      before.place = Math.min(before.place, range.place);
    }
  }
  return merged.sort((one, other) => one.place - other.place).map(({ first, last }) => ({ first, last }));
}
