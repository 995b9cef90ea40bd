import connect from 'connect';
import { createRegistryHandler } from 'stowage';
import { memoryDriver } from 'stowage/drivers/memory';
import { app, listen } from '../app.mjs';

const registry = createRegistryHandler(memoryDriver());
const server = connect();
// mount
server.use(registry);
server.use(app);
listen(server);
