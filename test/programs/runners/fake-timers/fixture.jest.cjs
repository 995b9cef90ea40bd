/** A push and a pull through a registry in a test, with all fake timers of Jest, installed before the package is loaded and after. */
const { createHash } = require('node:crypto');
const { once } = require('node:events');
const { request } = require('node:http');

const content = Buffer.alloc(300_000, 'stowage');
const digest = `sha256:${createHash('sha256').update(content).digest('hex')}`;

/** Sends a request, as jsdom has no fetch; gives the status and the body of its reply. */
async function ask(url, method, path, body) {
  const asked = request(url + path, { method, agent: false });
  asked.end(body);
  const [response] = await once(asked, 'response');
  return [response.statusCode, Buffer.concat(await response.toArray())];
}

afterEach(() => jest.useRealTimers());

test.each(['before', 'after'])(
  'a push and a pull, with timers that are faked %s the package is loaded',
  async (when) => {
    jest.resetModules();
    if (when === 'before') jest.useFakeTimers();
    const { image, layer, startRegistry } = require('stowage/testing');
    if (when === 'after') jest.useFakeTimers();
    const registry = await startRegistry();
    expect((await ask(registry.url, 'POST', `/v2/a/blobs/uploads/?digest=${digest}`, content))[0]).toBe(201);
    expect(await ask(registry.url, 'GET', `/v2/a/blobs/${digest}`)).toEqual([200, content]);
    const motd = layer({ 'etc/motd': 'hello' });
    await registry.seed('a:1', image({ layers: [motd] }));
    expect(JSON.parse((await ask(registry.url, 'GET', '/v2/a/manifests/1'))[1]).layers[0].digest).toBe(motd.digest);
    registry.fail({ operation: 'getBlob', delay: 20, status: 503 });
    expect((await ask(registry.url, 'GET', `/v2/a/blobs/${digest}`))[0]).toBe(503);
    registry.fail({ operation: 'getManifest', truncate: true });
    const [, half] = await ask(registry.url, 'GET', '/v2/a/manifests/1');
    expect((await registry.manifest('a:1')).bytes.subarray(0, half.length)).toEqual(half);
    expect(await registry.blob(`a@${digest}`)).toEqual(content);
    registry.assertRequests(['pushBlob', 'getBlob', 'getManifest', 'getBlob', 'getManifest']);
    await registry.close();
  },
  10_000,
);
