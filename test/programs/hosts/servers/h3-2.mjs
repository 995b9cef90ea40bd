import { H3, serve } from 'h3';
import { memoryDriver } from 'stowage/drivers/memory';
import { createFetchHandler } from 'stowage/fetch';
import { listening, options, port } from '../app.mjs';

const registry = createFetchHandler(memoryDriver(), options);
const app = new H3();
// mount
app.use(async (event, next) => (await registry(event.req, { passOn: true })) ?? next());
app.get('/other', () => 'other');
app.post('/json', (event) => event.req.json());
const server = serve(app, { hostname: '127.0.0.1', port, silent: true, node: { requestTimeout: 0 } });
await server.ready();
listening({ port: new URL(server.url).port });
