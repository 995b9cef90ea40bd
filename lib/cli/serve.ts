/** `stowage serve`: opens the storage, listens, and drains when a signal comes. */
import cluster from 'node:cluster';
import { createRegistryHandler, type OnResponse, type RegistryHandler, type RegistryOptions } from '../index.ts';
import { beginCollections } from './collections.ts';
import { withDocuments } from './documents.ts';
import { type Answer, createDrainingServer, type DrainingServer } from './draining.ts';
import type { CliEnvironment, Output } from './environment.ts';
import { commands } from './flags.ts';
import { createGreet, type Greet } from './greeting.ts';
import { listen } from './listen.ts';
import { createLogger } from './logger.ts';
import { countRequests } from './metrics.ts';
import { openLogins } from './open-logins.ts';
import type { ServeArguments } from './parse-arguments.ts';
import { createProbes } from './probes.ts';
import { createRequestLog } from './request-log.ts';
import { delay, listenForSignals, type Stopping } from './signals.ts';
import { configured } from './start-error.ts';
import { openStorage } from './storage.ts';
import { readTls } from './tls.ts';
import { strangeVariables } from './variables.ts';
import { serveWithWorkers } from './workers.ts';

/** The drain timeout: how long requests in flight may take once the server was asked to stop. */
const drainMilliseconds = 10_000;
/** A drain that ends within this time prints nothing. */
const noticeableMilliseconds = 100;
/** The greeting of a worker: the primary greets for all. */
const silent: Greet = () => {};

/** Serves until a signal comes. Throws a `StartError` if it cannot start. */
export async function serve(asked: ServeArguments, environment: CliEnvironment): Promise<void> {
  if (cluster.isPrimary) {
    const strange = strangeVariables(commands.serve.flags, environment.variables);
    for (const each of strange) environment.stderr.write(`stowage: warning: ${each}\n`);
  }
  if (asked.workers > 1) return cluster.isPrimary ? serveWithWorkers(asked, environment) : serveHere(asked, environment, silent);
  const useless = uselessFlags(asked);
  if (useless.length > 0) environment.stderr.write(`stowage: the ${asked.driver} driver has no use for ${useless.join(', ')}\n`);
  return serveHere(asked, environment, createGreet(asked, environment));
}

/** The flags of the fs driver that were given to another one. */
function uselessFlags({ driver, root, fileMode, directoryMode }: ServeArguments): string[] {
  const ofFs = { '--root': root, '--file-mode': fileMode, '--directory-mode': directoryMode };
  return driver === 'fs' ? [] : Object.entries(ofFs).flatMap(([flag, value]) => (value === undefined ? [] : [flag]));
}

/** Serves in this process. */
async function serveHere(asked: ServeArguments, environment: CliEnvironment, greet: Greet): Promise<void> {
  const { variables, stdout, stderr, signals, abandoned } = environment;
  const storage = await openStorage(asked);
  const tls = asked.tls && (await readTls(asked.tls));
  const logger = createLogger(stderr);
  const logins = await openLogins(asked, variables, logger);
  const counted = asked.metrics && countRequests(asked.metrics, () => draining.pending());
  const options: RegistryOptions = {
    allowMissingReferences: asked.allowMissingReferences,
    deletes: asked.deletes,
    logger,
    ...asked.options,
    ...(logins && { authorize: logins.authorize }),
    onResponse: inTurn(asked.log && createRequestLog(stdout), counted?.onResponse, asked.options?.onResponse),
  };
  const handler = configured(asked.configFile, () => createRegistryHandler(storage.driver, options));
  const probes = createProbes(storage.driver, logger);
  const answer: Answer = asked.docs ? await withDocuments(handler, asked.options) : handler;
  const answerAll: Answer = async (request, response) => {
    if (!probes.answer(request, response)) await (logins?.answer(request, response) ?? answer(request, response));
  };
  const draining = createDrainingServer(answerAll, tls);
  // Of workers none collects: their primary does.
  const collections = cluster.isPrimary ? await beginCollections(asked.collections, storage.driver, logger) : undefined;
  const stopping = listenForSignals(signals);
  try {
    await counted?.serve();
    greet(await listen(draining.server, asked.host, asked.port), storage);
    await Promise.race([stopping.asked, abandoned]);
    probes.drain();
    void collections?.stop();
    await stop(draining, handler, stopping, stderr);
  } finally {
    stopping.forget();
    counted?.close();
    // A step that is under way still needs the driver.
    await Promise.race([collections?.stop(), delay(1000)]);
    // Requests that are cut off end quickly, unless the storage hangs.
    await Promise.race([Promise.all([draining.cut(), handler.close()]), delay(1000)]);
  }
}

/** A listener that asks others one after the other; undefined if there are none. */
function inTurn(...given: readonly (OnResponse | false | undefined)[]): OnResponse | undefined {
  const listeners = given.filter((each) => typeof each === 'function');
  if (listeners.length === 0) return undefined;
  return async (event) => {
    for (const listener of listeners) await listener(event);
  };
}

async function stop(draining: DrainingServer, handler: RegistryHandler, stopping: Stopping, stderr: Output): Promise<void> {
  const drained = Promise.all([draining.drain(), handler.drain({ deadline: drainMilliseconds })]);
  await Promise.race([drained, stopping.insisted, delay(noticeableMilliseconds)]);
  const pending = draining.pending();
  if (pending > 0) stderr.write(`stowage: waiting for requests in flight (${pending}); a second signal stops at once\n`);
  await Promise.race([drained, stopping.insisted, delay(drainMilliseconds)]);
  const cut = draining.pending();
  if (cut > 0) stderr.write(`stowage: broke off requests in flight (${cut})\n`);
}
