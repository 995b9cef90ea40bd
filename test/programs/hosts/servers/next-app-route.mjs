import { createServer } from 'node:http';
import next from 'next';
import { listen } from '../app.mjs';

const app = next({ dev: true, dir: 'servers/next-app-route' });
await app.prepare();
listen(createServer(app.getRequestHandler()));
