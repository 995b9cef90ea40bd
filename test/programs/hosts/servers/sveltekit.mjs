import { once } from 'node:events';
import { built, listening, port } from '../app.mjs';

Object.assign(process.env, { BODY_SIZE_LIMIT: 'Infinity', HOST: '127.0.0.1', PORT: String(port) });
const { server } = await built('sveltekit', 'vite', 'build/index.js');
server.requestTimeout = 0;
if (!server.listening) await once(server, 'listening');
listening(server.address());
