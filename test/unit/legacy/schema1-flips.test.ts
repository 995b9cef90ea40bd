/** A signed document with any bit changed of what was signed, or of a signature, is refused. */
import { describe, expect, it } from 'vitest';
import { example, outcomeOf, payloadOf } from '../../support/legacy/schema1-samples.ts';
import { formatLengthOf, newSigner, signed } from '../../support/legacy/signing.ts';

/** From the first byte to the one before `end`. */
interface Span {
  readonly start: number;
  readonly end: number;
}

/** Where the value of a member of the signatures stands, without its quotation marks. */
function spanOf(document: Buffer, member: string): Span {
  const marker = document.includes('\n') ? `"${member}": "` : `"${member}":"`;
  const start = document.lastIndexOf(marker) + marker.length;
  return { start, end: document.indexOf('"', start) };
}

/** The flips after which a document still verifies. */
function unnoticed(document: Buffer, { start, end }: Span): string[] {
  const found: string[] = [];
  for (let index = start; index < end; index++) {
    for (const bit of bits) {
      const flipped = Buffer.from(document);
      flipped.writeUInt8(flipped.readUInt8(index) ^ (1 << bit), index);
      if (outcomeOf(flipped) === 'verified') found.push(`bit ${bit} of byte ${index}`);
    }
  }
  return found;
}

const bits = [0, 1, 2, 3, 4, 5, 6, 7];
const payload = payloadOf({ name: 'démo/app' }, 0);
const documents: readonly (readonly [string, Buffer, number])[] = [
  ['the example', example, 386],
  ['RS256', signed(payload, newSigner('RS256')), formatLengthOf(payload)],
];

describe.each(documents)('a signed document (%s)', (_, document, formatLength) => {
  it('verifies as it is', () => {
    expect(outcomeOf(document)).toBe('verified');
  });

  it('is refused with any byte of its payload changed', () => {
    expect(unnoticed(document, { start: 0, end: formatLength })).toEqual([]);
  });

  it('is refused with any byte of its signature changed', () => {
    const span = spanOf(document, 'signature');
    expect(span.end - span.start).toBeGreaterThan(80);
    expect(unnoticed(document, span)).toEqual([]);
  });

  it('is refused with any byte of its protected header changed', () => {
    const span = spanOf(document, 'protected');
    expect(span.end - span.start).toBeGreaterThan(80);
    expect(unnoticed(document, span)).toEqual([]);
  });
});
