/**
 * Manifests: they are parsed for the content that they refer to, and stored byte for byte.
 * Image specification, chapters "OCI Image Manifest", "OCI Image Index", "OCI Content Descriptors"; the Docker schema 2
 * forms differ from these in their media types only.
 */
import type { Descriptor } from '../api/bodies.ts';
import { RegistryError } from '../api/errors.ts';
import { type Digest, formats, type MediaType, readEssence } from '../api/formats.ts';
import { artifactManifestType, dockerImageType, dockerIndexType, imageType, indexType } from '../api/known-media.ts';
import { isObject, type JsonLimits, type JsonObject, lookalikeFinder, lookalikeReason, parseObject } from './json.ts';

/** What a registry needs to know of a manifest. */
export interface ParsedManifest {
  readonly mediaType: MediaType;
  /** The blobs that it needs, each once; without those that are fetched from a URL or are not distributable. */
  readonly blobs: readonly Digest[];
  /** The manifests that it needs, each once. */
  readonly manifests: readonly Digest[];
  /** The content that it needs and that may be stored as a blob or as a manifest, each once. */
  readonly either: readonly Digest[];
  readonly subject?: Digest;
  /** Its entry in a list of referrers, without digest and size; present exactly if `subject` is. */
  readonly referrer?: Omit<Descriptor, 'digest' | 'size'>;
}

/** The limits of a manifest. */
export interface ManifestLimits {
  /** How many descriptors one list may have. */
  readonly descriptors: number;
  /** How many levels of arrays and objects may be nested. */
  readonly jsonDepth: number;
}

/** How many JSON members a manifest may have for each descriptor that it may have, and beside them. */
const membersOf = { descriptor: 24, manifest: 8_192 };

/** The limits of the JSON of a manifest: it has room for all descriptors that are allowed, with platforms and annotations. */
export function jsonLimitsOf({ descriptors, jsonDepth }: ManifestLimits): JsonLimits {
  return {
    depth: { most: jsonDepth, from: 'limits.jsonDepth' },
    members: {
      most: membersOf.manifest + membersOf.descriptor * descriptors,
      from: `${membersOf.manifest}, and ${membersOf.descriptor} for each of limits.descriptors`,
    },
  };
}

/** Finds members that some clients take for those that are checked: in images, indexes and artifacts, in other documents, in descriptors. */
const findLookalike = {
  known: lookalikeFinder([
    'schemaVersion',
    'mediaType',
    'artifactType',
    'config',
    'layers',
    'manifests',
    'blobs',
    'subject',
    'annotations',
  ]),
  other: lookalikeFinder(['schemaVersion', 'mediaType']),
  descriptor: lookalikeFinder(['mediaType', 'digest', 'size', 'urls', 'annotations', 'data', 'artifactType', 'platform']),
} as const;

/** Throws if an object has a member that some clients take for one that is checked. */
function refuseLookalike(object: JsonObject, kind: keyof typeof findLookalike, where?: string): void {
  const found = findLookalike[kind](object);
  if (found) throw invalid(lookalikeReason(found, where), { reason: 'member-case', ...found });
}

/** The media types of schema 1. Docker also accepted `application/json`, and no type at all, for the signed form. */
export const schema1MediaTypes = {
  unsigned: 'application/vnd.docker.distribution.manifest.v1+json' as MediaType,
  signed: 'application/vnd.docker.distribution.manifest.v1+prettyjws' as MediaType,
} as const;

type Kind = 'image' | 'index' | 'artifact' | 'schema1' | 'other';

const kinds: Readonly<Record<string, Kind>> = {
  [imageType]: 'image',
  [dockerImageType]: 'image',
  [indexType]: 'index',
  [dockerIndexType]: 'index',
  [artifactManifestType]: 'artifact',
  [schema1MediaTypes.unsigned]: 'schema1',
  [schema1MediaTypes.signed]: 'schema1',
};

