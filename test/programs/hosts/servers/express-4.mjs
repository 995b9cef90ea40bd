import express from 'express-4';
import { createRegistryHandler } from 'stowage';
import { memoryDriver } from 'stowage/drivers/memory';
import { listen } from '../app.mjs';

const registry = createRegistryHandler(memoryDriver());
const app = express();
// mount
app.use(registry);
app.use(express.json());
app.get('/other', (_request, response) => response.send('other'));
app.post('/json', (request, response) => response.json(request.body));
listen(app);
