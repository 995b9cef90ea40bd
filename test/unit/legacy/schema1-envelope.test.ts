/** Signed documents of schema 1: how the payload is recovered from its envelope. */
import { describe, expect, it } from 'vitest';
import { outcomeOf, payloadOf, refusal } from '../../support/legacy/schema1-samples.ts';
import { entryOf, formatLengthOf, newSigner, splice } from '../../support/legacy/signing.ts';

const first = newSigner('ES256');
const second = newSigner('ES256');
const payload = payloadOf();
const length = formatLengthOf(payload);
const unverified = (reason: string) => refusal('MANIFEST_UNVERIFIED', reason);
const base64url = (text: string) => Buffer.from(text).toString('base64url');

/** What becomes of a document whose signature was made over a protected header with other members. */
const withHeader = (changes: object) => outcomeOf(splice(payload, [entryOf(payload, first, changes)]));

describe('protected headers', () => {
  it.each([0, -1, length + 0.5, String(length), null, undefined, 2 ** 53])(
    'with the formatLength %s are refused',
    (formatLength) => {
      expect(withHeader({ formatLength })).toBe(unverified('"signatures[0].protected" has no valid "formatLength"'));
    },
  );

  it.each([1, length - 1, length + 1])('with a formatLength that is not the payload are refused: %d', (formatLength) => {
    expect(withHeader({ formatLength })).toBe(unverified('"formatLength" is not where "signatures" begins'));
  });

  it('with a formatLength that is the document or beyond it are refused', () => {
    const size = splice(payload, [entryOf(payload, first, { formatLength: 1000 })]).length;
    expect(withHeader({ formatLength: size })).toBe(unverified('"formatLength" lies beyond the document'));
    expect(withHeader({ formatLength: 6628 })).toBe(unverified('"formatLength" lies beyond the document'));
  });

  it.each([
    undefined,
    7,
    '',
    'Cn0=',
    'Cn1',
    'C',
    '\n}',
    base64url('\n'),
    base64url('}}'),
    base64url(',"config":{}}'),
    base64url('\u00a0}'),
  ])('with the formatTail %j are refused', (formatTail) => {
    expect(withHeader({ formatTail })).toBe(unverified('"signatures[0].protected" has no valid "formatTail"'));
  });

  it('with a formatTail of other blanks than were signed are refused', () => {
    expect(withHeader({ formatTail: base64url(' }') })).toBe(
      unverified('"signatures[0]" is not the key\'s signature of this payload'),
    );
  });

  it.each(['alg', 'jwk', 'x5c', 'crit', 'b64'])('with %s are refused', (name) => {
    expect(withHeader({ [name]: null })).toBe(unverified(`"signatures[0].protected" must not have "${name}"`));
  });

  it('may lack the time, and may have members that nobody reads', () => {
    expect(withHeader({ time: undefined, more: { of: 'them' } })).toBe('verified');
  });

  it.each<[string, RegExp]>([
    ['', /cannot be read as JSON/],
    ['e30=', /is not base64url/],
    [base64url('{"formatLength":1'), /cannot be read as JSON/],
    [base64url('[]'), /must be a JSON object/],
    [base64url(`{"formatLength":1,"formatLength":${length},"formatTail":"Cn0"}`), /twice/],
    [base64url('['.repeat(9)), /nested 9 levels deep; 8 are allowed/],
    [base64url(`[${'0,'.repeat(64)}0]`), /65 members; 64 are allowed/],
  ])('that are %s are refused', (text, reason) => {
    const outcome = outcomeOf(splice(payload, [{ ...entryOf(payload, first), protected: text }]));
    expect(outcome).toMatch(/^MANIFEST_UNVERIFIED .*signatures\[0\]\.protected/);
    expect(outcome).toMatch(reason);
  });

  it('must be the same in all signatures, even if each by itself gives the payload', () => {
    const later = { formatLength: length + 1, formatTail: base64url('}') };
    const entries = [entryOf(payload, first), entryOf(payload, second, later)];
    const documentOf = (...list: readonly object[]) => splice(payload, list, length + 1);
    expect(entries.map((entry) => outcomeOf(documentOf(entry)))).toEqual(['verified', 'verified']);
    expect(outcomeOf(documentOf(...entries))).toBe(unverified('the signatures do not agree on "formatLength" and "formatTail"'));
  });

  it.each([{ formatLength: length + 1 }, { formatTail: base64url(' }') }])('must not differ in %j alone', (changes) => {
    const entries = [entryOf(payload, first), entryOf(payload, second, changes)];
    expect(outcomeOf(splice(payload, entries))).toBe(
      unverified('the signatures do not agree on "formatLength" and "formatTail"'),
    );
  });

  it('may differ in the time', () => {
    const entries = [entryOf(payload, first), entryOf(payload, second, { time: '2015-01-01T00:00:00Z' })];
    expect(outcomeOf(splice(payload, entries))).toBe('verified');
  });
});

describe('a payload', () => {
  it('that goes on in the document where it was cut is refused', () => {
    const numbered = payloadOf({ size: 1 }, 0);
    const { signature, ...rest } = entryOf(numbered, first);
    const document = splice(numbered, [{ ...rest, signature }])
      .toString()
      .replace('"size":1', '"size":12');
    expect(outcomeOf(document)).toBe(unverified('"formatLength" is not where "signatures" begins'));
  });

  it('that is no JSON is refused', () => {
    const broken = Buffer.from('{"more":{"of":1}');
    const document = `{"more":{"of":1,"signatures":[]},"signatures":[${JSON.stringify(entryOf(broken, first))}]}`;
    expect(outcomeOf(document)).toMatch(/^MANIFEST_INVALID .*its signed payload: it cannot be read as JSON/);
  });

  it('that has signatures of its own is refused', () => {
    const nested = payloadOf({ signatures: [] });
    expect(outcomeOf(splice(nested, [entryOf(nested, first)]))).toMatch(/^MANIFEST_INVALID .*signatures\\" twice/);
  });
});
