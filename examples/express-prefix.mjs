/** Two registries in one Express app, each under a path of its own: node examples/express-prefix.mjs */
import express from 'express';
import { createRegistryHandler } from 'stowage';
import { memoryDriver } from 'stowage/drivers/memory';

const app = express();
app.use('/team-a', createRegistryHandler(memoryDriver()));
app.use('/team-b', createRegistryHandler(memoryDriver(), { deletes: false }));

// For docker, which knows no paths before /v2, a proxy has to give each of them a host name of its own.
const server = app.listen(Number(process.env.PORT ?? 5000), '127.0.0.1', (error) => {
  if (error) throw error;
  console.log(`listening on 127.0.0.1:${server.address().port}`);
});
server.requestTimeout = 0;
