/** A registry for each worker of Playwright, made as it was before each test: npx playwright test playwright.spec.mjs */
import { test as base, expect } from '@playwright/test';
import { image, layer, startRegistry } from 'stowage/testing';
import { pull } from './client.cjs';

const motd = layer({ 'etc/motd': 'hello' });

const test = base.extend({
  shared: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads from it that this fixture needs no other
    async ({}, use) => {
      const registry = await startRegistry();
      await registry.seed('team/app:1.0', image({ layers: [motd] }));
      await use({ registry, filled: registry.snapshot() });
      await registry.close();
    },
    { scope: 'worker' },
  ],
  registry: async ({ shared: { registry, filled } }, use) => {
    filled.restore();
    registry.heal();
    registry.requests.clear();
    await use(registry);
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

test('what Playwright itself asks is recorded, too', async ({ request, registry }) => {
  const response = await request.get(`${registry.url}/v2/team/app/tags/list`);
  expect(await response.json()).toEqual({ name: 'team/app', tags: ['1.0'] });
  registry.assertRequests(['listTags']);
});
