/** `stowage serve --metrics`: `/metrics` on an address of its own, which has the sums over the workers where there are any. */
import cluster, { type Worker } from 'node:cluster';
import { createServer, type Server } from 'node:http';
import type { OnResponse } from '../index.ts';
import { expose, type Family, metrics, sumOf } from '../metrics/index.ts';
import type { Place } from './flags.ts';
import { listen } from './listen.ts';
import { delay } from './signals.ts';

/** How long a worker may take to say what it has counted. Then counts what it said before. */
const patienceMilliseconds = 1_000;

/** What a process counts, and how it tells. */
export interface CountedRequests {
  readonly onResponse: OnResponse;
  /** Begins to tell: at an address or, in a worker, to its primary, which has that address. */
  serve(): Promise<void>;
  close(): void;
}

/** Counts the requests of this process. Other processes hear of them at `place`. */
export function countRequests(place: Place, inFlight: () => number): CountedRequests {
  const { onResponse, families } = metrics({ inFlight });
  const answer = (message: unknown): void => {
    if (message === question) process.send?.({ [question]: families() });
  };
  let server: Server | undefined;
  return {
    onResponse,
    serve: async () => {
      if (cluster.isWorker) process.on('message', answer);
      else server = await serveMetrics(place, async () => families());
    },
    close: () => {
      process.off('message', answer);
      server?.close().closeAllConnections();
    },
  };
}

/** The message by which a primary asks a worker what it has counted, and the member that has the answer. */
const question = 'stowage metrics';

/** Serves, in a primary, what all its workers have counted. */
export async function serveMetricsOfWorkers(place: Place): Promise<Pick<CountedRequests, 'close'>> {
  const said = new Map<Worker, readonly Family[]>();
  let ofDead: readonly Family[] = [];
  // What a dead worker has counted stays, or the sums would go down and be taken for those of a new start.
  const bury = (worker: Worker): void => {
    ofDead = sumOf([ofDead, (said.get(worker) ?? []).filter(({ type }) => type !== 'gauge')]);
    said.delete(worker);
  };
  const hear = (worker: Worker, families: readonly Family[] | undefined): void => {
    if (families && !worker.isDead()) said.set(worker, families);
  };
  cluster.on('exit', bury);
  const server = await serveMetrics(place, async () => {
    const workers = Object.values(cluster.workers ?? {}).filter((worker) => worker !== undefined);
    await Promise.all(workers.map(async (worker) => hear(worker, await ask(worker))));
    return sumOf([ofDead, ...said.values()]);
  });
  return {
    close: () => {
      cluster.off('exit', bury);
      server.close().closeAllConnections();
    },
  };
}

/** What a worker has counted; undefined if it does not answer in time. Nobody listens for the answer after that. */
async function ask(worker: Worker): Promise<readonly Family[] | undefined> {
  let hear = (_: { readonly [question]?: readonly Family[] }): void => {};
  const answered = new Promise<readonly Family[]>((resolve) => {
    hear = ({ [question]: families }) => families && resolve(families);
    worker.on('message', hear);
  });
  // One that is about to end cannot be reached.
  if (worker.isConnected()) worker.send(question, () => {});
  const families = await Promise.race([answered, delay(patienceMilliseconds).then(() => undefined)]);
  worker.off('message', hear);
  return families;
}

/** Serves metrics until it is closed. Throws a `StartError` if it cannot listen. */
async function serveMetrics({ host, port }: Place, families: () => Promise<readonly Family[]>): Promise<Server> {
  const server = createServer(async ({ method, url, headers }, response) => {
    const isRead = method === 'GET' || method === 'HEAD';
    if (!isRead || !/^\/metrics(?:\?|$)/.test(url ?? '')) {
      const status = isRead ? 404 : 405;
      response.writeHead(status, { 'Content-Type': 'text/plain; charset=utf-8', ...(status === 405 && { Allow: 'GET, HEAD' }) });
      response.end(status === 405 ? 'Only GET and HEAD are allowed here.\n' : 'The metrics are at /metrics.\n');
      return;
    }
    const { contentType, body } = expose(await families(), headers.accept);
    response.writeHead(200, { 'Content-Type': contentType, 'Cache-Control': 'no-store' });
    response.end(body);
  });
  await listen(server, host, port, '--metrics');
  return server;
}
