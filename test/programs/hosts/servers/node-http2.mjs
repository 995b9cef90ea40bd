import { createSecureServer } from 'node:http2';
import { createRegistryHandler } from 'stowage';
import { memoryDriver } from 'stowage/drivers/memory';
import { app, certificate, listen } from '../app.mjs';

const registry = createRegistryHandler(memoryDriver());
const server = createSecureServer({ ...certificate, allowHTTP1: true }, app);
// mount
registry.attach(server);
listen(server);
