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

  it('of thirty thousand descriptors is refused quickly', () => {
    const text = index(Array.from({ length: 30_000 }, () => descriptor('{}', imageType)));
    expect(leastTime(() => expect(() => parse(text, indexType)).toThrow())).toBeLessThan(200);
  });
});
