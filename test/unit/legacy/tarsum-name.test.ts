/** The text of a tarsum: what is one, and what is none. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isComputable, readTarsumParts, writeTarsum } from '../../../lib/legacy/tarsum/index.ts';

const hex = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';

describe('the text of a tarsum', () => {
  it.each([
    [`tarsum+sha256:${hex}`, '', 'sha256', hex],
    [`tarsum.dev+sha256:${hex}`, 'dev', 'sha256', hex],
    [`tarsum.v1+sha256:${hex}`, 'v1', 'sha256', hex],
    ['tarsum.v23+test:12341234123412341effefefe', 'v23', 'test', '12341234123412341effefefe'],
  ])('%s is read and written back', (text, version, algorithm, digits) => {
    const tarsum = readTarsumParts(text);
    expect(tarsum).toEqual({ version, algorithm, hex: digits });
    expect(tarsum && writeTarsum(tarsum)).toBe(text);
  });

  it('is one whatever the case of its hex digits', () => {
    expect(readTarsumParts(`tarsum.v1+sha256:${hex.toUpperCase()}`)).toEqual(readTarsumParts(`tarsum.v1+sha256:${hex}`));
  });

  it.each([
    '',
    'purejunk',
    'tarsum',
    'tarsum+sha256:',
    'tarsum+:ab',
    'tarsum:ab',
    'tarsum.+sha256:ab',
    'tarsum.V1+sha256:ab',
    'tarsum.v1+sha256:xy',
    'tarsum.v1+sha256:ab!!',
    'xxtarsumZv1+sha256:ab!!',
    'tarsumZv1+sha256:ab',
    'xtarsum.v1+sha256:ab',
    'tarsum.v1+sha256:ab\n',
    'tarsum.v1+sha-256:ab',
    `sha256:${hex}`,
  ])('is not %j', (text) => {
    expect(readTarsumParts(text)).toBeUndefined();
  });

  it('is what was written, of any version and hash', () => {
    const version = fc.stringMatching(/^[a-z0-9]{0,9}$/);
    const algorithm = fc.stringMatching(/^[a-zA-Z0-9]{1,9}$/);
    fc.assert(
      fc.property(version, algorithm, fc.stringMatching(/^[a-f0-9]{1,80}$/), (...[named, hash, digits]) => {
        const tarsum = { version: named, algorithm: hash, hex: digits };
        expect(readTarsumParts(writeTarsum(tarsum))).toEqual(tarsum);
      }),
    );
  });
});

describe('a tarsum that can be computed', () => {
  it.each([
    ['', 'sha256', 64],
    ['v1', 'sha256', 64],
    ['dev', 'sha256', 64],
    ['v1', 'sha512', 128],
    ['', 'md5', 32],
  ])('may be of version %j and %s with %i digits', (version, algorithm, length) => {
    expect(isComputable({ version, algorithm, hex: 'a'.repeat(length) })).toBe(true);
  });

  it.each([
    ['v2', 'sha256', 64],
    ['v0', 'sha256', 64],
    ['v1', 'SHA256', 64],
    ['v1', 'sha256', 63],
    ['v1', 'sha256', 128],
    ['v1', 'test', 64],
    ['v1', 'constructor', 1],
    ['v1', 'toString', 1],
  ])('is not of version %j and %s with %i digits', (version, algorithm, length) => {
    expect(isComputable({ version, algorithm, hex: 'a'.repeat(length) })).toBe(false);
  });
});
