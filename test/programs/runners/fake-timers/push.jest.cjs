/** A push and a pull with all fake timers of Jest installed, before the package is loaded and after. */
const { createHash } = require('node:crypto');
const { once } = require('node:events');
const { mkdtempSync, rmSync } = require('node:fs');
const { createServer, request } = require('node:http');
const { tmpdir } = require('node:os');
const { join } = require('node:path');

const content = Buffer.alloc(300_000, 'stowage');
const digest = `sha256:${createHash('sha256').update(content).digest('hex')}`;
const root = mkdtempSync(join(tmpdir(), 'stowage-'));
const drivers = {
  memory: () => require('stowage/drivers/memory').memoryDriver(),
  fs: () => require('stowage/drivers/fs').fsDriver({ root, durability: 'none' }),
};

/** Sends a request, and gives the status and the body of its reply. */
async function ask(port, method, path, body) {
  const asked = request({ port, host: '127.0.0.1', method, path, agent: false });
  asked.end(body);
  const [response] = await once(asked, 'response');
  return [response.statusCode, Buffer.concat(await response.toArray()).toString('latin1')];
}

afterEach(() => jest.useRealTimers());
afterAll(() => rmSync(root, { recursive: true, force: true }));

for (const when of ['before', 'after']) {
  for (const [name, driver] of Object.entries(drivers)) {
    test(`a blob is pushed and pulled on ${name} with timers that are faked ${when} the package is loaded`, async () => {
      jest.resetModules();
      if (when === 'before') jest.useFakeTimers();
      const { createRegistryHandler } = require('stowage');
      const stored = driver();
      if (when === 'after') jest.useFakeTimers();
      const handler = createRegistryHandler(stored);
      const server = createServer({ requestTimeout: 0 }, handler);
      await once(server.listen(0, '127.0.0.1'), 'listening');
      const { port } = server.address();
      const pushed = await ask(port, 'POST', `/v2/a/blobs/uploads/?digest=${digest}`, content);
      expect(pushed[0]).toBe(201);
      expect(await ask(port, 'GET', `/v2/a/blobs/${digest}`)).toEqual([200, content.toString('latin1')]);
      expect((await ask(port, 'GET', '/v2/_catalog'))[1]).toBe('{"repositories":["a"]}');
      await handler.close();
      server.close();
      await once(server, 'close');
    }, 10_000);
  }
}
