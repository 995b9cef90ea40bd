/** Single byte ranges of a content of known size: RFC 9110, section 14. */
import type { ByteRange } from '../api/formats.ts';

/**
 * The range that a `Range` header selects of `size` bytes, cut to the size. `unsatisfiable` if it lies outside of them or ends before
 * it begins. Undefined if the header must be ignored: another unit, several ranges, or a malformed one.
 */
export function resolveRange(header: string, size: number): ByteRange | 'unsatisfiable' | undefined {
  const [, from, to] = /^bytes=\s*([0-9]*)-([0-9]*)\s*$/i.exec(header) ?? [];
  if (from === undefined || to === undefined || from + to === '') return undefined;
  if (from === '') return cut(size - Math.min(Number(to), size), size - 1, size);
  return cut(Number(from), to === '' ? size - 1 : Number(to), size);
}

function cut(first: number, last: number, size: number): ByteRange | 'unsatisfiable' {
  return first >= size || last < first ? 'unsatisfiable' : { first, last: Math.min(last, size - 1) };
}
