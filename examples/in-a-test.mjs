/** A registry for the length of a test: node --test examples/in-a-test.mjs */
import { equal } from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { after, before, test } from 'node:test';
import { createRegistryHandler } from 'stowage';
import { memoryDriver } from 'stowage/drivers/memory';

const server = createServer({ requestTimeout: 0 }, createRegistryHandler(memoryDriver()));
let registry = '';

before(async () => {
  await once(server.listen(0, '127.0.0.1'), 'listening');
  registry = `http://127.0.0.1:${server.address().port}/v2`;
});
after(() => {
  server.close();
  server.closeAllConnections();
});

test('a blob comes back as it was pushed', async () => {
  const digest = `sha256:${createHash('sha256').update('hello').digest('hex')}`;
  const pushed = await fetch(`${registry}/greetings/blobs/uploads/?digest=${digest}`, { method: 'POST', body: 'hello' });
  equal(pushed.status, 201);
  const pulled = await fetch(`${registry}/greetings/blobs/${digest}`);
  equal(await pulled.text(), 'hello');
});
