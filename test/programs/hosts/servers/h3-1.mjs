import { createServer } from 'node:http';
import { createApp, eventHandler, fromNodeMiddleware, readBody, toNodeListener } from 'h3-1';
import { createRegistryHandler } from 'stowage';
import { memoryDriver } from 'stowage/drivers/memory';
import { listen } from '../app.mjs';

const registry = createRegistryHandler(memoryDriver());
const app = createApp();
// mount
app.use(fromNodeMiddleware(registry));
app.use(
  '/other',
  eventHandler(() => 'other'),
);
app.use('/json', eventHandler(readBody));
listen(createServer(toNodeListener(app)));
