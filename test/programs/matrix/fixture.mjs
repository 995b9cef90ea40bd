// @ts-check
/** `stowage/testing` in whatever runs this. It ends by itself, though the first of its registries is forgotten. */
import assert from 'node:assert/strict';
import { setTimeout } from 'node:timers';
import { image, layer, startRegistry } from 'stowage/testing';

setTimeout(() => {
  console.log('the registry that was forgotten keeps the process alive');
  process.exit(1);
}, 20_000).unref();

const app = image({ layers: [layer({ 'etc/motd': 'hello' })] });
const blob = `/v2/team/app/blobs/${app.blobs[1]?.digest}`;
const manifest = '/v2/team/app/manifests/1.0';

const registry = await startRegistry();
await registry.seed('team/app:1.0', app);
for (const ask of [fetch, registry.fetch]) {
  const found = await ask(registry.url + manifest);
  assert.equal(found.headers.get('docker-content-digest'), app.digest);
  assert.deepEqual(new Uint8Array(await found.arrayBuffer()), new Uint8Array(app.manifest.bytes));
  const pulled = await ask(registry.url + blob);
  assert.deepEqual(new Uint8Array(await pulled.arrayBuffer()), new Uint8Array(app.blobs[1]?.bytes ?? []));
}
registry.assertRequests(['getManifest', 'getBlob', 'getManifest', 'getBlob']);
assert.deepEqual(
  registry.requests.map(({ status, complete }) => [status, complete]),
  Array(4).fill([200, true]),
);

for (const ask of [fetch, registry.fetch]) {
  registry.fail({ operation: 'getManifest', times: 1, status: 429, retryAfter: 7 });
  const refused = await ask(registry.url + manifest);
  assert.deepEqual([refused.status, refused.headers.get('retry-after')], [429, '7']);
  await refused.text();
  for (const fault of [{ drop: true }, { cutAfter: 3 }]) {
    // Not once: some clients repeat a request by themselves where a connection breaks that they had used before.
    const active = registry.fail({ operation: 'getBlob', ...fault });
    await assert.rejects(ask(registry.url + blob).then((reply) => reply.arrayBuffer()));
    active.stop();
  }
}

const before = registry.snapshot();
await (await fetch(registry.url + manifest, { method: 'DELETE' })).text();
assert.deepEqual(await registry.tags('team/app'), []);
before.restore();
assert.deepEqual(await registry.tags('team/app'), ['1.0']);

const guarded = await startRegistry({ auth: { scheme: 'bearer', users: { ann: 'secret' } } });
await guarded.seed('team/app:1.0', app);
for (const ask of [fetch, guarded.fetch]) {
  const challenge = await ask(guarded.url + manifest);
  assert.equal(challenge.status, 401);
  await challenge.text();
  const [, realm = ''] = /realm="([^"]+)"/.exec(challenge.headers.get('www-authenticate') ?? '') ?? [];
  const login = { headers: { authorization: `Basic ${btoa('ann:secret')}` } };
  const { token } = await (await ask(`${realm}?service=stowage&scope=repository:team/app:pull`, login)).json();
  const headers = { authorization: `Bearer ${token}` };
  const served = await ask(guarded.url + manifest, { headers });
  assert.deepEqual([served.status, (await served.arrayBuffer()).byteLength], [200, app.manifest.bytes.length]);
  guarded.fail({ operation: 'getManifest', times: 1, expireToken: true });
  const refused = await ask(guarded.url + manifest, { headers });
  assert.match(refused.headers.get('www-authenticate') ?? '', /error="invalid_token"/);
  await refused.text();
}

guarded.fail({ delay: 60_000 });
const hanging = fetch(`${guarded.url}/token`).then(
  () => 'answered',
  () => 'broken',
);
await guarded.requests.waitFor(() => true, { within: 100 }).catch(() => {});
const begun = performance.now();
await guarded.close();
assert.equal(await hanging, 'broken');
assert.ok(performance.now() - begun < 1_000);
