// @ts-check
/**
 * Collects a directory, and serves it if told so: what `collection` kills. Says its port, or 0, then each report. Ends on SIGTERM.
 *
 *     node collecting.mjs <root> serve|alone lease|all <options as JSON>
 */
import { createServer } from 'node:http';
import { createRegistryHandler } from 'stowage';
import { fsDriver } from 'stowage/drivers/fs';
import { collectEvery } from 'stowage/upkeep';

const [root = '', serves, lease, options = '{}'] = process.argv.slice(2);
const driver = fsDriver({ root });
const handler = createRegistryHandler(driver);
const server = createServer({ requestTimeout: 0 }, handler).listen(0, '127.0.0.1', () => {
  const address = server.address();
  console.log(serves === 'serve' && typeof address === 'object' ? address?.port : 0);
});
// Without an outbox there is no lease: all collect at once, and nobody waits for the lease of one that was killed.
const collections = collectEvery(lease === 'lease' ? driver : { ...driver, outbox: undefined }, {
  ...JSON.parse(options),
  onReport: (report) => console.log(JSON.stringify(report)),
  onFault: (error) => console.log(JSON.stringify({ fault: error instanceof Error ? error.stack : String(error) })),
});
process.once('SIGTERM', async () => {
  await collections.stop();
  await handler.drain({ deadline: 5_000 });
  server.close();
});
