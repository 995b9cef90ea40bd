/** What a manifest names. */
import type { Descriptor } from '../api/bodies.ts';
import type { Digest, MediaType } from '../api/formats.ts';
import { readDescriptor } from '../api/read-descriptor.ts';
import { isObject } from '../content/json.ts';
import { isKnown, parseManifest } from '../content/manifest.ts';

/** A descriptor, with what decides whether it is copied. */
export interface Named extends Descriptor {
  readonly platform?: { readonly os: string; readonly architecture: string; readonly variant?: string | undefined } | undefined;
}

/** What a manifest names, each descriptor as it has it. */
export interface Names {
  readonly mediaType: MediaType;
  /** The configuration of an image; undefined for other manifests. */
  readonly config: Named | undefined;
  /** The layers of an image, foreign ones among them. */
  readonly layers: readonly Named[];
  readonly blobs: readonly Named[];
  readonly manifests: readonly Named[];
  /** What may be a blob or a manifest. */
  readonly either: readonly Named[];
  /** What clients fetch from elsewhere. */
  readonly foreign: readonly Named[];
  readonly subject: Digest | undefined;
  /** Its entry in a list of referrers, without digest and size; there exactly if `subject` is. */
  readonly referrer: Omit<Descriptor, 'digest' | 'size'> | undefined;
  /** Its JSON. */
  readonly document: Readonly<Record<string, unknown>>;
}

/** How large a manifest may be, in bytes: as large as a registry takes it by default. */
export const manifestBytes = 4 * 1024 * 1024;

/** As much as a registry takes by default. */
const usual = { descriptors: 4_096, jsonDepth: 64 };
/** A list of all that a layout or a list of referrers has is longer than a manifest. */
const listed = { descriptors: 100_000, jsonDepth: 64 };

/** Reads a manifest. Throws a RegistryError with the code `MANIFEST_INVALID` where a registry would refuse it. */
export const namesIn = (bytes: Uint8Array, mediaType: MediaType | undefined): Names => read(bytes, mediaType, usual);

/** Reads an index that lists what there is. */
export const namesInList = (bytes: Uint8Array, mediaType: MediaType): Names => read(bytes, mediaType, listed);

function read(bytes: Uint8Array, declared: MediaType | undefined, limits: typeof usual): Names {
  const { mediaType, blobs, manifests, either, subject, referrer } = parseManifest(bytes, declared, limits);
  const document = JSON.parse(Buffer.from(bytes).toString()) as Readonly<Record<string, unknown>>;
  // What is of a type that nobody knows is copied as it is, and what it may name is not looked at.
  const list = (member: string): Named[] => (isKnown(mediaType) ? descriptorsIn(document[member]) : []);
  const [[config], layers] = [list('config'), list('layers')];
  const named = [...(config ? [config] : []), ...layers, ...list('blobs'), ...list('manifests')];
  const all = [...new Map(named.map((each) => [each.digest, each])).values()];
  const among = (digests: readonly Digest[]): Named[] => {
    const wanted = new Set(digests);
    return all.filter(({ digest }) => wanted.has(digest));
  };
  const needed = new Set([...blobs, ...manifests, ...either]);
  return {
    mediaType,
    config,
    layers,
    blobs: among(blobs),
    manifests: among(manifests),
    either: among(either),
    foreign: all.filter(({ digest }) => !needed.has(digest)),
    subject,
    referrer,
    document,
  };
}

/** The descriptors of a list, or the one descriptor that is there. */
const descriptorsIn = (value: unknown): Named[] => [value ?? []].flat().flatMap((each) => namedIn(each) ?? []);

/** A descriptor of parsed JSON; undefined if it is none. */
function namedIn(value: unknown): Named | undefined {
  const descriptor = readDescriptor(JSON.stringify(value));
  const platform: unknown = isObject(value) ? value.platform : undefined;
  if (!descriptor || !isObject(platform)) return descriptor;
  const { os, architecture, variant } = platform;
  if (typeof os !== 'string' || typeof architecture !== 'string') return descriptor;
  return { ...descriptor, platform: { os, architecture, ...(typeof variant === 'string' && { variant }) } };
}
