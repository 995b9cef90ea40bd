/**
 * Several processes behind one port: the primary, which answers nothing itself, starts workers, starts others for those
 * that die, and passes on what it is told to do.
 */
import cluster, { type Worker } from 'node:cluster';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ServeArguments } from './arguments.ts';
import type { Output, Surroundings } from './environment.ts';
import { greeting } from './greeting.ts';
import { listen } from './listen.ts';
import { after, listenForSignals } from './signals.ts';
import { StartError } from './start-error.ts';
import { openStorage } from './storage.ts';

/** How long workers may take to stop: longer than they give the requests that they are answering. */
const patienceMilliseconds = 15_000;
/** The pause before a worker that died is replaced; it doubles while workers die young. */
const shortestPause = 100;
const longestPause = 5_000;
/** How long a worker must have lived for its death not to count as one of a series. */
const grownUpMilliseconds = 10_000;

/** The workers of this primary. */
interface Crew {
  /** Resolves when all of them listen; fails if one ends before that. */
  readonly listening: Promise<unknown>;
  /** Sends a signal to all of them and replaces none from then on. */
  tell(signal: NodeJS.Signals): void;
  /** Resolves when all of them have ended, after they were told to. */
  readonly ended: Promise<void>;
}

/** Serves with workers until a signal comes. Throws a {@link StartError} where they cannot begin. */
export async function serveWithWorkers(
  asked: ServeArguments,
  { stdout, stderr, signals, abandoned }: Surroundings,
): Promise<void> {
  const { driver, place } = await openStorage(asked);
  await driver.close?.();
  const address = await freeAddress(asked);
  const stopping = listenForSignals(signals);
  // Another worker that takes the place of the last one must listen where that did, also if any free port was asked for.
  cluster.setupPrimary({ args: [...process.argv.slice(2), '--port', `${address.port}`] });
  const crew = startCrew(asked.workers, stderr);
  try {
    const greet = () => void stdout.write(greeting(address, place));
    await Promise.race([crew.listening.then(greet), stopping.asked]);
    await Promise.race([stopping.asked, abandoned]);
  } finally {
    crew.tell('SIGTERM');
    void stopping.insisted.then(() => crew.tell('SIGTERM'));
    await Promise.race([crew.ended, after(patienceMilliseconds)]);
    crew.tell('SIGKILL');
    stopping.forget();
  }
}

/** The address that the workers will listen on. That it is free shows when this process listens on it, for a moment. */
async function freeAddress({ host, port }: ServeArguments): Promise<AddressInfo> {
  const server = createServer();
  const address = await listen(server, host, port);
  server.close();
  await once(server, 'close');
  return address;
}

function startCrew(size: number, stderr: Output): Crew {
  const workers = new Set<Worker>();
  let pause = shortestPause;
  let told = false;
  let end: () => void;
  const ended = new Promise<void>((resolve) => {
    end = resolve;
  });

  function start(): Worker {
    const worker = cluster.fork();
    const started = performance.now();
    workers.add(worker);
    worker.once('exit', (code, signal) => {
      workers.delete(worker);
      if (told && workers.size === 0) end();
      if (!told) replace(`worker ${worker.process.pid} ended (${signal || code})`, performance.now() - started);
    });
    // A worker that cannot be started or told anything ends, and that is what counts.
    worker.on('error', (error) => stderr.write(`stowage: worker ${worker.process.pid}: ${error.message}\n`));
    return worker;
  }

  function replace(what: string, lived: number): void {
    pause = lived > grownUpMilliseconds ? shortestPause : Math.min(2 * pause, longestPause);
    stderr.write(`stowage: ${what}; starting another\n`);
    setTimeout(() => told || start(), pause);
  }

  return {
    listening: Promise.all(Array.from({ length: size }, start).map(listens)),
    ended,
    tell(signal) {
      told = true;
      for (const worker of workers) worker.process.kill(signal);
      if (workers.size === 0) end();
    },
  };
}

/** Resolves when the worker listens. */
function listens(worker: Worker): Promise<void> {
  return new Promise((resolve, reject) => {
    worker.once('listening', () => resolve());
    worker.once('exit', (code, signal) => reject(new StartError(`a worker ended before it listened (${signal || code})`)));
  });
}
