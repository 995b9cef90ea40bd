// @ts-check
/**
 * A registry of a test answers for one of the internet: behind MSW without any socket, and behind undici's MockAgent on its own port; and
 * for itself over TLS.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { http } from 'msw';
import { setupServer } from 'msw/node';
import { image, startRegistry } from 'stowage/testing';
import { Agent, fetch as fetchOfUndici, MockAgent, request } from 'undici';

const manifest = 'https://ghcr.io/v2/team/app/manifests/1.0';
const app = image();

async function start() {
  const registry = await startRegistry({ auth: { scheme: 'bearer', users: { ann: 'secret' } } });
  await registry.seed('team/app:1.0', app);
  return registry;
}

/**
 * Logs in as clients do, and pulls; gives the statuses on the way.
 * @param {(url: string, init: { headers: Record<string, string> }) => Promise<{ status: number, headers: { get(name: string): string | null }, json(): Promise<any> }>} ask
 */
async function pull(ask) {
  const refused = await ask(manifest, { headers: {} });
  await refused.json();
  const [, realm = ''] = /realm="([^"]+)"/.exec(refused.headers.get('www-authenticate') ?? '') ?? [];
  const authorization = `Basic ${Buffer.from('ann:secret').toString('base64')}`;
  const { token } = await (await ask(`${realm}?scope=repository:team/app:pull`, { headers: { authorization } })).json();
  const served = await ask(manifest, { headers: { authorization: `Bearer ${token}` } });
  assert.equal((await served.json()).schemaVersion, 2);
  return [refused.status, served.status];
}

test('MSW: pulls, logins and faults, and no socket is opened', async () => {
  const registry = await start();
  const server = setupServer(
    http.all('https://ghcr.io/*', ({ request }) => registry.fetch(request).catch(() => Response.error())),
  );
  server.listen({ onUnhandledRequest: 'error' });
  try {
    assert.deepEqual(await pull(fetch), [401, 200]);
    assert.ok(registry.requests.every(({ headers }) => headers.host === undefined));
    registry.fail({ path: '/token', times: 1, status: 429, retryAfter: 1 });
    assert.equal((await fetch('https://ghcr.io/token')).headers.get('retry-after'), '1');
    registry.fail({ path: '/token', drop: true });
    await assert.rejects(fetch('https://ghcr.io/token'));
  } finally {
    server.close();
    await registry.close();
  }
});

test('MockAgent: pulls, logins and faults, and nothing else is connected to', async () => {
  const registry = await start();
  const mock = new MockAgent();
  mock.disableNetConnect();
  mock.enableNetConnect(new URL(registry.url).host);
  const dispatcher = mock.compose((dispatch) => (options, handler) => dispatch({ ...options, origin: registry.url }, handler));
  try {
    assert.deepEqual(await pull((url, init) => fetchOfUndici(url, { ...init, dispatcher })), [401, 200]);
    assert.equal((await request(manifest, { dispatcher })).statusCode, 401);
    registry.fail({ path: '/token', drop: true });
    await assert.rejects(request('https://ghcr.io/token', { dispatcher }));
    await assert.rejects(request('https://quay.io/v2/', { dispatcher: mock }), /Mock dispatch not matched/);
  } finally {
    await dispatcher.close();
    await registry.close();
  }
});

test('undici: pushes and pulls over TLS with the certificate as its authority', async () => {
  const [key, cert] = [readFileSync('key.pem'), readFileSync('cert.pem')];
  const registry = await startRegistry({ tls: { key, cert } });
  const dispatcher = new Agent({ connect: { ca: cert } });
  /** @type {(path: string, init?: import('undici').RequestInit) => Promise<ArrayBuffer>} */
  const ask = async (path, init) =>
    (await fetchOfUndici(`${registry.url}/v2/team/app${path}`, { ...init, dispatcher })).arrayBuffer();
  for (const { digest, bytes: body } of app.blobs) await ask(`/blobs/uploads/?digest=${digest}`, { method: 'POST', body });
  await ask('/manifests/1.0', { method: 'PUT', headers: { 'Content-Type': app.mediaType }, body: app.manifest.bytes });
  assert.deepEqual(Buffer.from(await ask('/manifests/1.0')), Buffer.from(app.manifest.bytes));
  for (const { digest, bytes } of app.blobs) assert.deepEqual(Buffer.from(await ask(`/blobs/${digest}`)), Buffer.from(bytes));
  assert.deepEqual(
    registry.requests.map(({ status }) => status),
    [...app.blobs.map(() => 201), 201, 200, ...app.blobs.map(() => 200)],
  );
  await dispatcher.close();
  await registry.close();
});
