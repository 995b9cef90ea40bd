/** The door for `node:http` and everything that is built on it. */
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Http2SecureServer, Http2Server, Http2ServerRequest, Http2ServerResponse } from 'node:http2';
import type { Driver } from '../../driver.ts';
import { responseEvent } from '../../events/response.ts';
import type { RegistryOptions } from '../../options.ts';
import { createRegistry, type Registry } from '../../registry.ts';
import { isAbandoned, isVain, neverBegun, vain } from '../../reply.ts';
import { isApi, locate, wholePath } from '../../routing/target.ts';
import { type Ending, endingOf } from '../ending.ts';
import type { FetchRegistry } from '../fetch/handler.ts';
import { isRequest } from '../fetch/is-request.ts';
import { paceOf } from '../inflow.ts';
import { mountAdvisor } from '../mount.ts';
import { doorOf, type UnderWay } from '../under-way.ts';
import { attachTo, type Serve } from './attach.ts';
import { Expectation } from './continue.ts';
import { NodeRequest, type Reading } from './request.ts';
import { NodeResponse, type Sending } from './response.ts';
import { serverAdvisor } from './server-settings.ts';

/** A registry as what a server calls with its requests. */
export interface RegistryHandler extends Ending {
  /**
   * Serves a request. The promise settles when the response has left or the connection closed, and never rejects. What
   * lies outside `/v2` is left to `next`, whose promise is then the one that is given (Koa goes by it), and answered with 404 where
   * there is none.
   */
  (
    request: (IncomingMessage | Http2ServerRequest) & { readonly originalUrl?: string },
    response: ServerResponse | Http2ServerResponse,
    next?: () => unknown,
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
  attach<S extends Server | Http2Server | Http2SecureServer>(server: S): S;
  /**
   * Serves a `Request`: the same registry for what speaks fetch, as `createFetchHandler` of `stowage/fetch` has it alone.
   *
   * @example
   * import { createRegistryHandler } from 'stowage';
   * import { memoryDriver } from 'stowage/drivers/memory';
   *
   * const handler = createRegistryHandler(memoryDriver());
   * const { status } = await handler.fetch(new Request('http://registry/v2/'));
   */
  readonly fetch: FetchRegistry;
}

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
    attach: <S extends Server | Http2Server | Http2SecureServer>(server: S) => {
      if (!isServer(server)) throw notToAttachTo();
      const { mountPath = '', advise } = registry.settings;
      attachTo(server as Server, serve, { lifecycle: registry.lifecycle, mountPath }, advise);
      return server;
    },
    fetch: fetchFrom(registry),
    ...endingOf(registry),
  });
}

/** The door for fetch, imported with the first request: most hosts of `node:http` never use it. */
function fetchFrom(registry: Registry): FetchRegistry {
  let door: Promise<FetchRegistry> | undefined;
  return async (request: Request, context: object = {}) => {
    door ??= import('../fetch/handler.ts').then(({ serveFetch }) => serveFetch(registry));
    return (await door)(request, context);
  };
}

function serveFrom(registry: Registry): Serve {
  const { dispatch, report, lifecycle } = registry;
  const { mountPath, timeouts, trust, forwardedHeaders, logger, advise } = registry.settings;
  const adviseOnServer = serverAdvisor(advise, trust !== undefined);
  const adviseOnMount = mountAdvisor(advise);
  const advised = new WeakSet<object>();
  const underWay: UnderWay = new Map();
  registry.join(doorOf(underWay));

  const answer = async (asked: NodeRequest, response: NodeResponse): Promise<void> => {
    const reply = response.turn && !(await response.turn) ? neverBegun : await dispatch(asked);
    try {
      if (isVain(reply)) await response.abandon();
      else await response.send(reply, lifecycle.phase === 'open');
    } catch (err) {
      response.destroy();
      if (!isAbandoned(err))
        logger.error({ err, requestId: asked.requestId, method: asked.method, path: asked.path }, 'response aborted');
    }
    underWay.delete(response);
    if (!report) return;
    const sent = response.isBegun ? reply : vain(reply.about);
    report(responseEvent(asked, sent, { bytesIn: asked.received, bytesOut: response.sent, complete: response.isComplete }));
  };
  const reading: Reading = { expectation: undefined, pace: paceOf(registry.settings), trust, forwardedHeaders, advise };
  const sending: Sending = { expectation: undefined, responseIdle: timeouts.responseIdle, advise };

  return (request, response, next, waits) => {
    if (typeof response?.writeHead !== 'function') throw notOfNode(request);
    const target = locate(request, mountPath);
    const isOutside = !isApi(target.path);
    if (isOutside) adviseOnMount(wholePath(request));
    // Called outside the async function, so that what it throws reaches the host.
    if (next && isOutside) return settled(next());
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

/** Whether requests can be listened for. An app of a framework is called by its server, and never gets the listeners that it takes. */
const isServer = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && 'rawListeners' in value && 'listen' in value;

const notToAttachTo = (): TypeError =>
  new TypeError(
    'attach takes a server of node:http, https or http2: what app.listen() gives with Express, app.server with Fastify',
  );

function notOfNode(request: unknown): TypeError {
  const hint = isRequest(request) ? '; for a Request, call handler.fetch(request)' : '';
  return new TypeError(`the handler takes the request and the response of a server of node:http${hint}`);
}

/** What a host's `next` gives: a promise with some hosts, and nothing with most. */
const settled = (given: unknown): Promise<void> => Promise.resolve(given).then(ignore);

const ignore = (): void => {};
