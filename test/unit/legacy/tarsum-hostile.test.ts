/** What hostile bytes do, and what they cost: they are refused or have a tarsum, soon and in little memory. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRunningTarsum } from '../../../lib/legacy/tarsum/index.ts';
import { archive, entry, header, long, pax } from '../../support/legacy/tar.ts';
import { expected, outcomeOf, tarsumOf, v1 } from '../../support/legacy/tarsum-reference.ts';

const a = entry({ name: 'a' });
const mebibyte = 1024 * 1024;

describe('bytes of any kind', () => {
  const size = fc.integer({ min: 1, max: 1500 });

  it('are refused or have a tarsum, whatever they are', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 3000 }), size, (bytes, pieces) => {
        expect(outcomeOf(bytes, pieces)).toMatch(/^refused|^tarsum/);
      }),
    );
  });

  it('are refused or have a tarsum, behind a header whose checksum is right', () => {
    const field = (length: number) =>
      fc.uint8Array({ minLength: length, maxLength: length }).map((bytes) => Buffer.from(bytes).toString('latin1'));
    const octal = (length: number) => fc.stringMatching(/^[0-7 ]{4,8}$/).map((text) => text.padEnd(length, '\0'));
    const raw = fc.record(
      {
        mode: octal(8),
        uid: fc.oneof(field(8), octal(8)),
        size: fc.oneof(field(12), octal(12)),
        mtime: field(12),
        magic: field(8),
      },
      { requiredKeys: [] },
    );
    const type = fc.constantFrom('0', 'x', 'L', 'K', 'g', 'S', '5', '3');
    const part = fc.record({ type, raw, body: fc.uint8Array({ maxLength: 600 }) });
    fc.assert(
      fc.property(fc.array(part, { maxLength: 5 }), size, (parts, pieces) => {
        const bytes = Buffer.concat(parts.flatMap(({ type, raw, body }) => [header({ type, raw }), body]));
        expect(outcomeOf(bytes, pieces)).toMatch(/^refused|^tarsum/);
      }),
      { numRuns: 500 },
    );
  });

  it('are refused or have a tarsum if they were an archive before bytes of them changed', () => {
    const whole = archive(
      pax([
        ['path', 'p'],
        ['SCHILY.xattr.user.a', 'b'],
        ['mtime', '1.5'],
      ]),
      entry({ name: 'a', content: 'c'.repeat(700) }),
      long('L', 'long'),
      entry({ name: 'b', type: '3', devmajor: 1 }),
    );
    const change = fc.tuple(fc.nat(whole.length - 1), fc.nat(255));
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 4 }), size, (changes, pieces) => {
        const changed = Buffer.from(whole);
        for (const [at, byte] of changes) changed[at] = byte;
        expect(outcomeOf(changed, pieces)).toMatch(/^refused|^tarsum/);
      }),
      { numRuns: 1000 },
    );
  });
});

describe('what an archive costs', () => {
  it('is not what its extended headers announce', () => {
    const before = keptBytes();
    const running = [];
    for (let at = 0; at < 200; at++) {
      const one = createRunningTarsum(v1);
      expect(() => one.update(header({ type: 'x', raw: { size: '010000000000' } }))).toThrow('an extended header of');
      running.push(one);
    }
    expect(usedBytes() - before).toBeLessThan(32 * mebibyte);
    expect(running).toHaveLength(200);
  });

  it.each([
    ['empty ones', '4 =\n'],
    ['times', '11 mtime=1\n'],
    ['attributes', '22 SCHILY.xattr.user=\n'],
  ])('is in proportion to its length if it is all records of pax: %s', (_, record) => {
    const content = record.repeat(Math.floor(mebibyte / record.length));
    const part = Buffer.concat([entry({ type: 'x', content }), a]);
    const start = performance.now();
    const running = createRunningTarsum(v1);
    for (let at = 0; at < 8; at++) running.update(part);
    expect(running.digest()).toMatch(/^tarsum/);
    expect(performance.now() - start).toBeLessThan(15_000);
  });

  it('allows extended headers of 1 MiB', () => {
    const name = 'n'.repeat(mebibyte - 1);
    expect(tarsumOf(archive(long('L', name), a), v1, 60_000)).toBe(expected([{ name }]));
  });

  it('is bounded for very many empty entries: those over the limit are refused', { timeout: 180_000 }, () => {
    const running = createRunningTarsum({ version: 'v1', algorithm: 'sha512' });
    const piece = Buffer.concat(Array.from({ length: 1000 }, () => a));
    const before = keptBytes();
    let most = 0;
    const feed = () => {
      for (let thousands = 0; thousands < 200; thousands++) {
        running.update(piece);
        most = Math.max(most, usedBytes() - before);
      }
    };
    expect(feed).toThrow(`byte ${174_762 * 512} begins an entry too many: 174762 are taken`);
    expect(most).toBeLessThan(96 * mebibyte);
    expect(keptBytes() - before).toBeLessThan(16 * mebibyte);
    expect(() => running.digest()).toThrow('begins an entry too many');
  });
});

function usedBytes(): number {
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

/** What is used once garbage was collected. */
function keptBytes(): number {
  setFlagsFromString('--expose-gc');
  runInNewContext('gc')();
  return usedBytes();
}
