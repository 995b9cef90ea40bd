import { serve } from '@hono/node-server';
import { Hono } from 'hono';
import { createRegistryHandler } from 'stowage';
import { memoryDriver } from 'stowage/drivers/memory';
import { listening, port } from '../app.mjs';

const registry = createRegistryHandler(memoryDriver());
const app = new Hono();
app.get('/other', (context) => context.text('other'));
app.post('/json', async (context) => context.json(await context.req.json()));
// mount
const server = registry.attach(serve({ fetch: app.fetch, hostname: '127.0.0.1', port }, listening));
server.requestTimeout = 0;
