// @ts-check
/**
 * A registry on the fs driver that records the way of each request: `server.mjs FOLDER ROOT`, where FOLDER has the marked
 * sources. It sends its parent the port, and when a response has left what it recorded; work after that is not seen.
 */
import { AsyncLocalStorage, createHook } from 'node:async_hooks';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const [folder = '', root = ''] = process.argv.slice(2);

/** The number of the request that code runs for. Event listeners of the connection have none; they count for the current one. */
const requests = new AsyncLocalStorage();
let current = 0;
/** @type {number[]} */
let entries = [];
let promises = 0;

/** Timers of earlier requests, such as the heartbeat of the driver, do not count. */
const __walk = (/** @type {number} */ index) => {
  if ((requests.getStore() ?? current) === current) entries.push(index);
};
Object.assign(globalThis, { __walk });

createHook({
  init(_id, type) {
    if (type === 'PROMISE') promises += 1;
  },
}).enable();

const load = (/** @type {string} */ path) => import(pathToFileURL(join(folder, path)).href);
const { createRegistryHandler } = await load('lib/index.js');
const { fsDriver } = await load('drivers/fs.js');
const handler = requests.run(current, () => createRegistryHandler(fsDriver({ root })));

const server = createServer((request, response) => {
  current += 1;
  entries = [];
  promises = 0;
  const served = requests.run(current, () => handler(request, response));
  // One promise is made by this `then`.
  served.then(() => process.send?.({ entries, promises: promises - 1 }));
});
server.listen(0, '127.0.0.1', () => process.send?.(server.address()));
process.once('disconnect', () => process.exit());
