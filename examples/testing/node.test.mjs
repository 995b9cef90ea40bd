/** One registry for the tests of a file of node:test, and one for a test alone: node --test node.test.mjs */
import { deepEqual, rejects } from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { image, layer, startRegistry } from 'stowage/testing';
import { pull } from './client.cjs';

const motd = layer({ 'etc/motd': 'hello' });
const registry = await startRegistry();

before(() => registry.seed('team/app:1.0', image({ layers: [motd] })));
beforeEach(() => {
  registry.heal();
  registry.requests.clear();
});
after(() => registry.close());

test('an image is pulled', async () => {
  deepEqual(await pull(registry.url, 'team/app', '1.0'), [Buffer.from(motd.bytes)]);
  registry.assertRequests(['getManifest', 'getBlob']);
});

test('a busy registry is asked again', async () => {
  registry.fail({ operation: 'getManifest', times: 2, status: 503 });
  await pull(registry.url, 'team/app', '1.0');
  registry.assertRequests(['getManifest', 'getManifest', 'getManifest', 'getBlob']);
});

test('a registry of its own has nothing', async (context) => {
  const empty = await startRegistry();
  context.after(() => empty.close());
  await rejects(pull(empty.url, 'team/app', '1.0'), /404/);
});
