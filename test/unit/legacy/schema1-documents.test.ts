/** Documents that Docker and others wrote: what they are known by, and whether their signatures hold. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { digestOf } from '../../../lib/content/digest.ts';
import { readSchema1, verifySchema1 } from '../../../lib/legacy/schema1/index.ts';
import { outcomeOf } from '../../support/legacy/schema1-samples.ts';

const document = (name: string): Buffer => readFileSync(join(import.meta.dirname, '../../support/legacy/fixtures', name));
const read = (name: string) => readSchema1(document(name), { descriptors: 64, jsonDepth: 16 });

describe('a document as it was signed', () => {
  it.each([
    ['six-layers.prettyjws', 'sha256:5a26403ca5f91c7f04300e397efc83960afbfe2d2b34314383a53e267a604455'],
    ['other-signer.prettyjws', 'sha256:163ac025575b775d1c0f9bf0bdd0f086883171eb475b5068e7defa4ca9e76516'],
    ['compact.prettyjws', 'sha256:6feeaff9d4420e29f96881eb712e8762c28615666340222c8e054259f9bc87d4'],
  ])('(%s) verifies, and is known by the digest of its payload', (name, digest) => {
    const manifest = read(name);
    expect(digestOf(manifest.payload, 'sha256')).toBe(digest);
    expect(verifySchema1(manifest)).toMatchObject([{ algorithm: 'ES256' }]);
  });
});

describe('a document that is not as it was signed', () => {
  const known = 'sha256:7364fea9d84ee548ab67d4c46c6006289800c98de3fbf8c0a97138dfcc23f000';

  it('keeps the digest of its payload, and does not verify', () => {
    const manifest = read('edited.prettyjws');
    expect(digestOf(manifest.payload, 'sha256')).toBe(known);
    expect(digestOf(document('edited-unsigned.v1'), 'sha256')).toBe(known);
    expect(() => verifySchema1(manifest)).toThrow('not the key');
  });

  it.each([
    ['unusable-signatures.prettyjws', /^MANIFEST_UNVERIFIED/],
    ['edited-length.prettyjws', /^MANIFEST_/],
  ])('(%s) is refused', (name, refusal) => {
    expect(outcomeOf(document(name))).toMatch(refusal);
  });
});
