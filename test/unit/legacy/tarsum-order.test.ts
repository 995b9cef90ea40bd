/** The order in which the sums of entries make up a tarsum. */
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createEntrySums, maxEntries } from '../../../lib/legacy/tarsum/entry-sums.ts';
import { sumOrder } from '../../../lib/legacy/tarsum/sum-order.ts';
import { archive, entry } from '../../support/legacy/tar.ts';
import { tarsumOf } from '../../support/legacy/tarsum-reference.ts';

interface Entry {
  readonly path: string;
  readonly sum: string;
}

/** The hex sums in order, in the shortest way. */
function ordered(entries: readonly Entry[]): string[] {
  const numbered = entries.map(({ path, sum }, position) => ({ path, hex: hexOf(sum), position }));
  const result = numbered.toSorted((a, b) => (a.hex < b.hex ? -1 : a.hex > b.hex ? 1 : a.position - b.position));
  for (const path of new Set(entries.map((each) => each.path))) {
    const places = [...result.keys()].filter((place) => result[place]?.path === path);
    const group = numbered.filter((each) => each.path === path);
    for (const [index, place] of places.entries()) result.splice(place, 1, ...group.slice(index, index + 1));
  }
  return result.map(({ hex }) => hex);
}

function orderedHere(entries: readonly Entry[]): string[] {
  const sums = createEntrySums(32);
  for (const { path, sum } of entries) sums.add(path, sum);
  return [...sumOrder(sums)].map((position) => sums.hexAt(position));
}

const hexOf = (text: string) => Buffer.from(text, 'latin1').toString('hex');

describe('the order of sums', () => {
  it('is theirs, except that entries of one path keep their own among them', () => {
    // Few words, so that sums and their beginnings are often equal.
    const word = fc.constantFrom('\0\0\0\0', '\0\0\0\x01', '\x7f\xff\xff\xff', '\x80\0\0\0', '\xff\xff\xff\xff');
    const sum = fc.tuple(word, word, word).map(([first, second, last]) => first + second + '\x2a'.repeat(20) + last);
    const one = fc.record({ path: fc.constantFrom('a', 'b', 'c', 'd', ...'efghijklmnop'), sum });
    fc.assert(
      fc.property(fc.array(one, { maxLength: 40 }), (entries) => {
        expect(orderedHere(entries)).toEqual(ordered(entries));
      }),
    );
  });

  it('is that of their hex digits for a great many', () => {
    const entries = Array.from({ length: 50_000 }, (_, at) => ({
      path: `${at}`,
      sum: createHash('sha256').update(`${at}`).digest('binary'),
    }));
    expect(orderedHere(entries)).toEqual(entries.map(({ sum }) => hexOf(sum)).sort());
  });

  it('takes time in proportion to their number, even if all are equal or alike', () => {
    const alike = ['\0'.repeat(32), `${'\0'.repeat(31)}\x01`] as const;
    const sums = createEntrySums(32);
    for (let at = 0; at < 200_000; at++) sums.add('path', alike[(at * 7) % 2] ?? '');
    const start = performance.now();
    expect([...sumOrder(sums).subarray(0, 3)]).toEqual([0, 1, 2]);
    expect(performance.now() - start).toBeLessThan(10_000);
  });

  const bothWays = (a: string, b: string) => [
    tarsumOf(archive(entry({ name: a }), entry({ name: b }))),
    tarsumOf(archive(entry({ name: b }), entry({ name: a }))),
  ];

  it.each([
    ['a', './a'],
    ['a', 'a/'],
    ['a/', './a'],
    ['', './'],
  ])('takes %j and %j for one path', (a, b) => {
    const [one, other] = bothWays(a, b);
    expect(one).not.toBe(other);
  });

  it.each([
    ['a', 'b'],
    ['a', '././a'],
    ['a', 'a//'],
    ['a', '/a'],
    ['a', 'A'],
  ])('takes %j and %j for two', (a, b) => {
    const [one, other] = bothWays(a, b);
    expect(one).toBe(other);
  });
});

describe('the sums of an archive', () => {
  it.each([
    [32, 262_144],
    [64, 174_762],
    [16, 349_525],
  ])('of %i bytes each may be %i', (length, count) => {
    expect(maxEntries(length)).toBe(count);
  });
});
