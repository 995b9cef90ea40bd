/** docker-registry-client: tags, manifests and blobs, with a token. */
import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { promisify } from 'node:util';
import { createClientV2 } from 'docker-registry-client';
import { image, startRegistry } from 'stowage/testing';

const content = image({ layers: [{ 'etc/motd': 'hello' }], format: 'docker' });
const [, layer] = content.blobs;
let registry;
let client;

before(async () => {
  registry = await startRegistry({ auth: { scheme: 'bearer', users: { ann: 'secret' } } });
  await registry.seed('team/app:1.0', content);
  const name = `${registry.host}/team/app`;
  client = createClientV2({ name, insecure: true, username: 'ann', password: 'secret', maxSchemaVersion: 2 });
});
afterEach(() => {
  registry.heal();
  registry.requests.clear();
});
after(async () => {
  client.close();
  await registry.close();
});

const getManifest = () => promisify(client.getManifest.bind(client))({ ref: '1.0' });
const openBlob = () => promisify(client.createBlobReadStream.bind(client))({ digest: layer.digest });

/** All bytes of a stream; rejects with its error. */
const read = (stream) =>
  new Promise((resolve, reject) => {
    const pieces = [];
    stream.on('data', (piece) => pieces.push(piece));
    stream.on('error', reject);
    stream.on('end', () => resolve(Buffer.concat(pieces)));
    stream.resume();
  });

test('logs in for a token, and lists tags', async () => {
  const { tags } = await promisify(client.listTags.bind(client))();
  assert.deepEqual(tags, ['1.0']);
  registry.assertRequests([{ operation: 'checkBase', status: 401 }, 'GET /token', { operation: 'listTags', status: 200 }]);
});

test('pulls a manifest and its layer', async () => {
  const manifest = await getManifest();
  assert.equal(manifest.layers[0].digest, layer.digest);
  assert.deepEqual(await read(await openBlob()), Buffer.from(layer.bytes));
});

test('tells of a registry that fails, and does not try again by itself', async () => {
  registry.fail({ operation: 'getManifest', times: 1, status: 500 });
  await assert.rejects(getManifest(), { statusCode: 500 });
  registry.assertRequests([{ operation: 'getManifest', status: 500 }]);
  assert.equal((await getManifest()).schemaVersion, 2);
});

test('notices a layer with other bytes than its digest says', async () => {
  registry.fail({ operation: 'getBlob', corrupt: true });
  await assert.rejects(read(await openBlob()), /Docker-Content-Digest/);
});

test('tells of a tag that there is not', async () => {
  await assert.rejects(promisify(client.getManifest.bind(client))({ ref: 'none' }), { statusCode: 404 });
});
