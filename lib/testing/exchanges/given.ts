/** Common steps of exchanges, and the content that they push. */
import { createHash } from 'node:crypto';
import type { Algorithm, Digest } from '../../api/formats.ts';
import type { Expected, Sent, Step } from './exchange.ts';

/** The media type of an OCI image manifest. */
export const imageType = 'application/vnd.oci.image.manifest.v1+json';
/** The media type of an OCI image index. */
export const indexType = 'application/vnd.oci.image.index.v1+json';

/** The digest of a text or of bytes. */
export function digest(content: string | Uint8Array, algorithm: Algorithm = 'sha256'): Digest {
  return `${algorithm}:${createHash(algorithm).update(content).digest('hex')}` as Digest;
}

/** A step: a request, and the reply that is expected. */
export function step(method: string, path: string, expect: Expected, more: Omit<Sent, 'method' | 'path'> = {}): Step {
  return { send: { method, path, ...more }, expect };
}

/** A step that pushes a blob in one request. */
export function blob(repo: string, content: string, algorithm: Algorithm = 'sha256'): Step {
  return step('POST', `/v2/${repo}/blobs/uploads/?digest=${digest(content, algorithm)}`, { status: 201 }, { body: content });
}

/** Steps that begin an upload and append these bytes. Afterwards `{location}` is its URL. */
export function upload(repo: string, content = '', query = ''): Step[] {
  const begun = step('POST', `/v2/${repo}/blobs/uploads/${query}`, { status: 202 });
  return content ? [begun, step('PATCH', '{location}', { status: 202 }, { body: content })] : [begun];
}

/** The descriptor of a text. */
export function descriptor(content: string, mediaType: string, more: object = {}) {
  return { mediaType, digest: digest(content), size: Buffer.byteLength(content), ...more };
}

/** An image manifest as text. It refers to the configuration `{}` and one layer. */
export function image(more: object = {}, layer = 'layer'): string {
  return JSON.stringify({
    schemaVersion: 2,
    mediaType: imageType,
    config: descriptor('{}', 'application/vnd.oci.image.config.v1+json'),
    layers: [descriptor(layer, 'application/vnd.oci.image.layer.v1.tar')],
    ...more,
  });
}

/** An image index as text. */
export function index(manifests: readonly object[], more: object = {}): string {
  return JSON.stringify({ schemaVersion: 2, mediaType: indexType, manifests, ...more });
}

/** Steps that push the blobs of {@link image}, then a manifest under a tag or a digest. */
export function manifest(repo: string, reference: string, content = image(), mediaType = imageType): Step[] {
  const put = step(
    'PUT',
    `/v2/${repo}/manifests/${reference}`,
    { status: 201 },
    { body: content, headers: { 'Content-Type': mediaType } },
  );
  return [blob(repo, '{}'), blob(repo, 'layer'), put];
}

/** The digest of content that no exchange pushes. */
export const absent: Digest = digest('nothing that was ever pushed');
