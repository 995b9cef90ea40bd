/** The documents of schema 1: their members, and the payload that their digest covers. */
import { isRegistryError } from '../../api/errors.ts';
import { type Digest, formats, type Tarsum } from '../../api/formats.ts';
import { isObject, type JsonObject, lookalikeFinder, lookalikeReason, parseObject } from '../../content/json.ts';
import { jsonLimitsOf } from '../../content/manifest.ts';
import { type EnvelopeSignature, openEnvelope } from './envelope.ts';
import { invalid, unverified } from './refusal.ts';

/** A manifest of schema 1. All members are read from the payload. */
export interface Schema1Manifest {
  /** Whether the document has `signatures`. Whether they are valid is checked by `verifySchema1`. */
  readonly signed: boolean;
  /** The signed bytes, whose digest is that of the manifest; all bytes of an unsigned document. */
  readonly payload: Uint8Array;
  readonly schemaVersion: 1;
  /** The repository name that it was made for, unchecked: it may be malformed. */
  readonly name: string;
  /** The tag that it was made for, unchecked: it may be malformed. */
  readonly tag: string;
  readonly architecture?: string;
  /** The digests or tarsums of its layers, newest first. A layer may occur several times. */
  readonly layers: readonly (Digest | Tarsum)[];
  /** In the order of the document; empty if it is not signed, at least one if it is. */
  readonly signatures: readonly EnvelopeSignature[];
}

/** The limits of a manifest of schema 1. Its number of bytes is limited by the reader of the body. */
export interface Schema1Limits {
  /** How many layers, and how many entries of history. */
  readonly descriptors: number;
  /** How many levels of arrays and objects may be nested. */
  readonly jsonDepth: number;
}

/**
 * Parses a document of schema 1, signed or not. Throws `MANIFEST_INVALID` if it breaks a rule of the format, and
 * `MANIFEST_UNVERIFIED` if the payload cannot be recovered from its `signatures`. Signatures are not verified.
 */
export function readSchema1(bytes: Uint8Array, limits: Schema1Limits): Schema1Manifest {
  const jsonLimits = jsonLimitsOf(limits);
  const document = parseObject(bytes, jsonLimits, invalid);
  if (!Object.hasOwn(document, 'signatures')) {
    return { signed: false, payload: bytes, signatures: [], ...membersOf(document, limits) };
  }
  const envelope = openEnvelope(bytes, document.signatures);
  const content = parseObject(envelope.payload, jsonLimits, (reason) => invalid(`its signed payload: ${reason}`));
  // The document must have the members of the payload and "signatures", and no other: a member after it would be unsigned.
  if (Object.keys(document).length !== Object.keys(content).length + 1) {
    throw unverified('it has members that its signatures do not cover');
  }
  return { signed: true, ...envelope, ...membersOf(content, limits) };
}

/**
 * The signed bytes of a document that passed its checks once, or all bytes of one that is not signed, whatever the limits are now.
 * Undefined if there are none any longer: the document is damaged.
 */
export function payloadOf(bytes: Uint8Array): Uint8Array | undefined {
  try {
    const document: unknown = JSON.parse(Buffer.from(bytes).toString());
    return isObject(document) && Object.hasOwn(document, 'signatures') ? openEnvelope(bytes, document.signatures).payload : bytes;
  } catch (error) {
    if (error instanceof SyntaxError || isRegistryError(error)) return undefined;
    throw error;
  }
}

type Members = Pick<Schema1Manifest, 'schemaVersion' | 'name' | 'tag' | 'architecture' | 'layers'>;

/** Finds members that some clients take for those that are checked. */
const findLookalike = {
  document: lookalikeFinder(['schemaVersion', 'name', 'tag', 'architecture', 'fsLayers', 'history', 'signatures']),
  layer: lookalikeFinder(['blobSum']),
  history: lookalikeFinder(['v1Compatibility']),
} as const;

function refuseLookalike(object: JsonObject, kind: keyof typeof findLookalike, where?: string): void {
  const found = findLookalike[kind](object);
  if (found) throw invalid(lookalikeReason(found, where));
}

function membersOf(content: JsonObject, limits: Schema1Limits): Members {
  refuseLookalike(content, 'document');
  const { schemaVersion, name, tag, architecture } = content;
  if (schemaVersion !== 1) throw invalid('"schemaVersion" must be 1');
  if (typeof name !== 'string') throw invalid('"name" must be text');
  if (typeof tag !== 'string') throw invalid('"tag" must be text');
  if (architecture !== undefined && typeof architecture !== 'string') throw invalid('"architecture" must be text');
  const layers = readList(content, 'fsLayers', limits.descriptors).map(readLayer);
  const history = readList(content, 'history', limits.descriptors);
  history.forEach(checkHistory);
  if (history.length !== layers.length) {
    throw invalid(`"fsLayers" has ${layers.length} entries and "history" ${history.length}; they must be as many`);
  }
  return { schemaVersion, name, tag, layers, ...(architecture !== undefined && { architecture }) };
}

function readList(content: JsonObject, key: string, limit: number): readonly unknown[] {
  const list = content[key];
  if (!Array.isArray(list)) throw invalid(`"${key}" must be a list`);
  if (list.length > limit) throw invalid(`"${key}" has ${list.length} entries; ${limit} are allowed (limits.descriptors)`);
  return list;
}

function readLayer(entry: unknown, index: number): Digest | Tarsum {
  if (isObject(entry)) refuseLookalike(entry, 'layer', `fsLayers[${index}]`);
  const sum = isObject(entry) ? entry.blobSum : undefined;
  const named = typeof sum === 'string' ? formats.blobDigest.read(sum) : undefined;
  if (named === undefined) throw invalid(`"fsLayers[${index}]" has no valid "blobSum"`);
  return named;
}

function checkHistory(entry: unknown, index: number): void {
  if (!isObject(entry) || typeof entry.v1Compatibility !== 'string') {
    throw invalid(`"history[${index}]" has no valid "v1Compatibility"`);
  }
  refuseLookalike(entry, 'history', `history[${index}]`);
}
