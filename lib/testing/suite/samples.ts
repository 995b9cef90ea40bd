/** Names, bytes, chunks and manifests that the cases use, and the few steps that most of them take. */
import assert from 'node:assert/strict';
import { createHash, randomUUID } from 'node:crypto';
import { type Algorithm, type Digest, formats, type RepositoryName, type Tag, type UploadId } from '../../api/formats.ts';
import { listReferrers } from '../../content/referrers.ts';
import type { Blob, ByteRange, Chunk, Descriptor, Driver, LastChunk, Manifest, Upload } from '../../driver.ts';

/** The value of a text in a format. Fails if it is malformed: then the test is wrong. */
function read<T>(format: { read(text: string): T | undefined }, text: string): T {
  const value = format.read(text);
  assert.notEqual(value, undefined, `${text} is malformed`);
  return value as T;
}

/** A repository name of this text. */
export const readName = (text: string): RepositoryName => read(formats.name, text);
/** A tag of this text. */
export const readTag = (text: string): Tag => read(formats.tag, text);
/** A new id of an upload. */
export const newId = (): UploadId => read(formats.uploadId, randomUUID());

/** The repository that most cases use. */
export const repo = readName('library/sample');
/** Another repository. */
export const other = readName('library/other');

/** `size` bytes, the same for the same seed, and others for another seed. */
export function sample(size: number, seed = 'sample'): Uint8Array {
  const block = createHash('sha512').update(seed).digest();
  const content = new Uint8Array(size);
  for (let position = 0; position < size; position++)
    content[position] = (block[position % 64] ?? 0) ^ (position >> 6) ^ (position >> 14);
  return content;
}

/** The UTF-8 bytes of a text. */
export const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

/** The digest of bytes. */
export function digestOf(content: Uint8Array, algorithm: Algorithm = 'sha256'): Digest {
  return read(formats.digest, `${algorithm}:${createHash(algorithm).update(content).digest('hex')}`);
}

/** The checkpoint at which an upload begins: offset 0, and the sha256 of no bytes. */
export const emptyCheckpoint = { offset: 0, digest: digestOf(new Uint8Array(0)) } as const;

/** One step of a chunk: buffers that it yields, a function that it calls, or an error that it throws. */
export type Step = readonly Uint8Array[] | (() => unknown) | Error;

/**
 * A chunk of these steps, for an upload that has the bytes `before`. Like a connection, it can be read once; then it fails. What a driver releases
 * holds other bytes from then on.
 */
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
        yield step.map(copyAlike);
      }
    },
    release: (buffers) => {
      for (const buffer of buffers) buffer.fill(0xff);
    },
  };
}

/** A copy that is a part of larger memory if the buffer is. */
function copyAlike({ buffer, byteOffset, byteLength }: Uint8Array): Uint8Array {
  const before = Math.min(byteOffset, 16);
  const memory = buffer.slice(byteOffset - before, byteOffset + byteLength + 16);
  return new Uint8Array(memory, before, byteLength);
}

/** The chunk as the last one of an upload, whole or ended early. */
export function lastChunk(chunk: Chunk, isWhole = true): LastChunk {
  return { ...chunk, isWhole: () => isWhole };
}

/** Begins an upload and appends these bytes; gives its state. */
export async function uploadBytes(driver: Driver, at: RepositoryName, id: UploadId, content: Uint8Array): Promise<Upload> {
  const begun = await driver.uploads.create(at, id, emptyCheckpoint);
  const upload = await driver.uploads.append(at, id, begun, chunkOf(new Uint8Array(0), [[content]]));
  assert.ok(upload, 'the upload went away');
  return upload;
}

/** Uploads and commits these bytes; gives their digest. */
export async function pushBlob(
  driver: Driver,
  at: RepositoryName,
  content: Uint8Array,
  digest = digestOf(content),
): Promise<Digest> {
  const id = newId();
  const upload = await uploadBytes(driver, at, id, content);
  assert.equal(await driver.uploads.commit(at, id, upload, digest), true);
  return digest;
}

/** All bytes of an opened blob or a read upload; undefined if it is absent. */
export async function readAll(body: Uint8Array | AsyncIterable<Uint8Array> | undefined): Promise<Buffer | undefined> {
  if (body === undefined || body instanceof Uint8Array) return body && Buffer.from(body);
  // Pieces are kept and joined at the end: a driver must not reuse a buffer that it has given away.
  const pieces: Uint8Array[] = [];
  for await (const piece of body) pieces.push(piece);
  return Buffer.concat(pieces);
}

/** The bytes of a blob, or of a range of it; undefined if the repository does not hold it. */
export async function pullBlob(
  driver: Driver,
  at: RepositoryName,
  digest: Digest,
  range?: ByteRange,
): Promise<Buffer | undefined> {
  const blob: Blob | undefined = await driver.blobs.get(at, digest);
  return blob && readAll(await blob.open(range));
}

/** Asserts that bytes are equal, without printing them. */
export function assertSameBytes(found: Uint8Array | undefined, expected: Uint8Array): void {
  assert.ok(found, 'the content is absent');
  assert.equal(found.length, expected.length, `${found.length} bytes instead of ${expected.length}`);
  assert.ok(Buffer.compare(found, expected) === 0, 'the bytes differ');
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

/** How all manifests that have this subject are listed, after `after` if given. */
export function allReferrers(
  driver: Pick<Driver, 'manifests'>,
  at: RepositoryName,
  subject: Digest,
  after?: Digest,
): Promise<Descriptor[]> {
  return listAll(listReferrers(driver.manifests, at, subject, { after })).then(definedMembers);
}

/** Plain data without the members that are undefined: a driver may give them or leave them out. */
export function definedMembers<T>(value: T): T;
export function definedMembers(value: unknown): unknown {
  if (Array.isArray(value)) return value.map((each: unknown) => definedMembers(each));
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return value;
  const entries = Object.entries(value).filter(([, member]) => member !== undefined);
  return Object.fromEntries(entries.map(([name, member]) => [name, definedMembers(member)]));
}

/** All entries of a list. */
export async function listAll<T>(entries: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const entry of entries) all.push(entry);
  return all;
}
