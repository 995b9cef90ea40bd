import { createServer } from 'node:http';
import { built, listen } from '../app.mjs';

const { handler } = await built('nitro', 'nitropack', '.output/server/index.mjs');
listen(createServer(handler));
