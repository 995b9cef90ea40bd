/** What nodegistry 1.2.5 tests of its RegistryModem with the mocked replies of its modem.spec.js, here with a registry: the names are its own. */
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { after, afterEach, before, test } from 'node:test';
import { image, startRegistry } from 'stowage/testing';

const { RegistryModem } = createRequire(import.meta.url)('nodegistry/src/lib/Modem.js');
const credentials = { username: 'username', password: 'password' };
const users = { username: 'password' };
const content = image();
const payload = Buffer.from(content.manifest.bytes).toString();
const registries = {};

before(async () => {
  registries.open = await startRegistry();
  registries.basic = await startRegistry({ auth: { scheme: 'basic', users } });
  registries.bearer = await startRegistry({ auth: { scheme: 'bearer', users } });
  for (const registry of Object.values(registries)) await registry.seed('image/repo:1.0', content);
});
afterEach(() => {
  for (const registry of Object.values(registries)) {
    registry.heal();
    registry.requests.clear();
  }
});
after(() => Promise.all(Object.values(registries).map((registry) => registry.close())));

const modemOf = ({ url }, others) =>
  new RegistryModem({ registry: { getUrl: async () => `${url}/v2/` }, clientId: 'some-client-id', credentials, ...others });

/** Asks a registry by a modem of its own; for the manifest, unless told otherwise. */
const dial = (registry, options, others) =>
  modemOf(registry, others).dial({
    method: 'GET',
    path: '/image/repo/manifests/1.0',
    statusCodes: { 200: true, 201: true },
    ...options,
  });
const withActions = (...actions) => ({ auth: { repository: 'image/repo', actions } });
const push = { method: 'PUT', headers: { 'Content-Type': content.mediaType }, payload };

test('should retrieve auth token', async () => {
  const modem = modemOf(registries.bearer);
  modem._request = modem._request.defaults({ baseUrl: await modem.registry.getUrl() });
  assert.match((await modem._authenticateRequest('image/repo', ['push'])).bearer, /./);
  registries.bearer.assertRequests(['checkBase', { method: 'GET', path: '/token', status: 200 }]);
  const query = decodeURIComponent(registries.bearer.requests[1].query);
  assert.equal(query, 'scope=repository:image/repo:push&service=stowage&client_id=some-client-id');
});

test('should use basic auth when www-authenticate realm is basic', async () => {
  await dial(registries.basic, withActions('pull'));
  registries.basic.assertRequests(['checkBase', { operation: 'getManifest', user: 'username', status: 200 }]);
});

test('should return empty object when registry has no authentication', async () => {
  await dial(registries.open, withActions('pull'));
  registries.open.assertRequests(['checkBase', 'getManifest']);
  assert.equal(registries.open.requests[1].headers.authorization, undefined);
});

test('should retrieve auth token when two actions are present', async () => {
  await dial(registries.bearer, { ...push, ...withActions('push', 'pull') });
  registries.bearer.assertRequests(['checkBase', 'GET /token', { operation: 'putManifest', user: 'username', status: 201 }]);
});

test('should throw an error when credentials are wrong (gcr error format)', async () => {
  const asked = dial(registries.bearer, withActions('pull'), { credentials: { ...credentials, password: 'wrong' } });
  await assert.rejects(asked, /^Error: Failed retrieving token: nobody has this name and this password/);
});

test('should return the registry reply', async () => {
  const headers = { 'X-Header': 'Header Content', Accept: content.mediaType };
  const body = await dial(registries.bearer, { headers, parameters: { param1: 'value1' }, ...withActions('pull') });
  assert.equal(body, payload);
  const { query, headers: sent } = registries.bearer.requests.at(-1);
  assert.deepEqual([query, sent['x-header']], ['param1=value1', 'Header Content']);
});

test('should return the registry reply when no authentication needed', async () => {
  assert.equal(await dial(registries.open), payload);
  registries.open.assertRequests(['getManifest']);
});

test('should throw error on expected error code', async () => {
  registries.open.fail({ operation: 'getManifest', status: 500 });
  await assert.rejects(dial(registries.open, { statusCodes: { 200: true, 500: 'this is an error' } }), /this is an error/);
});

test('should throw unknown error on unexpected error code', async () => {
  registries.open.fail({ operation: 'getManifest', status: 400 });
  await assert.rejects(dial(registries.open), /Unknown error/);
});
