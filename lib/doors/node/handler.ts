/** The door for `node:http` and everything that is built on it. */
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2';
import { must } from '../../checks/check.ts';
import { type OptionTable, parseOptions } from '../../checks/options.ts';
import type { Driver } from '../../driver.ts';
import { responseEvent } from '../../events/response.ts';
import type { RegistryOptions } from '../../options.ts';
import { createRegistry, type Registry } from '../../registry.ts';
import { clientClosedRequest, type Outgoing } from '../../reply.ts';
import { isApi, locate, wholePath } from '../../routing/target.ts';
import { attachTo, type Serve } from './attach.ts';
import { Expectation } from './continue.ts';
import { mountAdvisor } from './mount.ts';
import { NodeRequest, type Reading } from './request.ts';
import { NodeResponse, type Sending } from './response.ts';
import { serverAdvisor } from './server-settings.ts';

/** A registry as what a server calls with its requests. */
export interface RegistryHandler extends AsyncDisposable {
  /**
   * Serves a request. The promise settles when the response has left or the connection closed, and never rejects. What
   * lies outside `/v2` is left to `next`, and answered with 404 where there is none.
   */
  (
    request: (IncomingMessage | Http2ServerRequest) & { readonly originalUrl?: string },
    response: ServerResponse | Http2ServerResponse,
    next?: (error?: unknown) => void,
  ): Promise<void>;
  /**
   * Makes a server ask this handler first: `handler.attach(createServer(app))`. The listeners for requests that the
   * server has by then get what lies outside `/v2`; where there are none, that is answered with 404. Clients that send
   * `Expect: 100-continue` are asked for a body only when it is wanted, and otherwise get their refusal before it.
   * Gives back the server.
   *
   * @example
   * import { createServer } from 'node:http';
   * import { createRegistryHandler } from 'stowage';
   * import { memoryDriver } from 'stowage/drivers/memory';
   *
   * const handler = createRegistryHandler(memoryDriver());
   * const app = createServer((request, response) => response.end('not the registry'));
   * handler.attach(app).listen(5000, '127.0.0.1').requestTimeout = 0;
   */
  attach<S extends Server>(server: S): S;
  /**
   * Ends the registry gracefully: uploads that would begin are refused with 503, requests that are under way finish, each
   * reply says `Connection: close`; then it closes as with `close`. What is still under way after `deadline` milliseconds
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
    sentence: 'milliseconds that requests under way may take',
  },
} as const satisfies OptionTable<DrainOptions>;

/**
 * Serves the registry API over a storage driver, in any server of `node:http` and in what is built on it:
 * `app.use(createRegistryHandler(driver, options))`.
 *
 * @throws {TypeError} that lists everything that is wrong with the driver and the options
 * @example
 * import { createServer } from 'node:http';
 * import { createRegistryHandler } from 'stowage';
 * import { memoryDriver } from 'stowage/drivers/memory';
 *
 * const server = createServer(createRegistryHandler(memoryDriver(), { logger: { error: console.error, warn: console.warn } }));
 * server.requestTimeout = 0; // Node would end every upload after five minutes
 * server.listen(5000, '127.0.0.1');
 */
export function createRegistryHandler(driver: Driver, options: RegistryOptions = {}): RegistryHandler {
  return createNodeHandler(createRegistry(driver, options));
}

/** The door for `node:http` to a registry, which may have other doors. */
export function createNodeHandler(registry: Registry): RegistryHandler {
  const serve = serveFrom(registry);
  // The compatibility API of HTTP/2 has what is used here of the classes of HTTP/1.
  const handle: (...given: Parameters<RegistryHandler>) => Promise<void> = (request, response, next) =>
    serve(request as IncomingMessage, response as ServerResponse, next, false);
  return Object.assign(handle, {
    attach: <S extends Server>(server: S) => attachTo(server, serve),
    drain: async (options: DrainOptions = {}) => registry.drain(parseOptions('drain', options, drainOptions).deadline),
    close: registry.close,
    [Symbol.asyncDispose]: registry.close,
  });
}

function serveFrom(registry: Registry): Serve {
  const { dispatch, report, lifecycle } = registry;
  const { mountPath, timeouts, trust, forwardedHeaders, logger, advise } = registry.settings;
  const adviseOnServer = serverAdvisor(advise, trust !== undefined);
  const adviseOnMount = mountAdvisor(advise);
  const advised = new WeakSet<object>();
  const underWay = new Map<NodeResponse, Promise<void>>();

  registry.join({
    idle: async () => {
      while (underWay.size > 0) await Promise.all(underWay.values());
    },
    cut: async () => {
      for (const response of underWay.keys()) response.cut();
      await Promise.all(underWay.values());
    },
  });

  const answer = async (asked: NodeRequest, response: NodeResponse): Promise<void> => {
    const reply = response.turn && !(await response.turn) ? neverBegun : await dispatch(asked);
    try {
      // A refusal of the host may have the same status; it has a code.
      if (reply.status === clientClosedRequest && reply.code === undefined) await response.abandon();
      else await response.send(reply, lifecycle.phase === 'open');
    } catch (err) {
      response.destroy();
      logger.error({ err, method: asked.method, path: asked.path }, 'response aborted');
    }
    underWay.delete(response);
    if (!report) return;
    const sent = response.isBegun ? reply : { status: clientClosedRequest, about: reply.about };
    report(responseEvent(asked, sent, { bytesIn: asked.received, bytesOut: response.sent, complete: response.isComplete }));
  };
  const reading: Reading = { expectation: undefined, bodyIdle: timeouts.bodyIdle, trust, forwardedHeaders, advise };
  const sending: Sending = { expectation: undefined, responseIdle: timeouts.responseIdle };

  return (request, response, next, waits) => {
    const target = locate(request, mountPath);
    const isOutside = !isApi(target.path);
    if (isOutside) adviseOnMount(wholePath(request));
    if (next && isOutside) {
      // Called outside the async function, so that what it throws reaches the host.
      next();
      return Promise.resolve();
    }
    // Without a listener, the 'error' of a connection that was reset is an uncaught exception and ends the process.
    request.on('error', ignore);
    response.on('error', ignore);
    if (request.socket && !advised.has(request.socket)) {
      advised.add(request.socket);
      adviseOnServer(request);
    }
    const expectation = waits ? new Expectation(response) : undefined;
    const asked = new NodeRequest(request, target, expectation ? { ...reading, expectation } : reading);
    const answered = new NodeResponse(asked, response, expectation ? { ...sending, expectation } : sending);
    const done = answer(asked, answered);
    underWay.set(answered, done);
    return done;
  };
}

/** Of a request that waited for others on its connection when that closed. */
const neverBegun: Outgoing = { status: clientClosedRequest, headers: {}, about: {} };

const ignore = (): void => {};
