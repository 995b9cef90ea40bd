import { json } from 'node:stream/consumers';
import Koa from 'koa';
import mount from 'koa-mount';
import { createRegistryHandler } from 'stowage';
import { memoryDriver } from 'stowage/drivers/memory';
import { listen } from '../app.mjs';

const registry = createRegistryHandler(memoryDriver());
const app = new Koa();
// mount
app.use(mount('/v2', ({ req, res, originalUrl }) => registry(Object.assign(req, { originalUrl }), res)));
app.use(async (context) => {
  context.body = context.path === '/other' ? 'other' : await json(context.req);
});
listen(app);
