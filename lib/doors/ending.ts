/** How a host ends a registry, whichever door it has it by. */
import { must } from '../checks/check.ts';
import { type OptionRules, parseOptions } from '../checks/options.ts';
import type { Registry } from '../registry.ts';

/** The end of a registry. */
export interface Ending extends AsyncDisposable {
  /**
   * Ends the registry gracefully: uploads that would begin are refused with 503, requests that are under way finish, each
   * reply of a server of `node:http` says `Connection: close`; then it closes as with `close`. What is still under way after `deadline` milliseconds
   * (default: 10,000) is broken off. An upload of several requests does not finish: its next request is refused, and goes on at
   * another process on the same storage. The server is the host's: `server.close(); await handler.drain()` takes no further
   * connection; behind a load balancer, drain first, so that clients get the 503 with its `Retry-After`, then close the server.
   * Do not await it in `onResponse`, whose calls it waits for. Rejects with a TypeError, and drains nothing, if the options are
   * wrong.
   *
   * @example
   * import { createServer } from 'node:http';
   * import { createRegistryHandler } from 'stowage';
   * import { memoryDriver } from 'stowage/drivers/memory';
   *
   * const handler = createRegistryHandler(memoryDriver());
   * const server = createServer({ requestTimeout: 0 }, handler).listen(5000, '127.0.0.1');
   * process.once('SIGTERM', async () => {
   *   server.close();
   *   await handler.drain({ deadline: 30_000 });
   * });
   */
  drain(options?: DrainOptions): Promise<void>;
  /**
   * Ends the registry now: requests that are under way are broken off, further ones are refused with 503, the upkeep
   * stops, and then the driver is closed. Resolves when nothing uses the driver any longer. `await using` (TypeScript, or Node 24)
   * does the same. In a test, close the handler before the server: `server.close` waits for requests that are under way.
   *
   * @example
   * import { createRegistryHandler } from 'stowage';
   * import { memoryDriver } from 'stowage/drivers/memory';
   *
   * const handler = createRegistryHandler(memoryDriver());
   * await handler.close();
   */
  close(): Promise<void>;
}

/** How a registry is drained. */
export interface DrainOptions {
  /** How long requests that are under way may take, in milliseconds; Infinity: until they have finished. Default: 10,000. */
  readonly deadline?: number;
}

const drainOptions = {
  deadline: {
    check: must('be a number of milliseconds from 0 to Infinity', (value) => typeof value === 'number' && value >= 0),
    default: 10_000,
  },
} as const satisfies OptionRules<DrainOptions>;

/** What a host ends the registry with. */
export function endingOf(registry: Registry): Ending {
  return {
    drain: async (options = {}) => registry.drain(parseOptions('drain', options, drainOptions).deadline),
    close: registry.close,
    [Symbol.asyncDispose]: registry.close,
  };
}
