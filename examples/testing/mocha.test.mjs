/** A registry for each test of a file of mocha: npx mocha mocha.test.mjs */
import { deepEqual, rejects } from 'node:assert/strict';
import { image, layer, startRegistry } from 'stowage/testing';
import { pull } from './client.cjs';

const motd = layer({ 'etc/motd': 'hello' });

describe('a pull', () => {
  let registry;
  beforeEach(async () => {
    registry = await startRegistry();
    await registry.seed('team/app:1.0', image({ layers: [motd] }));
  });
  afterEach(() => registry.close());

  it('gives the layers', async () => {
    deepEqual(await pull(registry.url, 'team/app', '1.0'), [Buffer.from(motd.bytes)]);
    registry.assertRequests(['getManifest', 'getBlob']);
  });

  it('asks a busy registry again', async () => {
    registry.fail({ operation: 'getManifest', times: 2, status: 503 });
    await pull(registry.url, 'team/app', '1.0');
    registry.assertRequests(['getManifest', 'getManifest', 'getManifest', 'getBlob']);
  });

  it('fails where a layer breaks off', async () => {
    registry.fail({ operation: 'getBlob', cutAfter: 10 });
    await rejects(pull(registry.url, 'team/app', '1.0'), /terminated/);
  });
});
