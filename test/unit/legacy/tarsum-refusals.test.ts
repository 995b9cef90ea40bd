/** What is no archive, or none that has a tarsum: each is refused with a reason. */
import { describe, expect, it } from 'vitest';
import { createRunningTarsum } from '../../../lib/legacy/tarsum/index.ts';
import { archive, entry, pax } from '../../support/legacy/tar.ts';
import { outcomeOf, refusalOf, tarsumOf, v1 } from '../../support/legacy/tarsum-reference.ts';
import { refused } from '../../support/legacy/tarsum-refused.ts';

const a = entry({ name: 'a' });

describe('a tarsum is refused to', () => {
  it.each(refused)('%s', (_, bytes, reason) => {
    for (const size of [1, 511, 512, 513, 65_536]) expect(refusalOf(bytes, size)).toContain(reason);
  });

  it('an archive that is cut off anywhere but where a header could come', () => {
    const parts = [
      pax([['path', 'p']]),
      entry({ name: 'a', content: 'c'.repeat(700) }),
      entry({ name: 'b' }),
      Buffer.alloc(1024),
    ];
    const whole = Buffer.concat(parts);
    const ends = new Set([0, 2560, 3072, 3584, 4096]);
    expect(whole.length).toBe(4096);
    for (let length = 0; length <= whole.length; length++) {
      if (ends.has(length)) expect(tarsumOf(whole.subarray(0, length))).toMatch(/^tarsum/);
      else expect(refusalOf(whole.subarray(0, length))).toMatch(/cut off|without its entry/);
    }
  });

  it('an archive of which one byte of a header was changed', () => {
    const whole = archive(entry({ name: 'a', content: 'c', uname: 'u' }));
    for (let at = 0; at < 512; at++) {
      const changed = Buffer.from(whole);
      changed[at] = (changed[at] ?? 0) ^ 0x81;
      if (at < 148 || at >= 156) expect(refusalOf(changed)).toContain('byte 0 is no header');
      else expect(outcomeOf(changed)).toMatch(/^refused|^tarsum/);
    }
  });

  it('whatever follows what was refused', () => {
    const running = createRunningTarsum(v1);
    expect(() => running.update(Buffer.alloc(512, 'x'))).toThrow('is no header');
    expect(() => running.update(archive(a))).toThrow('is no header');
    expect(() => running.digest()).toThrow('is no header');
  });
});
