import { createServer } from 'node:http';
import { createRegistryHandler } from 'stowage';
import { memoryDriver } from 'stowage/drivers/memory';
import { app, listen } from '../app.mjs';

const registry = createRegistryHandler(memoryDriver());
// mount
const server = createServer((request, response) => registry(request, response, () => app(request, response)));
listen(server);
