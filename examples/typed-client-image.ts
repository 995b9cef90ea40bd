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
import { clientOf } from './typed-client.ts';

type Bytes = Uint8Array<ArrayBuffer>;

const server = createServer(createRegistryHandler(memoryDriver()));
await once(server.listen(0, '127.0.0.1'), 'listening');
const call = clientOf(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);

const name = 'library/hello';
const mediaType = 'application/vnd.oci.image.manifest.v1+json';
const digestOf = (bytes: Bytes) => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
const jsonOf = (value: unknown): Bytes => new TextEncoder().encode(JSON.stringify(value));
const describe = (type: string, bytes: Bytes) => ({ mediaType: type, digest: digestOf(bytes), size: bytes.length });

const layer = new Uint8Array(randomBytes(10_000));
const config = jsonOf({ architecture: 'amd64', os: 'linux', rootfs: { type: 'layers', diff_ids: [digestOf(layer)] } });
const manifest = jsonOf({
  schemaVersion: 2,
  mediaType,
  config: describe('application/vnd.oci.image.config.v1+json', config),
  layers: [describe('application/vnd.oci.image.layer.v1.tar', layer)],
});

// The configuration goes in one request, the layer in chunks: each reply says in its `Location` where the upload goes on.
await call('pushBlob', { name, digest: digestOf(config), body: config });
let at = (await call('startUpload', { name })).headers.Location;
for (let first = 0; first < layer.length; first += 4_096) {
  const body = layer.slice(first, first + 4_096);
  const range = `${first}-${first + body.length - 1}`;
  at = (await call('appendUpload', { use: 'chunk', at, 'Content-Range': range, body })).headers.Location;
}
await call('completeUpload', { use: 'nothing left', at, digest: digestOf(layer) });
await call('putManifest', { use: 'by tag', name, reference: 'latest', 'Content-Type': mediaType, body: manifest });

const pulled = await call('getManifest', { use: 'by tag', name, reference: 'latest' });
equal(pulled.headers['Docker-Content-Digest'], digestOf(manifest));
deepEqual(pulled.body, manifest);
for (const blob of [config, layer]) deepEqual((await call('getBlob', { name, digest: digestOf(blob) })).body, blob);
deepEqual((await call('listTags', { name })).body.tags, ['latest']);
await rejects(call('getBlob', { name, digest: digestOf(manifest) }), { code: 'BLOB_UNKNOWN', status: 404 });

console.log(`pushed and pulled ${name}:latest, ${digestOf(manifest)}`);
server.close();
server.closeAllConnections();
