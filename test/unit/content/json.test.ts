/** The JSON parser: as `JSON.parse`, but strict and with bounds. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseJson } from '../../../lib/content/json.ts';
import { leastTime } from '../../support/least-time.ts';

const parse = (text: string, depth = 64, members = 100_000) =>
  parseJson(Buffer.from(text), { depth: { most: depth, from: 'a limit' }, members: { most: members } });

describe('JSON from strangers', () => {
  it('is read as JSON.parse reads it, for any value', () => {
    fc.assert(
      fc.property(fc.jsonValue({ depthSize: 'medium' }), (value) => {
        const text = JSON.stringify(value);
        expect(parse(text, 1000)).toEqual(JSON.parse(text));
      }),
    );
  });

  it('ends in a value or a SyntaxError, for any text', () => {
    const noise = fc.oneof(fc.string(), fc.string({ unit: fc.constantFrom(...'{}[]",:\\u0019truefalsn ') }));
    fc.assert(
      fc.property(noise, (text) => {
        try {
          parse(text);
        } catch (error) {
          expect(error).toBeInstanceOf(SyntaxError);
        }
      }),
      { numRuns: 2000 },
    );
  });

  it.each([
    '{"a":1,"a":2}',
    '{"a":1,"\\u0061":2}',
    '{"x":{"b":[],"b":{}}}',
    '[{"a":"}","a":1}]',
    '{"a\\\\":1,"a\\\\":2}',
    '{"":0,"":0}',
    '{"\\u0061":1,"\\u0061":2}',
    '{"\\u0061":1,"b":{"\\u0062":1,"b":2},"c":3}',
  ])('does not take %s, which names a key twice', (text) => {
    expect(() => parse(text)).toThrow(/twice/);
  });

  it.each(['{"a":{"a":1}}', '[{"a":1},{"a":2}]', '{"a":"a","b":"a"}', '{"a":["a","a"]}', '{"a\\"":1,"a":2}', '{"__proto__":1}'])(
    'takes %s, where no key is twice in one object',
    (text) => {
      expect(parse(text)).toEqual(JSON.parse(text));
    },
  );

  it('is bounded in depth and in members; a refusal says by how much, and what the limit follows from', () => {
    expect(parse('[[[]]]', 3)).toEqual([[[]]]);
    expect(() => parse('[[[["]]]]"],[[]]]]', 3)).toThrow('it is nested 5 levels deep; 3 are allowed (a limit)');
    expect(parse('[0,0]', 64, 2)).toEqual([0, 0]);
    expect(() => parse('[0,0,",,,",{}]', 64, 3)).toThrow(/^it has 5 members; 3 are allowed$/);
    expect(() => parse(`[${'0,'.repeat(9)}0]`, 64, 3)).toThrow(/^it has more than 6 members; 3 are allowed$/);
    expect(() => parse('[[],[]]', 64, 3)).toThrow('it has 4 members; 3 are allowed');
  });

  it('is bounded in the keys of one object', () => {
    const keys = (count: number, escaped = '') => `{${Array.from({ length: count }, (_, n) => `"${escaped}k${n}":0`).join()}}`;
    expect(Object.keys(parse(keys(32_768)) as object)).toHaveLength(32_768);
    for (const escaped of ['', '\\u0061'])
      expect(() => parse(keys(32_769, escaped))).toThrow('more than 32768 keys in one object');
  });

  it('has to be UTF-8', () => {
    expect(() => parseJson(Uint8Array.of(0x22, 0xff, 0x22), { depth: { most: 1 }, members: { most: 1 } })).toThrow(/UTF-8/);
    expect(() => parse('\ufeff{}')).toThrow(SyntaxError);
  });

  it.each([
    ['deep', '['.repeat(2_000_000)],
    ['wide', `[${'0,'.repeat(2_000_000)}0]`],
    ['full of keys', `{${Array.from({ length: 300_000 }, (_, n) => `"k${n}":0`).join(',')}}`],
    [
      'full of keys, in many objects',
      `[${Array.from({ length: 100 }, () => `{${Array.from({ length: 20_000 }, (_, n) => `"k${n}":0`).join(',')}}`).join()}]`.slice(
        0,
        4_000_000,
      ),
    ],
    ['full of keys with escapes', `{${Array.from({ length: 300_000 }, (_, n) => `"\\u0061${n}":0`).join(',')}}`],
    ['full of empty objects', `[${'{},'.repeat(1_300_000)}{}]`],
    ['full of backslashes', `"${'\\'.repeat(4_000_000)}`],
    ['full of quotes', '"'.repeat(4_000_000)],
  ])('costs little where it is %s', (_, text) => {
    const bytes = Buffer.from(text);
    const limits = { depth: { most: 64 }, members: { most: 106_496 } };
    const parse = () => expect(() => parseJson(bytes, limits)).toThrow(SyntaxError);
    expect(leastTime(parse)).toBeLessThan(150);
  });
});
