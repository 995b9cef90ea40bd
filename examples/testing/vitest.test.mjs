/** A registry as a fixture of vitest, one for each test that takes it: npx vitest run vitest.test.mjs */
import { image, layer, startRegistry } from 'stowage/testing';
import { test as base, expect } from 'vitest';
import { pull } from './client.cjs';

const motd = layer({ 'etc/motd': 'hello' });

const test = base.extend({
  // biome-ignore lint/correctness/noEmptyPattern: vitest reads from it that this fixture needs no other
  registry: async ({}, use) => {
    const registry = await startRegistry();
    await registry.seed('team/app:1.0', image({ layers: [motd] }));
    await use(registry);
    await registry.close();
  },
});

test('an image is pulled', async ({ registry }) => {
  expect(await pull(registry.url, 'team/app', '1.0')).toEqual([Buffer.from(motd.bytes)]);
  registry.assertRequests(['getManifest', 'getBlob']);
});

test('a busy registry is asked again', async ({ registry }) => {
  registry.fail({ operation: 'getManifest', times: 2, status: 503 });
  await pull(registry.url, 'team/app', '1.0');
  registry.assertRequests(['getManifest', 'getManifest', 'getManifest', 'getBlob']);
});

test('a layer that breaks off is an error', async ({ registry }) => {
  registry.fail({ operation: 'getBlob', cutAfter: 10 });
  await expect(pull(registry.url, 'team/app', '1.0')).rejects.toThrow('terminated');
});
