/**
 * Images of one layer, made, pushed and pulled. `api` is where a registry has its API, as in `http://127.0.0.1:5000/v2`. A reply
 * of another status than is due throws `UnexpectedReply`.
 */
import { randomUUID } from 'node:crypto';
import { imageType } from '../../lib/testing/exchanges/given.ts';
import { randomImage } from '../../lib/testing/fixture/content/index.ts';
import { digestOf, expectStatus, locationOf, withDigest } from './client.ts';

/** An image: its manifest, and the two blobs it names. */
export interface Image {
  readonly manifest: Uint8Array;
  readonly blobs: readonly Uint8Array[];
}

/** An image that is unlike any other. */
export function makeImage(layerBytes = 1000): Image {
  const { manifest, blobs } = randomImage({ seed: randomUUID(), size: layerBytes, layers: 1 });
  return { manifest: manifest.bytes, blobs: blobs.map(({ bytes }) => bytes) };
}

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

/** Pushes blobs and manifest under a tag; gives the URLs that the registry says each of them has. */
export async function pushImage(api: string, repo: string, tag: string, { manifest, blobs }: Image): Promise<URL[]> {
  const locations: URL[] = [];
  for (const blob of blobs) locations.push(await pushBlob(api, repo, blob));
  const headers = { 'content-type': imageType };
  const put = { method: 'PUT', path: `${api}/${repo}/manifests/${tag}`, headers, body: manifest };
  return [...locations, new URL(locationOf(await expectStatus(201, api, put)), api)];
}

/** The bytes at a URL, or where it redirects to. */
export async function pull(url: URL | string): Promise<Uint8Array> {
  const { origin, href } = new URL(url);
  return (await expectStatus(200, origin, { method: 'GET', path: href, follow: true })).body;
}

/** Pulls what {@link pushImage} pushed. */
export async function pullImage(api: string, repo: string, tag: string): Promise<Image> {
  const manifest = await pull(`${api}/${repo}/manifests/${tag}`);
  const { config, layers } = JSON.parse(Buffer.from(manifest).toString());
  const digests: string[] = [config, ...layers].map((descriptor: { digest: string }) => descriptor.digest);
  const blobs: Uint8Array[] = [];
  for (const digest of digests) blobs.push(await pull(`${api}/${repo}/blobs/${digest}`));
  return { manifest, blobs };
}

/** The digests of everything in an image, for comparing. */
export function digestsOf(image: Image): string[] {
  return [image.manifest, ...image.blobs].map((bytes) => digestOf(bytes));
}
