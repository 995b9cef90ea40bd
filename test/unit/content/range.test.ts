/** Byte ranges. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { resolveRange } from '../../../lib/content/range.ts';

describe('a byte range', () => {
  it.each([
    ['bytes=0-0', 10, { first: 0, last: 0 }],
    ['bytes=0-9', 10, { first: 0, last: 9 }],
    ['bytes=0-10', 10, { first: 0, last: 9 }],
    ['bytes=9-', 10, { first: 9, last: 9 }],
    ['bytes=-1', 10, { first: 9, last: 9 }],
    ['bytes=-10', 10, { first: 0, last: 9 }],
    ['bytes=-99', 10, { first: 0, last: 9 }],
    ['Bytes=0-0', 10, { first: 0, last: 0 }],
    ['bytes= 0-0 ', 10, { first: 0, last: 0 }],
    ['bytes=0-99999999999999999999999', 10, { first: 0, last: 9 }],
    ['bytes=10-', 10, 'unsatisfiable'],
    ['bytes=99999999999999999999999-', 10, 'unsatisfiable'],
    ['bytes=-0', 10, 'unsatisfiable'],
    ['bytes=500-0', 10, 'unsatisfiable'],
    ['bytes=0-', 0, 'unsatisfiable'],
    ['bytes=-1', 0, 'unsatisfiable'],
    ['bytes=-', 10, undefined],
    ['bytes=', 10, undefined],
    ['bytes', 10, undefined],
    ['', 10, undefined],
    ['bytes=0-1,3-4', 10, undefined],
    ['bytes=a-b', 10, undefined],
    ['bytes=1.5-2', 10, undefined],
    ['lines=0-1', 10, undefined],
  ])('%j of %i bytes', (header, size, expected) => {
    expect(resolveRange(header, size)).toEqual(expected);
  });

  it('lies inside the content, whatever is asked for', () => {
    const bound = fc.oneof(fc.constant(''), fc.nat().map(String), fc.string());
    fc.assert(
      fc.property(bound, bound, fc.nat(), (from, to, size) => {
        const range = resolveRange(`bytes=${from}-${to}`, size);
        if (typeof range !== 'object') return true;
        return 0 <= range.first && range.first <= range.last && range.last < size;
      }),
    );
  });
});
