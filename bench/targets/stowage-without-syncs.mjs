// @ts-check
/** A registry on `fsDriver` with `durability: 'none'`, which the command does not offer: `node stowage-without-syncs.mjs PORT ROOT` */
import { createServer } from 'node:http';
import { fsDriver } from '../../dist/drivers/fs.js';
import { createRegistryHandler } from '../../dist/index.js';

const [port, root = ''] = process.argv.slice(2);
const handler = createRegistryHandler(fsDriver({ root, durability: 'none' }));
createServer(handler).listen(Number(port), '127.0.0.1');
