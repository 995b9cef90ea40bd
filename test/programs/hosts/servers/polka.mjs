import polka from 'polka';
import { createRegistryHandler } from 'stowage';
import { memoryDriver } from 'stowage/drivers/memory';
import { app, listen } from '../app.mjs';

const registry = createRegistryHandler(memoryDriver());
const server = polka();
// mount
server.use(registry);
server.get('/other', app);
server.post('/json', app);
listen(server);
