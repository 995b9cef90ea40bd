import { createRegistryHandler } from 'stowage';
import { memoryDriver } from 'stowage/drivers/memory';
import { createServer } from 'vite';
import { app, listening, port } from '../app.mjs';

const registry = createRegistryHandler(memoryDriver());
const plugin = {
  name: 'registry',
  configureServer(server) {
    // mount
    server.middlewares.use(registry);
    server.middlewares.use(app);
  },
};
const server = await createServer({
  configFile: false,
  plugins: [plugin],
  server: { host: '127.0.0.1', port },
  logLevel: 'error',
});
await server.listen();
server.httpServer.requestTimeout = 0;
listening(server.httpServer.address());
