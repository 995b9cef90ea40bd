import { createServer } from 'node:http';
import { createRegistryHandler } from 'stowage';
import { memoryDriver } from 'stowage/drivers/memory';
import { app, listen } from '../app.mjs';

const registry = createRegistryHandler(memoryDriver());
const server = createServer(app);
// mount
registry.attach(server);
listen(server);
