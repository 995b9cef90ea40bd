/** Content as clients push and pull it, each blob in an upload. `api` is the URL of a registry with its `/v2`. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { type Content, randomImage } from '../../lib/testing/fixture/content/index.ts';
import { digestOf, expectStatus, locationOf, withDigest } from './client.ts';

/** An image that is unlike any other, of one layer. */
export const makeImage = (size = 1000): Content => randomImage({ seed: randomUUID(), size });

/** Begins an upload; gives the URL at which it goes on. */
export async function beginUpload(api: string, repo: string): Promise<URL> {
  return new URL(locationOf(await expectStatus(202, api, { method: 'POST', path: `${api}/${repo}/blobs/uploads/` })), api);
}

/** Pushes a blob by POST, PATCH and PUT; gives its URL. */
export async function pushBlob(api: string, repo: string, bytes: Uint8Array): Promise<URL> {
  const { href } = await beginUpload(api, repo);
  const headers = { 'content-type': 'application/octet-stream' };
  const appended = await expectStatus(202, api, { method: 'PATCH', path: href, headers, body: bytes });
  const closing = withDigest(locationOf(appended), digestOf(bytes));
  return new URL(locationOf(await expectStatus(201, api, { method: 'PUT', path: closing })), api);
}

/** Pushes blobs, the manifests of an index, and the manifest; gives the URLs that the registry says each of them has. */
export async function push(api: string, repo: string, content: Content, reference: string = content.digest): Promise<URL[]> {
  const locations: URL[] = [];
  for (const { bytes } of content.blobs) locations.push(await pushBlob(api, repo, bytes));
  for (const child of content.children) locations.push(...(await push(api, repo, child)));
  const headers = { 'content-type': content.mediaType };
  const put = { method: 'PUT', path: `${api}/${repo}/manifests/${reference}`, headers, body: content.manifest.bytes };
  return [...locations, new URL(locationOf(await expectStatus(201, api, put)), api)];
}

/** The bytes at a URL, or where it redirects to. */
export async function pull(url: URL | string): Promise<Uint8Array> {
  const { origin, href } = new URL(url);
  return (await expectStatus(200, origin, { method: 'GET', path: href, follow: true })).body;
}

/** Pulls a manifest, and all that it names; fails unless each is what was pushed. */
export async function assertHeld(api: string, repo: string, content: Content, reference: string = content.digest): Promise<void> {
  assert.equal(digestOf(await pull(`${api}/${repo}/manifests/${reference}`)), content.digest);
  for (const { digest } of content.blobs) assert.equal(digestOf(await pull(`${api}/${repo}/blobs/${digest}`)), digest);
  for (const child of content.children) await assertHeld(api, repo, child);
}

/** Pushes an image under a tag and pulls it again; fails unless it comes back as it was. */
export async function pushAndPull(api: string, repo: string, image: Content = makeImage()): Promise<void> {
  await push(api, repo, image, 'latest');
  await assertHeld(api, repo, image, 'latest');
}
