/** `stowage serve`: from its arguments to a registry that listens, to one that has stopped. */
import cluster from 'node:cluster';
import { createRegistryHandler } from '../index.ts';
import type { ServeArguments } from './arguments.ts';
import { withDocuments } from './documents.ts';
import { createDrainingServer, type DrainingServer } from './draining.ts';
import type { Output, Surroundings } from './environment.ts';
import { greeting } from './greeting.ts';
import { listen } from './listen.ts';
import { createLogger } from './logger.ts';
import { after, listenForSignals, type Stopping } from './signals.ts';
import { openStorage } from './storage.ts';
import { serveWithWorkers } from './workers.ts';

/** How long requests in flight may take to end once the server was asked to stop. */
const drainMilliseconds = 10_000;
/** A wait that is over so soon is not worth a word. */
const noticeableMilliseconds = 100;
/** For a worker: its primary greets for all. */
const silent: Output = { write: () => undefined };

/** Serves until a signal comes. Throws a `StartError` where it cannot begin. */
export async function serve(asked: ServeArguments, surroundings: Surroundings): Promise<void> {
  if (asked.workers > 1)
    return cluster.isPrimary ? serveWithWorkers(asked, surroundings) : serveHere(asked, surroundings, silent);
  const { driver, root } = asked;
  const { stdout, stderr } = surroundings;
  if (driver === 'memory' && root !== undefined) stderr.write('stowage: the memory driver has no use for --root\n');
  return serveHere(asked, surroundings, stdout);
}

/** Serves in this process. */
async function serveHere(asked: ServeArguments, { stderr, signals, abandoned }: Surroundings, stdout: Output): Promise<void> {
  const { driver, place } = await openStorage(asked);
  const handler = createRegistryHandler(driver, {
    allowMissingReferences: asked.allowMissingReferences,
    deletes: asked.deletes,
    logger: createLogger(stderr),
  });
  const draining = createDrainingServer(asked.docs ? await withDocuments(handler) : handler);
  const stopping = listenForSignals(signals);
  try {
    stdout.write(greeting(await listen(draining.server, asked.host, asked.port), place));
    await Promise.race([stopping.asked, abandoned]);
    await stop(draining, stopping, stderr);
  } finally {
    stopping.forget();
    await driver.close?.();
  }
}

async function stop(draining: DrainingServer, stopping: Stopping, stderr: Output): Promise<void> {
  const drained = draining.drain();
  await Promise.race([drained, stopping.insisted, after(noticeableMilliseconds)]);
  const pending = draining.pending();
  if (pending > 0) stderr.write(`stowage: waiting for requests in flight (${pending}); a second signal stops at once\n`);
  await Promise.race([drained, stopping.insisted, after(drainMilliseconds)]);
  // What was cut off is over quickly, unless its storage hangs.
  await Promise.race([draining.cut(), after(1000)]);
}
