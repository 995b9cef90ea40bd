/**
 * What the bytes of a manifest say of it. A registry is told the media type with a push, and distribution does not store it: it reads it
 * off the bytes again, and so does this.
 */
import { isRegistryError } from '../../lib/api/errors.ts';
import { imageType, indexType } from '../../lib/api/known-media.ts';
import { type JsonObject, parseObject } from '../../lib/content/json.ts';
import { isKnown, jsonLimitsOf, parseManifest, schema1MediaTypes } from '../../lib/content/manifest.ts';
import { type Digest, type Manifest, type MediaType, readMediaType } from '../../lib/driver.ts';

/** The largest manifest that is read, in bytes: the largest one that distribution takes. */
export const largestManifest = 4 * 1024 * 1024;

/** What a registry takes where its options say nothing else. */
const limits = { descriptors: 4_096, jsonDepth: 64 };

/**
 * The manifest that has these bytes; undefined if they are none. One that would be refused if it were pushed here is as good as any
 * other, but is not listed as a referrer.
 */
export function readManifest(digest: Digest, bytes: Uint8Array): Manifest | undefined {
  const document = orUndefined(() => parseObject(bytes, jsonLimitsOf(limits), (reason) => new SyntaxError(reason)));
  const mediaType = document && mediaTypeOf(document);
  if (mediaType === undefined) return undefined;
  if (document?.subject === undefined) return { digest, mediaType, bytes };
  const { subject, referrer } = orUndefined(() => parseManifest(bytes, mediaType, limits)) ?? {};
  return {
    digest,
    mediaType,
    bytes,
    ...(subject && referrer && { subject, referrer: { ...referrer, digest, size: bytes.length } }),
  };
}

/** What a document says that it is or, where it says nothing, what its members show; undefined if it is no manifest. */
function mediaTypeOf({ schemaVersion, mediaType, signatures, manifests, config }: JsonObject): MediaType | undefined {
  if (schemaVersion === 1) return schema1MediaTypes[signatures === undefined ? 'unsigned' : 'signed'];
  if (typeof mediaType === 'string' && mediaType !== '') {
    const own = readMediaType(mediaType);
    return own && isKnown(own) ? (own.toLowerCase() as MediaType) : own;
  }
  if (schemaVersion !== 2) return undefined;
  if (Array.isArray(manifests)) return indexType as MediaType;
  return config === undefined ? undefined : (imageType as MediaType);
}

/** What is read; undefined where it is refused. */
function orUndefined<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof SyntaxError || isRegistryError(error)) return undefined;
    throw error;
  }
}
