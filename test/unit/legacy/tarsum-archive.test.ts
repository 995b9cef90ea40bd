/** How archives are read, each against the sum of the entries that are meant. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRunningTarsum } from '../../../lib/legacy/tarsum/index.ts';
import { archive, entry, inPieces, long, pax } from '../../support/legacy/tar.ts';
import { readings } from '../../support/legacy/tarsum-readings.ts';
import { type Counted, expected, tarsumOf, v0, v1 } from '../../support/legacy/tarsum-reference.ts';

const n = (length: number) => 'n'.repeat(length);

describe('in an archive', () => {
  it.each(readings)('%s', (_, parts, entries) => {
    for (const kind of [v0, v1]) {
      for (const size of [1, 511, 512, 513, 65_536]) {
        expect(tarsumOf(archive(...parts), kind, size)).toBe(expected(entries, kind));
      }
    }
  });

  it('neither the order of entries nor the padding counts', () => {
    const [a, b] = [entry({ name: 'a', content: 'a' }), entry({ name: 'b' })];
    const padded = Buffer.from(a).fill('p', 513);
    expect(tarsumOf(archive(a, b))).toBe(tarsumOf(archive(b, padded)));
  });

  it.each([
    ['two blocks of zeros', 1024],
    ['one block of zeros', 512],
    ['nothing', 0],
    ['a record of zeros', 10_240],
    ['zeros that fill no block', 1025],
  ])('%s may be its end', (_, zeros) => {
    const bytes = Buffer.concat([entry({ name: 'a', content: 'c' }), Buffer.alloc(zeros)]);
    for (const size of [1, 512, 513, 65_536]) expect(tarsumOf(bytes, v1, size)).toBe(expected([{ name: 'a', content: 'c' }]));
  });

  it('bytes are read and not kept: pieces may be written over after they were given', () => {
    const bytes = archive(long('L', 'long'), pax([['uname', 'u']]), entry({ name: 'a', content: n(700) }));
    const running = createRunningTarsum(v1);
    const shared = Buffer.alloc(100);
    for (const piece of inPieces(bytes, 100)) {
      shared.set(piece);
      running.update(shared.subarray(0, piece.length));
    }
    expect(running.digest()).toBe(expected([{ name: 'long', uname: 'u', content: n(700) }]));
  });

  it('the sum may be asked after each entry, and more may follow', () => {
    const running = createRunningTarsum(v1);
    expect(running.digest()).toBe(expected([]));
    running.update(entry({ name: 'a' }));
    expect(running.digest()).toBe(expected([{ name: 'a' }]));
    running.update(entry({ name: 'b' }).subarray(0, 100));
    expect(() => running.digest()).toThrow('cut off');
    running.update(entry({ name: 'b' }).subarray(100));
    expect(running.digest()).toBe(expected([{ name: 'a' }, { name: 'b' }]));
    running.update(Buffer.alloc(1024));
    expect(running.digest()).toBe(expected([{ name: 'a' }, { name: 'b' }]));
  });
});

describe('an archive of any entries', () => {
  const bytes = (maxLength: number) => fc.uint8Array({ min: 1, maxLength }).map((array) => Buffer.from(array).toString('latin1'));
  const text = (maxLength: number) => bytes(maxLength).map((value) => value.replaceAll('\0', ''));
  const counted = fc.record({
    name: text(90),
    mode: fc.nat(0o7777777),
    uid: fc.maxSafeNat().map((value) => value % 2 ** 50),
    gid: fc.nat(),
    mtime: fc.integer(),
    type: fc.constantFrom('0', '\0', '1', '2', '5', '6'),
    linkname: text(100),
    uname: text(31),
    gname: text(31),
    content: bytes(1500),
  });

  it('has the tarsum of its entries, however it is cut into pieces', () => {
    fc.assert(
      fc.property(fc.array(counted, { maxLength: 6 }), fc.integer({ min: 1, max: 2000 }), (drawn, size) => {
        const entries = drawn.map((entry, at) => ({ ...entry, name: `${at}${entry.name}` }));
        const whole = archive(...entries.map((each, at) => (at % 2 ? entry(each) : asPax(each))));
        for (const kind of [v0, v1]) expect(tarsumOf(whole, kind, size)).toBe(expected(entries, kind));
      }),
      { numRuns: 200 },
    );
  });

  /** The same entry with its texts and numbers in an extended header. */
  function asPax({ content = '', type = '0', mode = 0, ...entryFields }: Counted): Buffer {
    const { name, linkname = '', uname = '', gname = '', uid = 0, gid = 0, mtime = 0 } = entryFields;
    const records = { path: name, linkpath: linkname, uname, gname, uid: `${uid}`, gid: `${gid}`, mtime: `${mtime}.5` };
    return Buffer.concat([pax(Object.entries(records)), entry({ name: 'stand-in', type, mode, content })]);
  }
});
