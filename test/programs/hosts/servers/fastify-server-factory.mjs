import { createServer } from 'node:http';
import Fastify from 'fastify';
import { createRegistryHandler } from 'stowage';
import { memoryDriver } from 'stowage/drivers/memory';
import { listen } from '../app.mjs';

const registry = createRegistryHandler(memoryDriver());
// mount
const app = Fastify({ serverFactory: (handler) => registry.attach(createServer(handler)) });
app.get('/other', async () => 'other');
app.post('/json', async (request) => request.body);
await app.ready();
listen(app.server);
