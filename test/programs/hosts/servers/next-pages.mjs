import { createServer } from 'node:http';
import next from 'next';
import { listen } from '../app.mjs';

const app = next({ dev: true, dir: 'servers/next-pages' });
await app.prepare();
listen(createServer(app.getRequestHandler()));
