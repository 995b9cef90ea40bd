import { once } from 'node:events';
import { createServer } from 'node:http';
import { createRegistryHandler } from 'stowage';
import { memoryDriver } from 'stowage/drivers/memory';
import { app, listening } from '../app.mjs';
import { startProxy } from '../proxied.mjs';

const registry = createRegistryHandler(memoryDriver(), { trustProxy: 'loopback' });
const server = registry.attach(createServer({ requestTimeout: 0, keepAliveTimeout: 75_000 }, app));
await once(server.listen(0, '127.0.0.1'), 'listening');
listening({
  port: await startProxy(server, 'servers/Caddyfile', (file) => ['caddy', 'run', '--adapter', 'caddyfile', '--config', file]),
});
