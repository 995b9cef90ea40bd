/** Manifests: what is taken as one, and what it refers to. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isRegistryError } from '../../../lib/api/errors.ts';
import type { MediaType } from '../../../lib/api/formats.ts';
import { parseManifest } from '../../../lib/content/manifest.ts';
import { absent, descriptor, image, imageType, index, indexType } from '../../../lib/testing/exchanges/given.ts';
import { leastTime } from '../../support/least-time.ts';

const limits = { descriptors: 4096, jsonDepth: 64 };
const parse = (text: string, type: string) => parseManifest(Buffer.from(text), type as MediaType, limits);
const types = [
  imageType,
  indexType,
  'application/vnd.docker.distribution.manifest.v2+json',
  'application/vnd.oci.artifact.manifest.v1+json',
  'a/b',
];

describe('a manifest', () => {
  it('is taken or refused as one, whatever JSON it is', () => {
    const keys = fc.constantFrom(
      'schemaVersion',
      'mediaType',
      'config',
      'layers',
      'manifests',
      'blobs',
      'subject',
      'annotations',
      'artifactType',
      'digest',
      'size',
      'urls',
      '__proto__',
    );
    const leaf = fc.oneof(
      fc.constantFrom<unknown>(2, 1, null, imageType, indexType, absent, 'text', -1, true),
      fc.constant([]),
      fc.constant({}),
    );
    const part = fc.dictionary(keys, fc.oneof(leaf, fc.array(leaf)));
    const document = fc.dictionary(keys, fc.oneof(leaf, part, fc.array(part)));
    fc.assert(
      fc.property(document, fc.constantFrom(...types), (value, type) => {
        try {
          parse(JSON.stringify({ schemaVersion: 2, ...value }), type);
        } catch (error) {
          expect(isRegistryError(error) && error.code).toBe('MANIFEST_INVALID');
        }
      }),
      { numRuns: 3000 },
    );
  });

  it('names each of its blobs once, and its subject apart', () => {
    const layer = descriptor('layer', 'a/b');
    const parsed = parse(
      image({ layers: [layer, layer], subject: { mediaType: imageType, digest: absent, size: 1 } }),
      imageType,
    );
    expect(parsed.blobs).toEqual([descriptor('{}', 'a/b').digest, layer.digest]);
    expect(parsed.subject).toBe(absent);
  });

  it.each([
    [
      'its own artifact type',
      image({ artifactType: 'x/y', subject: descriptor('s', imageType) }),
      imageType,
      { mediaType: imageType, artifactType: 'x/y' },
    ],
    [
      'the type of its configuration',
      image({ subject: descriptor('s', imageType) }),
      imageType,
      { mediaType: imageType, artifactType: 'application/vnd.oci.image.config.v1+json' },
    ],
    [
      'none, for an index without one',
      index([], { subject: descriptor('s', imageType), annotations: { a: 'b' } }),
      indexType,
      { mediaType: indexType, annotations: { a: 'b' } },
    ],
  ])('is listed as a referrer under %s', (_, text, type, expected) => {
    expect(parse(text, type).referrer).toEqual(expected);
  });

  const layer = descriptor('layer', 'a/b');
  const indexed = (entry: object) => index([{ ...descriptor('m', imageType), ...entry }]);
  it.each<[string, string, string, string, string]>([
    ['Layers', 'layers', image({ Layers: [] }), imageType, 'it'],
    ['layerS', 'layers', image({ layerS: null }), imageType, 'it'],
    ['layer\u017f', 'layers', image({ layer\u017f: [] }), imageType, 'it'],
    ['MediaType', 'mediaType', image({ MediaType: indexType }), imageType, 'it'],
    ['Manife\u017fts', 'manifests', image({ Manife\u017fts: [] }), imageType, 'it'],
    ['SUBJECT', 'subject', image({ SUBJECT: layer }), imageType, 'it'],
    ['Layers', 'layers', index([], { Layers: [] }), indexType, 'it'],
    ['Annotations', 'annotations', index([], { Annotations: {} }), indexType, 'it'],
    ['schemaversion', 'schemaVersion', '{"schemaversion":1}', 'a/b', 'it'],
    ['mediatype', 'mediaType', JSON.stringify({ mediatype: imageType }), 'a/b', 'it'],
    ['Digest', 'digest', image({ layers: [{ ...layer, Digest: absent }] }), imageType, '"layers[0]"'],
    ['\u017fize', 'size', image({ config: { ...layer, '\u017fize': 0 } }), imageType, '"config"'],
    ['URLs', 'urls', indexed({ URLs: ['https://x.example'] }), indexType, '"manifests[0]"'],
    ['Data', 'data', image({ subject: { ...layer, Data: '' } }), imageType, '"subject"'],
    ['Blobs', 'blobs', '{"Blobs":[]}', 'application/vnd.oci.artifact.manifest.v1+json', 'it'],
  ])('that has %j, which some parsers take for %j, is refused: %s', (given, known, text, type, where) => {
    try {
      parse(text, type);
      expect.unreachable('it was taken');
    } catch (error) {
      expect(isRegistryError(error) && error.entries[0]).toEqual({
        code: 'MANIFEST_INVALID',
        message: `manifest invalid: ${where} has "${given}", which parsers that ignore case take for "${known}"`,
        detail: { reason: 'member-case', given, known },
      });
    }
  });

  it.each([
    ['a member of its own', image({ layer: [], Layerss: [], ﬁ: 1 }), imageType],
    ['any case in annotations', image({ annotations: { Layers: 'x', layers: 'y' } }), imageType],
    ['any case in a platform', indexed({ platform: { OS: 'x', os: 'y' } }), indexType],
    ['any member in a document of an unknown type', '{"Layers":[],"Config":{}}', 'a/b'],
  ])('may have %s', (_, text, type) => {
    expect(parse(text, type).mediaType).toBe(type);
  });

  it('of thirty thousand descriptors is refused quickly', () => {
    const text = index(Array.from({ length: 30_000 }, () => descriptor('{}', imageType)));
    expect(leastTime(() => expect(() => parse(text, indexType)).toThrow())).toBeLessThan(200);
  });
});
