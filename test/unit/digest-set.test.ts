/** The set of digests of a collection. */
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { DigestSet } from '../../lib/digest-set.ts';
import { digestOf } from '../../lib/testing/suite/samples.ts';

const digest = (number: number) => digestOf(createHash('sha256').update(`${number}`).digest());

describe('a set of digests', () => {
  it('has what was added, and nothing else, also among very many', () => {
    const digests = new DigestSet();
    const count = 30_000;
    const added = Array.from({ length: count }, (_, index) => digest(index));
    expect(added.filter((each) => digests.has(each))).toEqual([]);
    expect(added.filter((each) => !digests.add(each))).toEqual([]);
    expect(added.filter((each) => !digests.has(each) || digests.add(each))).toEqual([]);
    expect(Array.from({ length: count }, (_, index) => digest(-1 - index)).filter((each) => digests.has(each))).toEqual([]);
  });

  it('tells digests of different algorithms apart', () => {
    const digests = new DigestSet();
    const content = Buffer.from('content');
    digests.add(digestOf(content, 'sha512'));
    expect([digests.has(digestOf(content, 'sha512')), digests.has(digestOf(content, 'sha256'))]).toEqual([true, false]);
  });
});
