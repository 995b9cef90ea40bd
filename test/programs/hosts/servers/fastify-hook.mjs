import Fastify from 'fastify';
import { createRegistryHandler } from 'stowage';
import { memoryDriver } from 'stowage/drivers/memory';
import { listen } from '../app.mjs';

const registry = createRegistryHandler(memoryDriver());
const app = Fastify();
app.get('/other', async () => 'other');
app.post('/json', async (request) => request.body);
// mount
app.addHook('onRequest', (request, reply, done) => void registry(request.raw, reply.raw, done));
await app.ready();
listen(app.server);
