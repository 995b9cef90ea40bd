/**
 * The encoding of small objects: manifests, descriptors, tags and instances. Decoding is strict: an object that
 * is truncated or damaged is reported with its key, and never taken for an empty or an absent one.
 */
import { randomBytes } from 'node:crypto';
import {
  type Descriptor,
  type Digest,
  hexOf,
  type Manifest,
  type ManifestDescription,
  readDescriptor,
  readMediaType,
  StorageFault,
} from '../../lib/driver.ts';
import { decodeText, type Fields, isCount, isDigest, isString, parseFields } from './fields.ts';
import type { Pointer } from './tags.ts';

/** How many random bytes are in the version of a tag whose value is a name. */
export const versionBytes = 8;
/** The byte that ends a line of an object. */
export const newline = 0x0a;

/** The fault of an object that cannot be decoded. */
export function damaged(key: string): StorageFault {
  return new StorageFault('broken', `${key} is damaged`);
}

/** A pointer to a digest that no other write of a tag has: its version is random, of so many bytes. */
export function newPointer(digest: Digest, bytes: number): Pointer {
  return { digest, version: randomBytes(bytes).toString('hex') };
}

/** A tag as an object: the digest that it points at, a newline and the version. */
export function encodePointer({ digest, version }: Pointer): Uint8Array {
  return Buffer.from(version === '' ? digest : `${digest}\n${version}`.padEnd(pointerSize(digest), '.'));
}

/**
 * The size of each tag that points at a digest: one of 1,024, chosen by the digest. A listing tells sizes, so that among many
 * tags those that point at a digest are found without reading most of the others.
 */
function pointerSize(digest: Digest): number {
  return digest.length + 33 + (Number.parseInt(hexOf(digest).slice(0, 4), 16) % 1024);
}

/** Whether a tag whose object has so many bytes may point at the digest. Tags of earlier releases are the digest alone. */
export function mayPointAt(digest: Digest, size: number): boolean {
  return size === pointerSize(digest) || size === digest.length;
}

/** The tag in an object; undefined if the object is damaged. The version of a tag of an earlier release is empty. */
export function parsePointer(bytes: Uint8Array): Pointer | undefined {
  const [digest, padded] = decodeText(bytes).split('\n');
  if (!isDigest(digest) || !mayPointAt(digest, bytes.length)) return undefined;
  if (padded === undefined) return { digest, version: '' };
  const [, version] = /^([0-9a-f]{32})\.*$/.exec(padded) ?? [];
  return version === undefined ? undefined : { digest, version };
}

/** The tag in the object at `key`. Throws a {@link StorageFault} if it is damaged. */
export function decodePointer(key: string, bytes: Uint8Array): Pointer {
  const pointer = parsePointer(bytes);
  if (pointer === undefined) throw damaged(key);
  return pointer;
}

/** A descriptor as an object: JSON. */
export function encodeDescriptor(descriptor: Descriptor): Uint8Array {
  return Buffer.from(JSON.stringify(descriptor));
}

/** The descriptor in the object at `key`. Throws a {@link StorageFault} if it is damaged. */
export function decodeDescriptor(key: string, bytes: Uint8Array): Descriptor {
  const descriptor = readDescriptor(decodeText(bytes));
  if (!descriptor) throw damaged(key);
  return descriptor;
}

/**
 * A manifest as an object: a line of JSON with its media type, its size and its subject; if it has a subject, a line with its
 * referrer entry; then its own bytes. The first line is short, so that it tells the media type and the size by itself.
 */
export function encodeManifest({ mediaType, subject, referrer, bytes }: Manifest): Uint8Array {
  const lines = [{ mediaType, size: bytes.length, subject }, ...(referrer ? [referrer] : [])];
  return Buffer.concat([...lines.map((line) => Buffer.from(`${JSON.stringify(line)}\n`)), bytes]);
}

/** How many bytes of an object have the first line of any manifest that is written today. */
export const manifestStartBytes = 1024;

/**
 * What the object at `key`, of `size` bytes, tells of its manifest in its first line, which `start` has. Throws a
 * {@link StorageFault} if it is damaged or truncated.
 */
export function decodeDescription(key: string, start: Uint8Array, size: number): ManifestDescription {
  const [first] = splitLine(start);
  const about = decodeAbout(key, first);
  if (about.size > size - first.length - 1) throw damaged(key);
  return { mediaType: about.mediaType, size: about.size };
}

/** The manifest in the object at `key`. Throws a {@link StorageFault} if it is damaged or truncated. */
export function decodeManifest(key: string, digest: Digest, object: Uint8Array): Manifest {
  const [first, rest] = splitLine(object);
  const { mediaType, size, fields } = decodeAbout(key, first);
  if (fields.subject === undefined) return { digest, mediaType, bytes: requireSize(key, rest, size) };
  // An earlier release stored the referrer entry in the first line.
  const [line, bytes] = fields.referrer === undefined ? splitLine(rest) : [Buffer.from(JSON.stringify(fields.referrer)), rest];
  const referrer = decodeDescriptor(key, line);
  if (!isDigest(fields.subject)) throw damaged(key);
  return { digest, mediaType, bytes: requireSize(key, bytes, size), subject: fields.subject, referrer };
}

/** The subject of the manifest in an object, by its first line. A damaged object has none. */
export function parseSubject(object: Uint8Array): Digest | undefined {
  const { subject } = parseFields(splitLine(object)[0]);
  return isDigest(subject) ? subject : undefined;
}

/** The first line of a manifest's object. */
interface AboutManifest extends ManifestDescription {
  readonly fields: Fields;
}

function decodeAbout(key: string, line: Uint8Array): AboutManifest {
  const fields = parseFields(line);
  const { mediaType, size } = fields;
  if (!isCount(size) || !isString(mediaType)) throw damaged(key);
  const type = readMediaType(mediaType);
  if (type === undefined) throw damaged(key);
  return { mediaType: type, size, fields };
}

/** The first line of an object, and what follows it. Without a newline the line is empty. */
function splitLine(object: Uint8Array): [line: Uint8Array, rest: Uint8Array] {
  const end = object.indexOf(newline);
  return [object.subarray(0, Math.max(end, 0)), object.subarray(end + 1)];
}

function requireSize(key: string, bytes: Uint8Array, size: number): Uint8Array {
  if (bytes.length !== size) throw damaged(key);
  return bytes;
}

/** The process of an instance, as far as the system tells. */
export interface InstanceProcess {
  readonly host: string;
  /** The host's boot id and the pid namespace. A pid is unique within both. */
  readonly boot?: string;
  readonly pid: number;
  /** When the process started, in clock ticks since boot: it tells apart processes that had the same pid one after the other. */
  readonly started?: string;
}

/** The process of an instance as an object: JSON. */
export function encodeInstance(instance: InstanceProcess): Uint8Array {
  return Buffer.from(JSON.stringify(instance));
}

/** The process in an object; undefined if it is damaged, or not fully written yet. */
export function decodeInstance(bytes: Uint8Array): InstanceProcess | undefined {
  const { host, boot, pid, started } = parseFields(bytes);
  if (!isString(host) || !isCount(pid)) return undefined;
  return { host, pid, ...(isString(boot) && { boot }), ...(isString(started) && { started }) };
}
