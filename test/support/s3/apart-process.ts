/** The program of a process that is the double. Started by `apart.ts`. */
import type { Options } from './apart.ts';
import { startS3Double } from './double.ts';

process.once('message', async (options: Options) => {
  const { origin, bucket, clientConfig, calls } = await startS3Double(options);
  // Calls are forgotten: no other process can ask for them.
  setInterval(() => calls.splice(0), 1000);
  process.send?.({ origin, bucket, clientConfig });
});
process.once('disconnect', () => process.exit());