/** What something of a media type is. Case does not matter: RFC 9110 section 8.3.1. */
const kindOf = (mediaType: string): Kind => kinds[mediaType.toLowerCase()] ?? 'other';

/** Whether manifests of a media type are checked and searched for what they refer to; others are stored as they are. */
export function isKnown(mediaType: MediaType): boolean {
  return kindOf(mediaType) !== 'other';
}

/**
 * Whether a `Content-Type` says nothing of the manifest that it comes with: the defaults of curl, of `fetch` and of their like.
 * Docker sent `application/json` with schema 1.
 */
export function isGeneric(mediaType: MediaType): boolean {
  return /^(?:text\/.+|multipart\/.+|\*\/\*|\w+\/octet-stream|application\/(?:json|x-www-form-urlencoded))$/i.test(mediaType);
}

/** The media types of layers that are not distributable and need not be pushed. */
const foreignLayer =
  /^application\/vnd\.(?:oci\.image\.layer\.nondistributable\.v1\.tar|docker\.image\.rootfs\.foreign\.diff\.tar)\b/i;

/**
 * Parses a manifest that was sent as `declared`; where that is absent or generic, its own `mediaType` counts. Throws 400
 * `MANIFEST_INVALID` if it breaks a rule of its format. A manifest of an unknown type only has to be a JSON object; it is not
 * searched for references.
 */
export function parseManifest(bytes: Uint8Array, declared: MediaType | undefined, limits: ManifestLimits): ParsedManifest {
  const document = parseObject(bytes, jsonLimitsOf(limits), invalid);
  if (document.schemaVersion === 1) throw schema1NotServed();
  const mediaType = agreedType(document, declared);
  const kind = kindOf(mediaType);
  if (kind === 'schema1') throw schema1NotServed();
  refuseLookalike(document, kind === 'other' ? 'other' : 'known');
  if ('manifests' in document && ('layers' in document || 'config' in document)) {
    throw invalid('it has "manifests" beside "layers" or "config", and could be read as either an index or an image');
  }
  if (kind === 'other') return { mediaType, blobs: [], manifests: [], either: [] };
  if (kind !== 'artifact' && document.schemaVersion !== 2) throw invalid('"schemaVersion" must be 2');
  return { mediaType, ...referencesOf(document, kind, limits.descriptors), ...referrerOf(document, mediaType) };
}

/**
 * The media type, in lower case where it is known. Header and document must not differ: the same bytes, and so one digest, would have
 * two meanings.
 */
function agreedType(document: JsonObject, declared: MediaType | undefined): MediaType {
  const said = declared !== undefined && isGeneric(declared) ? undefined : declared;
  const own = document.mediaType === undefined ? undefined : ownType(document.mediaType);
  const mediaType = own ?? said;
  if (mediaType === undefined) throw typeMissing(declared);
  const isOther = said !== undefined && said.toLowerCase() !== mediaType.toLowerCase();
  if (isOther) throw invalid(`its "mediaType" is ${own}, its Content-Type ${said}`);
  return isKnown(mediaType) ? (mediaType.toLowerCase() as MediaType) : mediaType;
}

function ownType(value: unknown): MediaType {
  const own = typeof value === 'string' ? readEssence(value) : undefined;
  if (own === undefined) throw invalid('"mediaType" is not a media type');
  return own;
}

function typeMissing(declared: MediaType | undefined): RegistryError {
  const given =
    declared === undefined ? 'the request has no Content-Type' : `the Content-Type ${declared} does not say what it is`;
  return invalid(`it has no "mediaType", and ${given}: send Content-Type: ${imageType}, or ${indexType} for an index`, {
    reason: 'media-type-missing',
    parameter: 'Content-Type',
    ...(declared !== undefined && { given: declared }),
  });
}

function schema1NotServed(): RegistryError {
  return invalid('schema version 1 is not served: push schema version 2 or OCI, or have the option legacy.schema1 turned on');
}

