import { createServer } from 'node:https';
import { createRegistryHandler } from 'stowage';
import { memoryDriver } from 'stowage/drivers/memory';
import { app, certificate, listen } from '../app.mjs';

const registry = createRegistryHandler(memoryDriver());
const server = createServer(certificate, app);
// mount
registry.attach(server);
listen(server);
