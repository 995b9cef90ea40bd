import Fastify from 'fastify';
import { createRegistryHandler } from 'stowage';
import { memoryDriver } from 'stowage/drivers/memory';
import { listen } from '../app.mjs';

const registry = createRegistryHandler(memoryDriver());
const app = Fastify();
app.get('/other', async () => 'other');
app.post('/json', async (request) => request.body);
// mount
registry.attach(app.server);
await app.ready();
listen(app.server);
