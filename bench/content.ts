/** Blobs and manifests that are named before they are sent: the same for the same label. */
import { createCipheriv, createHash } from 'node:crypto';

/** A request of the generator: a path, and a body of `size` bytes that begins with `start` and goes on with the pattern. */
export interface Item {
  readonly path: string;
  readonly size?: number;
  readonly start?: string;
}

/** A blob: where it is pushed, and what a manifest says of it. */
export interface Blob extends Item {
  readonly digest: string;
  readonly size: number;
}

export const kibibyte = 1024;
export const mebibyte = 1024 * kibibyte;

/** The bytes that all bodies share, and that no compression makes smaller: a key stream of AES. */
export const pattern = createCipheriv('aes-128-ctr', Buffer.alloc(16), Buffer.alloc(16)).update(Buffer.alloc(mebibyte));

const mediaType = 'application/vnd.oci.image.manifest.v1+json';

/** A blob of `size` bytes. */
export function blob(repo: string, size: number, label: string): Blob {
  const start = `${label} `.slice(0, size);
  const digest = digestOf(start, size);
  return { path: `/v2/${repo}/blobs/uploads/?digest=${digest}`, size, start, digest };
}

/** Where a blob is pulled. */
export const pulled = (repo: string, { digest }: Blob): Item => ({ path: `/v2/${repo}/blobs/${digest}` });

/** What was hashed already: each target is sent the same. */
const digests = new Map<string, string>();

/** The digest of a text, and of the pattern after it, up to a size. */
function digestOf(start: string, size: number): string {
  const key = `${size} ${start}`;
  const known = digests.get(key);
  if (known !== undefined) return known;
  const hash = createHash('sha256').update(start);
  for (let left = size - start.length; left > 0; left -= pattern.length) hash.update(pattern.subarray(0, left));
  const digest = `sha256:${hash.digest('hex')}`;
  digests.set(key, digest);
  return digest;
}

/** What a manifest refers to: a configuration of 1 KiB and a layer of 4 KiB. */
export function imageParts(repo: string, label: string): { readonly config: Blob; readonly layer: Blob } {
  return { config: blob(repo, kibibyte, `${label} config`), layer: blob(repo, 4 * kibibyte, `${label} layer`) };
}

/** A manifest of an image that has to be there, under a tag. Manifests with other notes have other digests. */
export function manifest(repo: string, tag: string, { config, layer }: ReturnType<typeof imageParts>, note: string): Item {
  const described = ({ size, digest }: Blob, type: string) => ({ mediaType: `application/vnd.oci.image.${type}`, digest, size });
  const start = JSON.stringify({
    schemaVersion: 2,
    mediaType,
    config: described(config, 'config.v1+json'),
    layers: [described(layer, 'layer.v1.tar')],
    annotations: { note },
  });
  return { path: `/v2/${repo}/manifests/${tag}`, size: start.length, start };
}
