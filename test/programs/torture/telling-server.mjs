// @ts-check
/** Serves a directory and tells a webhook of what is pushed: what `events` kills. Says its port, and ends on SIGTERM. */
import { createServer } from 'node:http';
import { createRegistryHandler } from 'stowage';
import { fsDriver } from 'stowage/drivers/fs';
import { events, webhook } from 'stowage/events';

const [root = '', url = '', timeout] = process.argv.slice(2);
const told = events({
  sinks: [webhook({ url, secret: 'a secret of the torture of events' })],
  attempts: { firstPause: 20, longestPause: 200, timeout: Number(timeout) },
});
const handler = createRegistryHandler(fsDriver({ root }), { allowMissingReferences: true, events: told });
const server = createServer({ requestTimeout: 0 }, handler).listen(0, '127.0.0.1', () => {
  const address = server.address();
  console.log(typeof address === 'object' && address?.port);
});
process.once('SIGTERM', async () => {
  await handler.drain({ deadline: 5_000 });
  server.close();
});
