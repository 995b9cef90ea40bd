/**
 * What stands in the small objects: manifests, descriptors, digests and checkpoints, as bytes. Reading is strict. An
 * object that is cut short or damaged is reported with its key; it is never taken for an empty or an absent one.
 */

import { formats, readMediaType } from '../../lib/api/formats.ts';
import type { Checkpoint } from '../../lib/driver.ts';
import { type Descriptor, type Digest, type Manifest, type RepositoryName, StorageFault } from '../../lib/driver.ts';

const newline = 0x0a;

/** The fault of an object that does not hold what it must. */
function damaged(key: string): StorageFault {
  return new StorageFault('broken', `${key} is damaged`);
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString();
}

/** The fields of a JSON object, or undefined if the bytes are none. */
function fieldsOf(bytes: Uint8Array): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(textOf(bytes));
    return typeof value === 'object' && value !== null ? { ...value } : undefined;
  } catch {
    // JSON.parse throws for one reason only; what it means is for the caller to say.
    return undefined;
  }
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}

function isSize(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}

function readDigest(value: unknown): Digest | undefined {
  return isText(value) ? formats.digest.read(value) : undefined;
}

function isDescriptor(value: unknown): value is Descriptor {
  if (typeof value !== 'object' || value === null) return false;
  const { mediaType, digest, size, artifactType = '', annotations = {} }: Record<string, unknown> = { ...value };
  return (
    isText(mediaType) &&
    readDigest(digest) !== undefined &&
    isSize(size) &&
    isText(artifactType) &&
    typeof annotations === 'object' &&
    annotations !== null &&
    Object.values(annotations).every(isText)
  );
}

/** A digest as an object: its text. */
export function encodeDigest(digest: Digest): Uint8Array {
  return Buffer.from(digest);
}

/** The digest that the object at `key` holds. Throws a {@link StorageFault} if it holds none. */
export function decodeDigest(key: string, bytes: Uint8Array): Digest {
  const digest = readDigest(textOf(bytes));
  if (digest === undefined) throw damaged(key);
  return digest;
}

/** A descriptor as an object: JSON. */
export function encodeDescriptor(descriptor: Descriptor): Uint8Array {
  return Buffer.from(JSON.stringify(descriptor));
}

/** The descriptor that the object at `key` holds. Throws a {@link StorageFault} if it holds none. */
export function decodeDescriptor(key: string, bytes: Uint8Array): Descriptor {
  const descriptor = fieldsOf(bytes);
  if (!isDescriptor(descriptor)) throw damaged(key);
  return descriptor;
}

/** A manifest as an object: one line of JSON with all that is known of it, then its own bytes. */
export function encodeManifest({ digest, bytes, ...about }: Manifest): Uint8Array {
  return Buffer.concat([Buffer.from(`${JSON.stringify({ ...about, size: bytes.length })}\n`), bytes]);
}

/** The manifest that the object at `key` holds. Throws a {@link StorageFault} if it holds none, or only a part of one. */
export function decodeManifest(key: string, digest: Digest, object: Uint8Array): Manifest {
  const end = object.indexOf(newline);
  const { size, mediaType, subject, referrer } = fieldsOf(object.subarray(0, Math.max(end, 0))) ?? {};
  const bytes = object.subarray(end + 1);
  const type = isText(mediaType) ? readMediaType(mediaType) : undefined;
  if (type === undefined || size !== bytes.length) throw damaged(key);
  if (subject === undefined) return { digest, mediaType: type, bytes };
  const target = readDigest(subject);
  if (target === undefined || !isDescriptor(referrer)) throw damaged(key);
  return { digest, mediaType: type, bytes, subject: target, referrer };
}

/** A checkpoint, and the repository that its upload was begun in, as an object: JSON. */
export function encodeCheckpoint(repository: RepositoryName, { offset, digest }: Checkpoint): Uint8Array {
  return Buffer.from(JSON.stringify({ repository, offset, digest }));
}

/**
 * The checkpoint that an object holds, of an upload to `repository`. Undefined if it is of another repository's, and
 * also if it is damaged: it was never synced, so after a loss of power its upload is as good as never begun.
 */
export function decodeCheckpoint(repository: RepositoryName, bytes: Uint8Array): Checkpoint | undefined {
  const fields = fieldsOf(bytes);
  if (fields?.repository !== repository || !isSize(fields.offset)) return undefined;
  if (fields.digest === undefined) return { offset: fields.offset };
  const digest = readDigest(fields.digest);
  return digest && { offset: fields.offset, digest };
}

/** The process that a driver works in, as far as the system tells. */
export interface InstanceProcess {
  readonly host: string;
  /** The boot of the host, and the set of processes in which `pid` counts. */
  readonly boot?: string;
  readonly pid: number;
  /** When the process began, as the system counts; another process of the same number began at another time. */
  readonly started?: string;
}

/** The process of an instance as an object: JSON. */
export function encodeInstance(instance: InstanceProcess): Uint8Array {
  return Buffer.from(JSON.stringify(instance));
}

/** The process that an object tells of; undefined if it is damaged, or not written yet. */
export function decodeInstance(bytes: Uint8Array): InstanceProcess | undefined {
  const { host, boot, pid, started } = fieldsOf(bytes) ?? {};
  if (!isText(host) || !isSize(pid)) return undefined;
  return { host, pid, ...(isText(boot) && { boot }), ...(isText(started) && { started }) };
}
