/** Byte ranges. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ByteRange } from '../../../lib/api/formats.ts';
import { resolveRanges } from '../../../lib/content/range.ts';

const spans = (ranges: readonly ByteRange[] | undefined) => ranges?.map(({ first, last }) => `${first}-${last}`).join();

describe('byte ranges', () => {
  it.each([
    ['bytes=0-0', 10, '0-0'],
    ['bytes=0-9', 10, '0-9'],
    ['bytes=0-10', 10, '0-9'],
    ['bytes=9-', 10, '9-9'],
    ['bytes=-1', 10, '9-9'],
    ['bytes=-10', 10, '0-9'],
    ['bytes=-99', 10, '0-9'],
    ['Bytes=0-0', 10, '0-0'],
    ['bytes= 0-0 ', 10, '0-0'],
    ['bytes=0-99999999999999999999999', 10, '0-9'],
    ['bytes=0-1,3-4', 10, '0-1,3-4'],
    ['bytes=3-4,0-1', 10, '3-4,0-1'],
    ['bytes=0-1,2-4', 10, '0-4'],
    ['bytes=8-,0-0,5-8', 10, '5-9,0-0'],
    ['bytes=0-0,9-9,5-5,1-4', 10, '0-5,9-9'],
    ['bytes=,0-0,,9-9,', 10, '0-0,9-9'],
    ['bytes=0-0,10-,-0,5-4', 10, '0-0'],
    ['bytes=10-', 10, ''],
    ['bytes=99999999999999999999999-', 10, ''],
    ['bytes=-0', 10, ''],
    ['bytes=500-0', 10, ''],
    ['bytes=0-', 0, ''],
    ['bytes=-1', 0, ''],
    ['bytes=10-,12-', 10, ''],
    ['bytes=-', 10, undefined],
    ['bytes=', 10, undefined],
    ['bytes=,', 10, undefined],
    ['bytes', 10, undefined],
    ['', 10, undefined],
    ['bytes=a-b', 10, undefined],
    ['bytes=0-0,a-b', 10, undefined],
    ['bytes=0-0;1-1', 10, undefined],
    ['bytes=1.5-2', 10, undefined],
    ['lines=0-1', 10, undefined],
  ])('%j of %i bytes', (header, size, expected) => {
    expect(spans(resolveRanges(header, size))).toEqual(expected);
  });

  it('are 64 at most once they are merged', () => {
    const every = (step: number, count: number) => `bytes=${Array.from({ length: count }, (_, n) => `${step * n}-${step * n}`)}`;
    expect(resolveRanges(every(2, 64), 1_000)).toHaveLength(64);
    expect(resolveRanges(every(2, 65), 1_000)).toBeUndefined();
    expect(resolveRanges(every(1, 1_000), 1_000)).toEqual([{ first: 0, last: 999 }]);
  });

  it('cost little, however many are asked for', () => {
    const started = performance.now();
    for (const spec of ['0-', '-1', '5-4', '0-0', ' ']) resolveRanges(`bytes=${Array(20_000).fill(spec)}`, 1_000);
    expect(performance.now() - started).toBeLessThan(1_000);
  });

  it('lie inside the content, apart from each other, and cover what was asked for and no more, whatever that is', () => {
    const bound = fc.oneof(fc.constant(''), fc.nat({ max: 60 }).map(String), fc.string());
    const spec = fc.oneof(
      { weight: 5, arbitrary: fc.tuple(fc.nat({ max: 60 }), fc.nat({ max: 60 })).map(([a, b]) => `${a}-${b}`) },
      fc.tuple(bound, bound).map(([a, b]) => `${a}-${b}`),
    );
    fc.assert(
      fc.property(fc.array(spec, { minLength: 1, maxLength: 10 }), fc.nat({ max: 60 }), (specs, size) => {
        const ranges = resolveRanges(`bytes=${specs.join()}`, size);
        if (ranges === undefined) return;
        const covered = ranges.flatMap(({ first, last }) => Array.from({ length: last - first + 1 }, (_, n) => first + n));
        const asked = specs.flatMap((one) => resolveRanges(`bytes=${one}`, size) ?? []);
        const wanted = new Set(asked.flatMap(({ first, last }) => Array.from({ length: last - first + 1 }, (_, n) => first + n)));
        expect(covered.every((at) => at >= 0 && at < size)).toBe(true);
        expect([...covered].sort((a, b) => a - b)).toEqual([...wanted].sort((a, b) => a - b));
        for (const one of ranges) for (const other of ranges) expect(one !== other && one.last + 1 === other.first).toBe(false);
      }),
      { numRuns: 1_000 },
    );
  });
});
