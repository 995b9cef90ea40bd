import { serve } from '@hono/node-server';
import { Hono } from 'hono';
import { memoryDriver } from 'stowage/drivers/memory';
import { createFetchHandler } from 'stowage/fetch';
import { listening, options, port } from '../app.mjs';

const registry = createFetchHandler(memoryDriver(), options);
const app = new Hono();
// mount
app.use(async (context, next) => (await registry(context.req.raw, { passOn: true })) ?? next());
app.get('/other', (context) => context.text('other'));
app.post('/json', async (context) => context.json(await context.req.json()));
serve({ fetch: app.fetch, hostname: '127.0.0.1', port }, listening).requestTimeout = 0;
