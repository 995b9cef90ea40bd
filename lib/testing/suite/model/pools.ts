/** The names, tags, contents and manifests of random commands. They are few, so that commands meet on the same ones. */
import assert from 'node:assert/strict';
import { type Algorithm, type Digest, formats, type UploadId } from '../../../api/formats.ts';
import type { Manifest } from '../../../driver.ts';
import { bytes, digestOf, manifestOf, readName, readTag, referrerOf, sample } from '../samples.ts';

/** Repositories of which one is below another, or sorts between another and what is below it. */
export const repositories = ['a', 'a-b', 'a/b', 'a/b/c', 'b'].map(readName);

/** Tags that differ only by case, or of which one begins with another. */
export const tags = ['v', 'v1', 'V1', 'v1.0', 'latest'].map(readTag);

/** Markers after which pages begin: entries, texts between entries, and texts that no entry can be. */
export const markers = ['!', '-', 'V', 'V1', 'a', 'a-', 'a/', 'a/b', 'a/b/b', 'b', 'latest', 'v', 'v1', 'v1.', 'z//', '~'];

/** The same bytes under another media type. */
function retyped(manifest: Manifest): Manifest {
  const mediaType = formats.mediaType.read('application/vnd.oci.image.index.v1+json');
  assert.ok(mediaType);
  return { ...manifest, mediaType, ...(manifest.referrer && { referrer: { ...manifest.referrer, mediaType } }) };
}

const base = manifestOf('{}');
const signature = referrerOf('{"signature":1}', base.digest);

/**
 * Manifests with the same bytes under two algorithms and two media types, referrers in every algorithm, and a referrer of a
 * referrer. No digest is there both with and without a subject: the contract does not say what happens to the referrer entry
 * when a manifest is put again without its subject.
 */
export const manifests: readonly Manifest[] = [
  base,
  retyped(base),
  { ...base, digest: digestOf(base.bytes, 'sha512') },
  manifestOf('{"other":1}'),
  signature,
  retyped(signature),
  referrerOf('{"signature":2}', base.digest, 'sha512'),
  referrerOf('{"sbom":1}', base.digest, 'sha384'),
  referrerOf('{"sbom":2}', base.digest, 'sha384'),
  referrerOf('{"about":"signature"}', signature.digest),
  referrerOf('{"about":"nothing"}', digestOf(bytes('absent'))),
];

/** The two contents: the bytes of every upload and blob are the beginning of one of them. */
const contents = [Buffer.concat([base.bytes, sample(66_100, 'one')]), sample(66_100, 'two')] as const;

/** The lengths to which contents are cut. The first two bytes of one of them are also the bytes of a manifest. */
export const lengths = [0, 2, 1000, 66_000] as const;

/** The number of a content. */
export type Content = 0 | 1;

/** The first `length` bytes of a content. */
export const contentOf = (content: Content, length: number): Uint8Array => contents[content].subarray(0, length);

const digests = new Map<string, Digest>();

/** The digest of the first `length` bytes of a content. */
export function contentDigest(content: Content, length: number, algorithm: Algorithm = 'sha256'): Digest {
  const key = `${content} ${length} ${algorithm}`;
  const digest = digests.get(key) ?? digestOf(contentOf(content, length), algorithm);
  digests.set(key, digest);
  return digest;
}

/** Every blob that a sequence can push. */
export const blobs = ([0, 1] as const).flatMap((content) =>
  lengths.flatMap((length) =>
    (['sha256', 'sha512'] as const).map((algorithm) => ({ digest: contentDigest(content, length, algorithm), length })),
  ),
);

/** The id of the upload with this number. */
export function uploadId(number: number): UploadId {
  const id = formats.uploadId.read(`00000000-0000-4000-8000-${String(number).padStart(12, '0')}`);
  assert.ok(id);
  return id;
}

/** The content whose bytes an upload gets: the first for even numbers, the second for odd ones. */
export const contentIn = (id: UploadId): Content => (Number(id.at(-1)) % 2 === 0 ? 0 : 1);

/** The text with ids of uploads replaced by their numbers: `upload 3`. */
export const numberUploads = (text: string): string =>
  text.replace(/0{8}-0000-4000-8000-(\d{12})/g, (_, digits: string) => `upload ${Number(digits)}`);
