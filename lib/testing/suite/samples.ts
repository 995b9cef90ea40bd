/** Names, bytes, chunks and manifests for the driver suite, and the few steps that most cases take. */
import assert from 'node:assert/strict';
import { createHash, randomUUID } from 'node:crypto';
import { type Algorithm, type Digest, formats, type RepositoryName, type Tag, type UploadId } from '../../api/formats.ts';
import type { Blob, ByteRange, Chunk, Driver, Manifest, Upload } from '../../driver.ts';

/** The value that a text is in a format; a test that names a malformed one is wrong. */
function read<T>(format: { read(text: string): T | undefined }, text: string): T {
  const value = format.read(text);
  assert.notEqual(value, undefined, `${text} is malformed`);
  return value as T;
}

export const named = (text: string): RepositoryName => read(formats.name, text);
export const tagged = (text: string): Tag => read(formats.tag, text);
export const newId = (): UploadId => read(formats.uploadId, randomUUID());

export const repo = named('library/sample');
export const other = named('library/other');

/** `size` bytes that differ from those of another seed. */
export function sample(size: number, seed = 'sample'): Uint8Array {
  const block = createHash('sha512').update(seed).digest();
  return Uint8Array.from({ length: size }, (_, position) => (block[position % 64] ?? 0) ^ (position >> 6) ^ (position >> 14));
}

export const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

export function digestOf(content: Uint8Array, algorithm: Algorithm = 'sha256'): Digest {
  return read(formats.digest, `${algorithm}:${createHash(algorithm).update(content).digest('hex')}`);
}

/** The upload of no bytes yet. */
export const nothing = { offset: 0, digest: digestOf(new Uint8Array(0)) } as const;

/** What a chunk gives or does in one step: buffers, something on the side, or a failure. */
export type Step = readonly Uint8Array[] | (() => unknown) | Error;

/** A chunk of these steps, for an upload that has the bytes `before`. Its bytes come once, as those of a connection do. */
export function chunkOf(before: Uint8Array, steps: readonly Step[]): Chunk {
  const hash = createHash('sha256').update(before);
  let offset = before.length;
  let begun = false;
  return {
    checkpoint: () => ({ offset, digest: read(formats.digest, `sha256:${hash.copy().digest('hex')}`) }),
    async *[Symbol.asyncIterator]() {
      assert.ok(!begun, 'the chunk was read a second time');
      begun = true;
      for (const step of steps) {
        if (step instanceof Error) throw step;
        if (typeof step === 'function') {
          await step();
          continue;
        }
        for (const buffer of step) {
          hash.update(buffer);
          offset += buffer.length;
        }
        yield step;
      }
    },
  };
}

/** Begins an upload and appends these bytes. */
export async function uploaded(driver: Driver, at: RepositoryName, id: UploadId, content: Uint8Array): Promise<Upload> {
  const begun = await driver.uploads.create(at, id, nothing);
  const upload = await driver.uploads.append(at, id, begun, chunkOf(new Uint8Array(0), [[content]]));
  assert.ok(upload, 'the upload went away');
  return upload;
}

/** Uploads and commits these bytes. */
export async function pushed(
  driver: Driver,
  at: RepositoryName,
  content: Uint8Array,
  digest = digestOf(content),
): Promise<Digest> {
  const id = newId();
  const upload = await uploaded(driver, at, id, content);
  assert.equal(await driver.uploads.commit(at, id, upload, digest), true);
  return digest;
}

/** Everything that an open blob or a read upload gives. */
export async function drained(body: Uint8Array | AsyncIterable<Uint8Array> | undefined): Promise<Buffer | undefined> {
  if (body === undefined || body instanceof Uint8Array) return body && Buffer.from(body);
  // As a reader that is slower than the storage: every piece must keep its bytes until all have come.
  const pieces: Uint8Array[] = [];
  for await (const piece of body) pieces.push(piece);
  return Buffer.concat(pieces);
}

/** The bytes of a blob, or of a range of it; undefined if the repository does not hold it. */
export async function pulled(driver: Driver, at: RepositoryName, digest: Digest, range?: ByteRange): Promise<Buffer | undefined> {
  const blob: Blob | undefined = await driver.blobs.get(at, digest);
  return blob && drained(await blob.open(range));
}

/** Asserts that two runs of bytes are the same, without printing them. */
export function sameBytes(found: Uint8Array | undefined, expected: Uint8Array): void {
  assert.ok(found, 'nothing was found');
  assert.equal(found.length, expected.length, 'of another length');
  assert.ok(Buffer.compare(found, expected) === 0, 'other bytes');
}

const manifestType = read(formats.mediaType, 'application/vnd.oci.image.manifest.v1+json');

/** A manifest whose bytes are this text. */
export function manifestOf(text: string): Manifest {
  const content = bytes(text);
  return { digest: digestOf(content), mediaType: manifestType, bytes: content };
}

/** A manifest whose bytes are this text and which refers to a subject. */
export function referrerOf(text: string, subject: Digest, algorithm: Algorithm = 'sha256'): Manifest {
  const content = bytes(text);
  const digest = digestOf(content, algorithm);
  const referrer = {
    mediaType: manifestType,
    digest,
    size: content.length,
    artifactType: 'application/vnd.example.sbom.v1',
    annotations: { 'org.example.text': text },
  };
  return { digest, mediaType: manifestType, bytes: content, subject, referrer };
}

/** Everything that a driver lists. */
export async function listed<T>(entries: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const entry of entries) all.push(entry);
  return all;
}
