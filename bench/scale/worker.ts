/** A registry in a process of its own that can be told to store much, and asked what that took. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** What the process can be told. */
export type Order =
  | { readonly kind: 'fill'; readonly dimension: string; readonly size: number }
  | { readonly kind: 'memory' }
  | { readonly kind: 'watch' }
  | { readonly kind: 'held' };

/** What it answers. */
export interface Answer {
  readonly origin?: string;
  readonly bytes?: number;
  readonly milliseconds?: number;
}

const hook = new URL('../../test/support/typescript.mjs', import.meta.url).href;
const program = fileURLToPath(new URL('process.ts', import.meta.url));

/** The registry. */
export interface Worker {
  readonly origin: string;
  readonly pid: number;
  /** Stores through the driver. */
  fill(dimension: string, size: number): Promise<void>;
  /** The bytes of memory in use after a garbage collection. */
  memory(): Promise<number>;
  /** Does something, and gives what came of it and for how many milliseconds the event loop was held at most meanwhile. */
  watched<T>(work: () => Promise<T>): Promise<{ readonly result: T; readonly held: number }>;
  end(): Promise<void>;
}

/** Starts it on a driver, with its words. Throws if it ends before it listens. */
export async function startWorker(words: readonly string[]): Promise<Worker> {
  const child = fork(program, [...words], { execArgv: ['--import', hook] });
  const closed = once(child, 'exit');
  const answer = async (): Promise<Answer> => {
    const ended = closed.then(([code]) => Promise.reject(new Error(`the process ended with ${code}`)));
    const [said] = await Promise.race([once(child, 'message'), ended]);
    return said;
  };
  const tell = (order: Order) => {
    child.send(order);
    return answer();
  };
  const { origin = '' } = await answer();
  return {
    origin,
    pid: child.pid ?? 0,
    fill: async (dimension, size) => void (await tell({ kind: 'fill', dimension, size })),
    memory: async () => (await tell({ kind: 'memory' })).bytes ?? Number.NaN,
    async watched(work) {
      await tell({ kind: 'watch' });
      const result = await work();
      const { milliseconds: held = Number.NaN } = await tell({ kind: 'held' });
      return { result, held };
    },
    async end() {
      child.disconnect();
      await closed;
    },
  };
}
