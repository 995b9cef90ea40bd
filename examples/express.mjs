/** A registry in an Express app, beside its other routes: node examples/express.mjs */
import express from 'express';
import { createRegistryHandler } from 'stowage';
import { memoryDriver } from 'stowage/drivers/memory';

const app = express();
// Before any body parser: a manifest that was parsed has lost the bytes that its digest is made of.
app.use(createRegistryHandler(memoryDriver()));
app.use(express.json());
app.get('/', (_request, response) => response.send('an app that is also a registry'));

const server = app.listen(Number(process.env.PORT ?? 5000), '127.0.0.1', (error) => {
  if (error) throw error;
  console.log(`listening on 127.0.0.1:${server.address().port}`);
});
server.requestTimeout = 0;
