import middie from '@fastify/middie';
import Fastify from 'fastify';
import { createRegistryHandler } from 'stowage';
import { memoryDriver } from 'stowage/drivers/memory';
import { listen } from '../app.mjs';

const registry = createRegistryHandler(memoryDriver());
const app = Fastify();
app.get('/other', async () => 'other');
app.post('/json', async (request) => request.body);
await app.register(middie);
// mount
app.use(registry);
await app.ready();
listen(app.server);
