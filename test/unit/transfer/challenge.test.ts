/** Challenges as registries write them. */
import { describe, expect, it } from 'vitest';
import { readChallenges } from '../../../lib/transfer/registry/challenge.ts';

const corpus: Readonly<Record<string, readonly (readonly [scheme: string, parameters: object])[]>> = {
  '': [],
  'Basic realm="registry"': [['basic', { realm: 'registry' }]],
  'BASIC REALM=registry': [['basic', { realm: 'registry' }]],
  'Bearer realm="https://auth.example.com/token",service="registry",scope="repository:a/b:pull,push"': [
    ['bearer', { realm: 'https://auth.example.com/token', service: 'registry', scope: 'repository:a/b:pull,push' }],
  ],
  'Bearer realm = "a" , service= "b"': [['bearer', { realm: 'a', service: 'b' }]],
  'Bearer realm="a \\"quoted\\" one"': [['bearer', { realm: 'a "quoted" one' }]],
  'Basic realm="a", Bearer realm="b",service="c"': [
    ['basic', { realm: 'a' }],
    ['bearer', { realm: 'b', service: 'c' }],
  ],
  'Negotiate, Basic realm="a"': [
    ['negotiate', {}],
    ['basic', { realm: 'a' }],
  ],
  'Bearer realm="never ends': [['bearer', {}]],
  'realm="of nothing"': [],
  '"': [],
};

describe('a challenge', () => {
  it.each(Object.entries(corpus))('is read: %s', (header, expected) => {
    const read = readChallenges(header).map(({ scheme, parameters }) => [scheme, Object.fromEntries(parameters)]);
    // What does not end is read as far as it goes: its name may be taken for a scheme.
    expect(read.slice(0, Math.max(expected.length, 1))).toEqual(expected);
  });

  it('takes no more time than its length', () => {
    const started = performance.now();
    for (const part of [' ', ',', 'a', 'a=', '"', '\\', 'a="\\'])
      expect(readChallenges(`Bearer ${part.repeat(50_000)}`).length).toBeGreaterThan(0);
    expect(performance.now() - started).toBeLessThan(2_000);
  });
});
