/** Manifests of schema 1 to try, and what becomes of them. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { errors, isRegistryError } from '../../../lib/api/errors.ts';
import { readSchema1, type Schema1Manifest, verifySchema1 } from '../../../lib/legacy/schema1/index.ts';

/** The signed example: what was signed, by which key, and all its digests are known. */
export const example = readFileSync(join(import.meta.dirname, 'fixtures/schema1-example.prettyjws'));

const emptyLayer = 'sha256:a3ed95caeb02ffe68cdd9fd84406680ae93d633cb16422d00e8a7c22955b46d4';

/** The members of a manifest with two layers. */
export const members = {
  schemaVersion: 1,
  name: 'demo/app',
  tag: 'v1',
  architecture: 'amd64',
  fsLayers: [{ blobSum: emptyLayer }, { blobSum: `tarsum.dev+sha256:${'0a'.repeat(32)}` }],
  history: [{ v1Compatibility: '{"id":"0002","parent":"0001"}' }, { v1Compatibility: '{"id":"0001"}' }],
};

/** A payload with other members than {@link members}, three spaces deep as Docker writes it. */
export function payloadOf(changes: object = {}, indentation: number | string = 3): Buffer {
  return Buffer.from(JSON.stringify({ ...members, ...changes }, null, indentation));
}

/** Reads a document as it is read where nothing else was configured. */
export const read = (document: Uint8Array | string): Schema1Manifest =>
  readSchema1(typeof document === 'string' ? Buffer.from(document) : document, { descriptors: 8, jsonDepth: 16 });

/** Reads and verifies a document: the code and the message that it is refused with, or `verified`. */
export function outcomeOf(document: Uint8Array | string): string {
  try {
    verifySchema1(read(document));
    return 'verified';
  } catch (error) {
    if (!isRegistryError(error)) throw error;
    return `${error.code} ${JSON.stringify(error.entries[0]?.message)}`;
  }
}

/** What {@link outcomeOf} says of a refusal. */
export const refusal = (code: 'MANIFEST_INVALID' | 'MANIFEST_UNVERIFIED', reason: string): string =>
  `${code} ${JSON.stringify(`${errors[code].message}: ${reason}`)}`;
