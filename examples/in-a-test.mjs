/** A registry for the length of a test: node --test examples/in-a-test.mjs */
import { deepEqual, equal } from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { image, startRegistry } from 'stowage/testing';

/** @type {import('stowage/testing').TestRegistry} */
let registry;
before(async () => {
  registry = await startRegistry();
});
after(() => registry.close());

/** What is tested: gives a manifest, and asks a second time where the registry is busy. */
async function pull(reference) {
  const url = `${registry.url}/v2/${reference.replace(':', '/manifests/')}`;
  const response = await fetch(url);
  return response.status === 503 ? fetch(url) : response;
}

test('an image is pulled though the registry is busy', async () => {
  const { digest } = await registry.seed('team/app:1.0', image({ layers: [{ 'etc/motd': 'hello' }] }));
  registry.fail({ operation: 'getManifest', times: 1, status: 503 });
  const response = await pull('team/app:1.0');
  equal(response.headers.get('docker-content-digest'), digest);
  deepEqual(
    registry.requests.map(({ status }) => status),
    [503, 200],
  );
});
