/** Digests, of whole content and of content that still comes. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Algorithm, algorithms } from '../../../lib/api/formats.ts';
import { createRunningDigest, digestOf } from '../../../lib/content/digest.ts';

describe('a digest', () => {
  it.each([
    ['sha256', '', 'sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'],
    ['sha256', 'abc', 'sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'],
    ['sha384', 'abc', 'sha384:cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7'],
    [
      'sha512',
      'abc',
      'sha512:ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f',
    ],
  ] as const)('in %s of %j is the published one', (algorithm, text, expected) => {
    expect(digestOf(Buffer.from(text), algorithm)).toBe(expected);
  });

  it('that runs is that of the whole, may be asked at any time, and forks go their own way', () => {
    const algorithm = fc.constantFrom(...(Object.keys(algorithms) as Algorithm[]));
    fc.assert(
      fc.property(algorithm, fc.array(fc.uint8Array()), fc.array(fc.uint8Array()), (kind, pieces, others) => {
        const running = createRunningDigest(kind);
        for (const piece of pieces) running.update(piece);
        const fork = running.fork();
        expect(running.digest()).toBe(digestOf(Buffer.concat(pieces), kind));
        for (const piece of others) fork.update(piece);
        expect(fork.digest()).toBe(digestOf(Buffer.concat([...pieces, ...others]), kind));
        expect(running.digest()).toBe(digestOf(Buffer.concat(pieces), kind));
      }),
    );
  });
});
