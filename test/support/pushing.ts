/** A small client: pushes and pulls one-layer images with fetch. */
import { createHash, randomBytes } from 'node:crypto';

/** The sha256 digest of some bytes. */
export function digestOf(bytes: Uint8Array): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

/** An image: its manifest, and the two blobs it names. */
export interface Image {
  readonly manifest: Uint8Array;
  readonly blobs: readonly Uint8Array[];
}

const manifestType = 'application/vnd.oci.image.manifest.v1+json';

/** An image that is unlike any other. */
export function makeImage(layerBytes = 1000): Image {
  const layer = randomBytes(layerBytes);
  const config = Buffer.from(JSON.stringify({ architecture: 'amd64', os: 'linux', rootfs: { type: 'layers', diff_ids: [] } }));
  const describe = (mediaType: string, bytes: Uint8Array) => ({ mediaType, digest: digestOf(bytes), size: bytes.length });
  const manifest = {
    schemaVersion: 2,
    mediaType: manifestType,
    config: describe('application/vnd.oci.image.config.v1+json', config),
    layers: [describe('application/vnd.oci.image.layer.v1.tar', layer)],
  };
  return { manifest: Buffer.from(JSON.stringify(manifest)), blobs: [config, layer] };
}

/** A request that must have this status; the message of the error shows the answer. */
async function expectStatus(status: number, url: URL | string, init?: RequestInit): Promise<Response> {
  const response = await fetch(url, init);
  if (response.status === status) return response;
  throw new Error(`${init?.method ?? 'GET'} ${url} gave ${response.status}, not ${status}: ${await response.text()}`);
}

/** Begins an upload; says where it goes on. */
export async function beginUpload(api: string, repo: string): Promise<URL> {
  const begun = await expectStatus(202, `${api}/${repo}/blobs/uploads/`, { method: 'POST' });
  return new URL(begun.headers.get('location') ?? '', api);
}

/** Pushes a blob by POST, PATCH and PUT. `api` is where the API is, as in `http://127.0.0.1:5000/v2`. */
export async function pushBlob(api: string, repo: string, bytes: Uint8Array): Promise<URL> {
  const upload = await beginUpload(api, repo);
  const headers = { 'content-type': 'application/octet-stream' };
  const appended = await expectStatus(202, upload, { method: 'PATCH', headers, body: Buffer.from(bytes) });
  const rest = new URL(appended.headers.get('location') ?? '', api);
  rest.searchParams.set('digest', digestOf(bytes));
  const published = await expectStatus(201, rest, { method: 'PUT' });
  return new URL(published.headers.get('location') ?? '', api);
}

/** Pushes blobs and manifest under a tag; gives the URLs that the registry says each of them has. */
export async function pushImage(api: string, repo: string, tag: string, image: Image): Promise<URL[]> {
  const locations: URL[] = [];
  for (const blob of image.blobs) locations.push(await pushBlob(api, repo, blob));
  const put = { method: 'PUT', headers: { 'content-type': manifestType }, body: Buffer.from(image.manifest) };
  const stored = await expectStatus(201, `${api}/${repo}/manifests/${tag}`, put);
  return [...locations, new URL(stored.headers.get('location') ?? '', api)];
}

/** The bytes at a URL. */
export async function pull(url: URL | string): Promise<Uint8Array> {
  return new Uint8Array(await (await expectStatus(200, url)).arrayBuffer());
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
  return [image.manifest, ...image.blobs].map(digestOf);
}
