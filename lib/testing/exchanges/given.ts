/** Steps that exchanges begin with, and content that they push. */
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

/** A request and the reply to it. */
export function step(method: string, path: string, expect: Expected, more: Omit<Sent, 'method' | 'path'> = {}): Step {
  return { send: { method, path, ...more }, expect };
}

/** A blob that was pushed. */
export function blob(repo: string, content: string, algorithm: Algorithm = 'sha256'): Step {
  return step('POST', `/v2/${repo}/blobs/uploads/?digest=${digest(content, algorithm)}`, { status: 201 }, { body: content });
}

/** An upload that has these bytes; `{location}` is its URL. */
export function upload(repo: string, content = '', query = ''): Step[] {
  const begun = step('POST', `/v2/${repo}/blobs/uploads/${query}`, { status: 202 });
  return content ? [begun, step('PATCH', '{location}', { status: 202 }, { body: content })] : [begun];
}

/** A descriptor of a text. */
export function descriptor(content: string, mediaType: string, more: object = {}) {
  return { mediaType, digest: digest(content), size: Buffer.byteLength(content), ...more };
}

/** An image manifest as text, with its blobs to push: a configuration `{}` and one layer of text. */
export function image(more: object = {}, layer = 'layer'): string {
  return JSON.stringify({
    schemaVersion: 2,
    mediaType: imageType,
    config: descriptor('{}', 'application/vnd.oci.image.config.v1+json'),
    layers: [descriptor(layer, 'application/vnd.oci.image.layer.v1.tar')],
    ...more,
  });
}

/** An index as text. */
export function index(manifests: readonly object[], more: object = {}): string {
  return JSON.stringify({ schemaVersion: 2, mediaType: indexType, manifests, ...more });
}

/** A manifest that was pushed under a tag or a digest, with the blobs of {@link image}. */
export function manifest(repo: string, reference: string, content = image(), mediaType = imageType): Step[] {
  const put = step(
    'PUT',
    `/v2/${repo}/manifests/${reference}`,
    { status: 201 },
    { body: content, headers: { 'Content-Type': mediaType } },
  );
  return [blob(repo, '{}'), blob(repo, 'layer'), put];
}

/** A digest that nothing here has. */
export const absent: Digest = digest('nothing that was ever pushed');
