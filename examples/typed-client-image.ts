/**
 * An image pushed and pulled with the client of typed-client.ts, at a registry that lives as long as this program.
 * With Node.js 22.18 or newer: node examples/typed-client-image.ts
 */
import { deepEqual, equal, rejects } from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createRegistryHandler } from 'stowage';
import { memoryDriver } from 'stowage/drivers/memory';
import { clientOf, Refusal } from './typed-client.ts';

type Bytes = Uint8Array<ArrayBuffer>;

const server = createServer(createRegistryHandler(memoryDriver()));
await once(server.listen(0, '127.0.0.1'), 'listening');
const call = clientOf(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);

const name = 'library/hello';
const digestOf = (bytes: Bytes) => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
const jsonOf = (value: unknown): Bytes => new TextEncoder().encode(JSON.stringify(value));

/** Pushes a blob in one request. */
async function pushWhole(body: Bytes): Promise<void> {
  await call('pushBlob', { name, digest: digestOf(body), body });
}

/** Pushes a blob in chunks. The registry says in each `Location` where the upload goes on. */
async function pushInChunks(bytes: Bytes, size: number): Promise<void> {
  let at = (await call('startUpload', { name })).headers.Location;
  for (let first = 0; first < bytes.length; first += size) {
    const body = bytes.slice(first, first + size);
    const range = `${first}-${first + body.length - 1}`;
    at = (await call('appendUpload', { use: 'chunk', at, 'Content-Range': range, body })).headers.Location;
  }
  await call('completeUpload', { use: 'nothing left', at, digest: digestOf(bytes) });
}

/** Pulls a blob; throws where it is not what its digest says. */
async function pull(digest: string): Promise<Bytes> {
  const reply = await call('getBlob', { name, digest });
  if (reply.status !== 200) throw new Error(`${digest} is not served here, but answered with ${reply.status}`);
  equal(digestOf(reply.body), digest);
  return reply.body;
}

const layer = new Uint8Array(randomBytes(10_000));
const config = jsonOf({ architecture: 'amd64', os: 'linux', rootfs: { type: 'layers', diff_ids: [digestOf(layer)] } });
await pushWhole(config);
await pushInChunks(layer, 4_096);

const mediaType = 'application/vnd.oci.image.manifest.v1+json';
const describe = (type: string, bytes: Bytes) => ({ mediaType: type, digest: digestOf(bytes), size: bytes.length });
const manifest = jsonOf({
  schemaVersion: 2,
  mediaType,
  config: describe('application/vnd.oci.image.config.v1+json', config),
  layers: [describe('application/vnd.oci.image.layer.v1.tar', layer)],
});
await call('putManifest', { use: 'by tag', name, reference: 'latest', 'Content-Type': mediaType, body: manifest });

const pulled = await call('getManifest', { use: 'by tag', name, reference: 'latest' });
if (pulled.status !== 200) throw new Error(`the manifest was answered with ${pulled.status}`);
equal(digestOf(pulled.body), pulled.headers['Docker-Content-Digest']);
const { config: configured, layers } = JSON.parse(new TextDecoder().decode(pulled.body));
deepEqual(await pull(configured.digest), config);
deepEqual(await pull(layers[0].digest), layer);
deepEqual((await call('listTags', { name })).body.tags, ['latest']);

const missing = call('getBlob', { name, digest: digestOf(manifest) });
await rejects(missing, (error) => error instanceof Refusal && error.code === 'BLOB_UNKNOWN' && error.status === 404);

console.log(`pushed and pulled ${name}:latest, ${pulled.headers['Docker-Content-Digest']}`);
server.close();
server.closeAllConnections();
