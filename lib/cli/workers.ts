/**
 * `stowage serve --workers N`: N worker processes share one port by `node:cluster`. The primary answers no request: it starts
 * the workers, replaces those that die, and passes on the signal to stop.
 */
import cluster, { type Worker } from 'node:cluster';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { beginCollections } from './collections.ts';
import type { CliEnvironment, Output } from './environment.ts';
import { createGreet } from './greeting.ts';
import { listen } from './listen.ts';
import { createLogger } from './logger.ts';
import { serveMetricsOfWorkers } from './metrics.ts';
import { openLogins } from './open-logins.ts';
import type { ServeArguments } from './parse-arguments.ts';
import { delay, listenForSignals } from './signals.ts';
import { StartError } from './start-error.ts';
import { openStorage } from './storage.ts';
import { readTls } from './tls.ts';

/** How long workers may take to stop before they are killed: longer than a worker drains its requests. */
const stopTimeoutMilliseconds = 15_000;
/** Restart backoff, in milliseconds: the delay before a dead worker is replaced doubles while workers die young. */
const minRestartDelay = 100;
const maxRestartDelay = 5_000;
/** A worker that lived longer than this did not die young: its death resets the backoff. */
const stableMilliseconds = 10_000;

/** The workers of this primary. */
interface Workers {
  /** Resolves when all of them listen; rejects if one exits before that. */
  readonly listening: Promise<unknown>;
  /** Sends a signal to all of them; from then on none is replaced. */
  signal(signal: NodeJS.Signals): void;
  /** Resolves when all of them have exited after a signal. */
  readonly exited: Promise<void>;
}

/** Serves with workers until a signal comes. Throws a {@link StartError} if they cannot start. */
export async function serveWithWorkers(asked: ServeArguments, environment: CliEnvironment): Promise<void> {
  const { variables, stderr, signals, abandoned } = environment;
  if (asked.tls) await readTls(asked.tls);
  const logger = createLogger(stderr);
  const logins = await openLogins(asked, variables, logger);
  const storage = await openStorage(asked);
  const collections = await beginCollections(asked.collections, storage.driver, logger);
  if (!collections) await storage.driver.close?.();
  const address = await freeAddress(asked);
  const stopping = listenForSignals(signals);
  // A replacement must listen on the same port as the worker that died, also with --port 0.
  const words = process.argv.slice(2).filter((word) => word !== '--');
  cluster.setupPrimary({ args: [...words, '--port', `${address.port}`] });
  const metrics = asked.metrics && (await serveMetricsOfWorkers(asked.metrics));
  const workers = startWorkers(asked.workers, logins?.forWorkers ?? {}, stderr);
  try {
    const greet = createGreet(asked, environment);
    await Promise.race([workers.listening.then(() => greet(address, storage)), stopping.asked]);
    await Promise.race([stopping.asked, abandoned]);
  } finally {
    const collected = collections?.stop().then(() => storage.driver.close?.());
    workers.signal('SIGTERM');
    void stopping.insisted.then(() => workers.signal('SIGTERM'));
    await Promise.race([workers.exited, delay(stopTimeoutMilliseconds)]);
    workers.signal('SIGKILL');
    await Promise.race([collected, delay(1000)]);
    metrics?.close();
    stopping.forget();
  }
}

/** The address that the workers will listen on. The primary listens on it for a moment, to see that it is free. */
async function freeAddress({ host, port }: ServeArguments): Promise<AddressInfo> {
  const server = createServer();
  const address = await listen(server, host, port);
  server.close();
  await once(server, 'close');
  return address;
}

function startWorkers(size: number, variables: Readonly<Record<string, string>>, stderr: Output): Workers {
  const workers = new Set<Worker>();
  let restartDelay = minRestartDelay;
  let stopping = false;
  let resolveExited: () => void;
  const exited = new Promise<void>((resolve) => {
    resolveExited = resolve;
  });

  function start(): Worker {
    const worker = cluster.fork(variables);
    const started = performance.now();
    workers.add(worker);
    worker.once('exit', (code, signal) => {
      workers.delete(worker);
      if (stopping && workers.size === 0) resolveExited();
      if (!stopping) replace(`worker ${worker.process.pid} ended (${signal || code})`, performance.now() - started);
    });
    // Only printed: a worker that cannot be started or reached also exits, and its 'exit' starts another.
    worker.on('error', (error) => stderr.write(`stowage: worker ${worker.process.pid}: ${error.message}\n`));
    return worker;
  }

  function replace(what: string, lived: number): void {
    restartDelay = lived > stableMilliseconds ? minRestartDelay : Math.min(2 * restartDelay, maxRestartDelay);
    stderr.write(`stowage: ${what}; starting another\n`);
    setTimeout(() => stopping || start(), restartDelay);
  }

  return {
    listening: Promise.all(Array.from({ length: size }, start).map(waitUntilListening)),
    exited,
    signal(signal) {
      stopping = true;
      for (const worker of workers) worker.process.kill(signal);
      if (workers.size === 0) resolveExited();
    },
  };
}

/** Resolves when the worker listens; rejects with a {@link StartError} if it exits before that. */
function waitUntilListening(worker: Worker): Promise<void> {
  return new Promise((resolve, reject) => {
    worker.once('listening', () => resolve());
    worker.once('exit', (code, signal) => reject(new StartError(`a worker ended before it listened (${signal || code})`)));
  });
}
