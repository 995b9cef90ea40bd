/** The door for everything that speaks fetch: a `Request` in, a `Response` out. */
import { isObject } from '../../checks/check.ts';
import type { Driver } from '../../driver.ts';
import { responseEvent } from '../../events/response.ts';
import type { RegistryOptions } from '../../options.ts';
import { createRegistry, type Registry } from '../../registry.ts';
import { errorFrom, isAbandoned, isVain, neverBegun, type Outgoing, releaseBody, vain, writeError } from '../../reply.ts';
import { isApi, locate, wholePath } from '../../routing/target.ts';
import { setTimeout } from '../../timers.ts';
import { type Ending, endingOf } from '../ending.ts';
import { paceOf } from '../inflow.ts';
import { mountAdvisor } from '../mount.ts';
import { doorOf, type UnderWay } from '../under-way.ts';
import { isRequest } from './is-request.ts';
import { peerIn } from './peer.ts';
import { FetchRequest, type Reading } from './request.ts';
import { gathered, Outflow } from './response.ts';

/** What a host may tell of a request. */
export interface FetchContext {
  /** The address that the request came from. What `Bun.serve` and `Deno.serve` hand over as their second argument says it, too. */
  readonly remoteAddress?: string | undefined;
  /** Gives undefined for what lies outside `/v2`, for a host that has other routes. Default: false, and that is answered with 404. */
  readonly passOn?: boolean | undefined;
}

/**
 * Serves a `Request`. Resolves when the reply has begun; its body comes at the pace at which it is read, and has to be read or
 * cancelled. Where the request's signal is aborted before, or its body breaks, the status is 499, which nobody hears but a test; where
 * the body stands still, it is 408. What the stream of a request's body has given is the registry's from then on, and nobody may write to it. Rejects with a
 * TypeError for what is no `Request`. The second argument of a host that knows nothing of this registry does no harm.
 */
export interface FetchRegistry {
  (request: Request, context?: FetchContext & { readonly passOn?: false | undefined }): Promise<Response>;
  (request: Request, context: FetchContext): Promise<Response | undefined>;
  (request: Request, context: object): Promise<Response>;
}

/** A registry as a function from a `Request` to a `Response`. `fetch` is the function itself, for hosts that look for that name. */
export interface FetchHandler extends FetchRegistry, Ending {
  readonly fetch: FetchRegistry;
}

/**
 * Serves the registry API over a storage driver, for hosts that speak fetch: `Bun.serve`, `Deno.serve`, routes of Next, Hono, a
 * mock of a registry without any socket. Nothing of `node:http` is loaded.
 *
 * @throws {TypeError} that lists everything that is wrong with the driver and the options
 * @example
 * import { memoryDriver } from 'stowage/drivers/memory';
 * import { createFetchHandler } from 'stowage/fetch';
 *
 * const registry = createFetchHandler(memoryDriver());
 * const response = await registry(new Request('http://registry/v2/'));
 */
export function createFetchHandler(driver: Driver, options: RegistryOptions = {}): FetchHandler {
  const registry = createRegistry(driver, options, 'createFetchHandler');
  const fetch = serveFetch(registry);
  return Object.assign(fetch, { fetch, ...endingOf(registry) });
}

/** The door for fetch to a registry, which may have other doors. */
export function serveFetch(registry: Registry): FetchRegistry {
  const { dispatch, report } = registry;
  const { mountPath, timeouts, trust, forwardedHeaders, logger, advise } = registry.settings;
  const adviseOnMount = mountAdvisor(advise);
  const reading: Reading = { pace: paceOf(registry.settings), trust, forwardedHeaders, advise };
  const underWay: UnderWay = new Map();
  registry.join(doorOf(underWay));

  const log = (err: unknown, { requestId, method, path }: FetchRequest, message: string): void => {
    if (!isAbandoned(err)) logger.error({ err, requestId, method, path }, message);
  };

  /** The reply as it is handed over: with a small body in memory, and in vain if the client has left before that. */
  const prepare = async (reply: Outgoing, asked: FetchRequest): Promise<Outgoing> => {
    const ready = await gathered(reply).catch((err) => {
      log(err, asked, 'request failed');
      return writeError(errorFrom(err), false, reply.about);
    });
    if (!isVain(ready) && !asked.wasAbandoned) return ready;
    await releaseBody(ready.body).catch((err) => log(err, asked, 'response aborted'));
    return { ...vain(reply.about), ...(asked.body.wasIdle ? timedOut : withoutWords) };
  };

  const answer = (asked: FetchRequest): Promise<Response> => {
    const { clientSignal: signal } = asked;
    const outflow = new Outflow(timeouts.responseIdle);
    const replied = (signal?.aborted ? Promise.resolve(neverBegun) : dispatch(asked)).then((reply) => prepare(reply, asked));
    const exchange = {
      cut: (): void => {
        asked.cut();
        outflow.cut();
      },
    };
    const end = async (): Promise<void> => {
      const reply = await replied;
      await outflow.ended;
      signal?.removeEventListener('abort', exchange.cut);
      if (signal?.aborted) asked.body.cancel();
      else if (asked.length !== 0) setTimeout(() => asked.body.cancel(), lingerMs).unref();
      underWay.delete(exchange);
      const { sent, isComplete, fault, status = reply.status } = outflow;
      if (fault !== undefined) log(fault, asked, 'response aborted');
      report?.(
        responseEvent(
          asked,
          { ...reply, status },
          { bytesIn: asked.received, bytesOut: sent, complete: isComplete && !isVain(reply) },
        ),
      );
    };
    signal?.addEventListener('abort', exchange.cut);
    if (signal?.aborted) exchange.cut();
    underWay.set(exchange, end());
    return replied.then((reply) => outflow.respond(reply, asked.requestId));
  };

  return async (request: Request, given?: unknown): Promise<Response> => {
    if (!isRequest(request)) throw notOfFetch();
    const target = locate({ url: request.url }, mountPath);
    const context: FetchContext = isObject(given) ? given : {};
    if (!isApi(target.path)) {
      adviseOnMount(wholePath({ url: request.url }));
      // The second signature says that undefined may come.
      if (context.passOn === true) return undefined as never;
    }
    return answer(new FetchRequest(request, target, peerIn(context, request), reading));
  };
}

/** How long a body that nobody reads stays after its reply, while the client may still be reading that. */
const lingerMs = 2_000;

/** What a client is told that has fallen silent: RFC 9110 section 15.5.9. */
const timedOut = { status: 408, headers: { 'Content-Length': '0' } };
const withoutWords = { headers: { 'Content-Length': '0' } };

const notOfFetch = (): TypeError =>
  new TypeError(
    'the registry takes a Request; for the request and the response of a server of node:http, call the handler that createRegistryHandler makes',
  );
