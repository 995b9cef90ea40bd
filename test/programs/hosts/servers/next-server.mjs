import { createServer } from 'node:http';
import next from 'next';
import { createRegistryHandler } from 'stowage';
import { memoryDriver } from 'stowage/drivers/memory';
import { listen } from '../app.mjs';

const registry = createRegistryHandler(memoryDriver());
const app = next({ dev: true, dir: 'servers/next-plain' });
await app.prepare();
const server = createServer(app.getRequestHandler());
// mount
registry.attach(server);
listen(server);