type References = Pick<ParsedManifest, 'blobs' | 'manifests' | 'either'>;

function referencesOf(document: JsonObject, kind: 'image' | 'index' | 'artifact', limit: number): References {
  const named =
    kind === 'image'
      ? [readDescriptor(document.config, 'config'), ...readList(document, 'layers', limit)]
      : readList(document, kind === 'index' ? 'manifests' : 'blobs', limit);
  const needed = named.filter(({ mediaType, urls }) => urls === 0 && !foreignLayer.test(mediaType));
  if (kind !== 'index') return { blobs: distinct(needed), manifests: [], either: [] };
  // Build caches are indexes whose entries are layers: an entry of no manifest type may be stored as a blob.
  const isManifest = ({ mediaType }: Named): boolean => isKnown(mediaType);
  return {
    blobs: [],
    manifests: distinct(needed.filter(isManifest)),
    either: distinct(needed.filter((entry) => !isManifest(entry))),
  };
}

const distinct = (named: readonly Named[]): Digest[] => [...new Set(named.map(({ digest }) => digest))];

function readList(document: JsonObject, key: string, limit: number): Named[] {
  // Some clients write null for an empty list.
  const list = document[key] === null || (key === 'blobs' && !(key in document)) ? [] : document[key];
  if (!Array.isArray(list)) throw invalid(`"${key}" must be a list of descriptors`);
  if (list.length > limit) throw invalid(`"${key}" has ${list.length} descriptors; ${limit} are allowed (limits.descriptors)`);
  return list.map((entry: unknown, index) => readDescriptor(entry, `${key}[${index}]`));
}

interface Named {
  /** Without parameters, which decide nothing. */
  readonly mediaType: MediaType;
  readonly digest: Digest;
  /** How many `urls` it has, from which clients fetch it instead. */
  readonly urls: number;
}

function readDescriptor(value: unknown, where: string): Named {
  if (!isObject(value)) throw invalid(`"${where}" must be a descriptor`);
  refuseLookalike(value, 'descriptor', where);
  const { size, urls } = value;
  const mediaType = typeof value.mediaType === 'string' ? readEssence(value.mediaType) : undefined;
  if (mediaType === undefined) throw invalid(`"${where}" has no valid "mediaType"`);
  if (!Number.isSafeInteger(size) || Number(size) < 0) throw invalid(`"${where}" has no valid "size"`);
  const digest = typeof value.digest === 'string' ? formats.digest.read(value.digest) : undefined;
  if (digest === undefined) throw invalid(`"${where}" has no valid "digest"`);
  return { mediaType, digest, urls: Array.isArray(urls) ? urls.length : 0 };
}

/** The subject, and the entry in the list of its referrers: distribution specification, "Listing Referrers". */
function referrerOf(document: JsonObject, mediaType: MediaType): Pick<ParsedManifest, 'subject' | 'referrer'> {
  const annotations = readAnnotations(document.annotations);
  if (document.subject === undefined || document.subject === null) return {};
  const { digest } = readDescriptor(document.subject, 'subject');
  const configured = isObject(document.config) ? document.config.mediaType : undefined;
  const artifactType = document.artifactType || configured;
  return {
    subject: digest,
    referrer: {
      mediaType,
      ...(typeof artifactType === 'string' && { artifactType }),
      ...(annotations && { annotations }),
    },
  };
}

function readAnnotations(value: unknown): Readonly<Record<string, string>> | undefined {
  if (value === undefined || value === null) return undefined;
  if (!isObject(value) || !Object.values(value).every((text) => typeof text === 'string')) {
    throw invalid('"annotations" must be an object of strings');
  }
  return value as Readonly<Record<string, string>>;
}

function invalid(message: string, detail?: object): RegistryError {
  return new RegistryError('MANIFEST_INVALID', { message: `manifest invalid: ${message}`, ...(detail && { detail }) });
}
