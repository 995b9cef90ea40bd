import { createServer } from 'node:http';
import { built, listen } from '../app.mjs';

const { handler } = await built('astro', 'astro', 'dist/server/entry.mjs');
listen(createServer(handler));
