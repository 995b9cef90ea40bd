/** Documents of schema 1: their digests, their content, and that they stay as they came. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { digestOf } from '../../../lib/content/digest.ts';
import { schema1MediaTypes } from '../../../lib/content/manifest.ts';
import { isSchema1, readSchema1 } from '../../../lib/legacy/schema1/index.ts';
import { example, members, outcomeOf, payloadOf, read, refusal } from '../../support/legacy/schema1-samples.ts';
import { newSigner, signed, splice } from '../../support/legacy/signing.ts';

const signer = newSigner('ES256');
const invalid = (reason: string) => refusal('MANIFEST_INVALID', reason);

describe('the example', () => {
  it('has the digest of its payload, not of its bytes', () => {
    const manifest = read(example);
    expect(digestOf(example, 'sha256')).toBe('sha256:0e700d131fa4dff2ed39fe4b571ad024aa38d1e9d0a6af52200224ed513bfa31');
    expect(digestOf(manifest.payload, 'sha256')).toBe('sha256:d8314c22abfeaa24b96d056557490036fc0aa175d0da5f7750e6fbc4beceb6db');
    expect(manifest.payload.length).toBe(388);
  });

  it('says what it is', () => {
    expect(read(example)).toMatchObject({
      signed: true,
      schemaVersion: 1,
      name: 'demo/app',
      tag: 'v1',
      architecture: 'amd64',
      layers: ['sha256:a3ed95caeb02ffe68cdd9fd84406680ae93d633cb16422d00e8a7c22955b46d4'],
    });
  });

  it('comes out of its payload and its signatures again, byte for byte', () => {
    const { signatures } = JSON.parse(example.toString()) as { signatures: unknown };
    expect(splice(Buffer.from(read(example).payload), signatures)).toEqual(example);
  });
});

describe('a document that is not signed', () => {
  it('is its own payload', () => {
    const document = payloadOf();
    expect(read(document)).toEqual({
      signed: false,
      payload: document,
      schemaVersion: 1,
      name: 'demo/app',
      tag: 'v1',
      architecture: 'amd64',
      layers: members.fsLayers.map(({ blobSum }) => blobSum),
      signatures: [],
    });
  });

  it('may leave its architecture out', () => {
    expect(read(payloadOf({ architecture: undefined }))).not.toHaveProperty('architecture');
  });

  it.each([
    ...['tarsum', 'tarsum.v1', 'tarsum.dev'].map((kind) => `${kind}+sha256:${'0f'.repeat(32)}`),
    `sha512:${'f'.repeat(128)}`,
  ])('may have a layer %s', (blobSum) => {
    expect(read(payloadOf({ fsLayers: [{ blobSum }], history: [{ v1Compatibility: '{}' }] })).layers).toEqual([blobSum]);
  });

  it.each([
    'sha256:',
    `sha256:${'A'.repeat(64)}`,
    `md5:${'0'.repeat(32)}`,
    'tarsumZv1+sha256:ab',
    'xtarsum.v1+sha256:ab',
    'tarsum.v1+sha256:ab!!',
    '0a',
    7,
    undefined,
  ])('must not have a layer %s', (blobSum) => {
    expect(outcomeOf(payloadOf({ fsLayers: [members.fsLayers[0], { blobSum }] }))).toBe(
      invalid('"fsLayers[1]" has no valid "blobSum"'),
    );
  });

  it.each<[object, string]>([
    [{ schemaVersion: undefined }, '"schemaVersion" must be 1'],
    [{ schemaVersion: 2 }, '"schemaVersion" must be 1'],
    [{ schemaVersion: '1' }, '"schemaVersion" must be 1'],
    [{ name: undefined }, '"name" must be text'],
    [{ name: ['demo/app'] }, '"name" must be text'],
    [{ tag: undefined }, '"tag" must be text'],
    [{ tag: 1 }, '"tag" must be text'],
    [{ architecture: null }, '"architecture" must be text'],
    [{ fsLayers: undefined }, '"fsLayers" must be a list'],
    [{ fsLayers: { length: 2 } }, '"fsLayers" must be a list'],
    [{ fsLayers: [null, null] }, '"fsLayers[0]" has no valid "blobSum"'],
    [{ fsLayers: Array(9).fill(members.fsLayers[0]) }, '"fsLayers" has 9 entries; 8 are allowed (limits.descriptors)'],
    [{ fsLayers: [] }, '"fsLayers" has 0 entries and "history" 2; they must be as many'],
    [{ history: undefined }, '"history" must be a list'],
    [{ history: null }, '"history" must be a list'],
    [{ history: [] }, '"fsLayers" has 2 entries and "history" 0; they must be as many'],
    [{ history: [{}, {}] }, '"history[0]" has no valid "v1Compatibility"'],
    [{ history: [{ v1Compatibility: '' }, { v1Compatibility: {} }] }, '"history[1]" has no valid "v1Compatibility"'],
    [{ FSLayers: [] }, 'it has "FSLayers", which parsers that ignore case take for "fsLayers"'],
    [{ Signatures: [] }, 'it has "Signatures", which parsers that ignore case take for "signatures"'],
    [
      { fsLayers: [members.fsLayers[0], { ...members.fsLayers[1], blobsum: '' }] },
      '"fsLayers[1]" has "blobsum", which parsers that ignore case take for "blobSum"',
    ],
    [
      { history: [{ v1Compatibility: '', V1Compatibility: '' }, { v1Compatibility: '' }] },
      '"history[0]" has "V1Compatibility", which parsers that ignore case take for "v1Compatibility"',
    ],
    [{ history: Array(9).fill({ v1Compatibility: '' }) }, '"history" has 9 entries; 8 are allowed (limits.descriptors)'],
  ])('is refused with %j', (changes, reason) => {
    expect(outcomeOf(payloadOf(changes))).toBe(invalid(reason));
    expect(outcomeOf(signed(payloadOf(changes), signer)), 'and so it is when signed').toBe(invalid(reason));
  });

  it.each<[string, string | Buffer, RegExp]>([
    ['nothing', '', /cannot be read as JSON/],
    ['half of it', payloadOf().subarray(0, 100), /cannot be read as JSON/],
    ['a byte order mark before it', `\ufeff${payloadOf()}`, /cannot be read as JSON/],
    ['what is not UTF-8', Buffer.concat([Buffer.from('{"name":"'), Buffer.of(0xff), Buffer.from('"}')]), /it is not UTF-8/],
    ['a list', `[${payloadOf()}]`, /it must be a JSON object/],
    ['a key twice', payloadOf().toString().replace('{', '{"name":"evil/app",'), /the key \\"name\\" twice/],
    ['many levels', payloadOf({ more: JSON.parse('['.repeat(16) + ']'.repeat(16)) }), /nested 17 levels deep; 16 are allowed/],
    ['many members', payloadOf({ more: Array(40_000).fill(0) }), /more than 16768 members; 8384 are allowed/],
  ])('is refused with %s', (_, document, reason) => {
    const outcome = outcomeOf(document);
    expect(outcome).toMatch(/^MANIFEST_INVALID /);
    expect(outcome).toMatch(reason);
  });
});

describe('a signed document', () => {
  const blanks = fc.string({ unit: fc.constantFrom(' ', '\n', '\t', '\r'), maxLength: 5 });
  const indentations = fc.constantFrom(0, 1, 2, 3, '\t');

  it('gives its payload back byte for byte, whatever its text, indentation and end', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.string(), indentations, blanks, (name, tag, indentation, end) => {
        const payload = Buffer.concat([payloadOf({ name, tag }, indentation), Buffer.from(end)]);
        const manifest = read(signed(payload, signer));
        expect(Buffer.from(manifest.payload)).toEqual(payload);
        expect(manifest).toMatchObject({ signed: true, name, tag });
      }),
    );
  });

  it('may lie anywhere in a buffer', () => {
    const around = Buffer.concat([Buffer.alloc(7, '{'), example, Buffer.alloc(7, '}')]);
    expect(outcomeOf(new Uint8Array(around.buffer, around.byteOffset + 7, example.length))).toBe('verified');
  });

  it('is held to the limits that it is read with', () => {
    const document = signed(payloadOf(), signer);
    expect(() => readSchema1(document, { descriptors: 1, jsonDepth: 16 })).toThrow('"fsLayers" has 2 entries; 1 are allowed');
    expect(() => readSchema1(document, { descriptors: 8, jsonDepth: 3 })).toThrow('nested 5 levels deep; 3 are allowed');
  });
});

describe('media types', () => {
  it('of schema 1 are told from others', () => {
    expect(Object.values(schema1MediaTypes).every(isSchema1)).toBe(true);
    expect(isSchema1('application/json')).toBe(false);
    expect(isSchema1('application/vnd.docker.distribution.manifest.v2+json')).toBe(false);
  });
});
