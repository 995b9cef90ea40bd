/** The door for `node:http` and everything that is built on it. */
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { dispatchTo } from '../../dispatch.ts';
import type { Driver } from '../../driver.ts';
import { type RegistryOptions, readOptions } from '../../options.ts';
import { isApi, locate, type Target } from '../../routing/target.ts';
import { attachTo, type Serve } from './attach.ts';
import { expectationOf } from './continue.ts';
import { readRequest } from './request.ts';
import { follow, send } from './response.ts';
import { hostAdvisor } from './server-settings.ts';

/** A registry as what a server calls with its requests. */
export interface RegistryHandler {
  /**
   * Serves a request. The promise settles when the response has left or the connection closed, and never rejects. What
   * lies outside `/v2` is left to `next`, and answered with 404 where there is none.
   */
  (
    request: IncomingMessage & { readonly originalUrl?: string },
    response: ServerResponse,
    next?: (error?: unknown) => void,
  ): Promise<void>;
  /**
   * Makes a server ask this handler first: `handler.attach(createServer(app))`. The listeners for requests that the
   * server has by then get what lies outside `/v2`; where there are none, that is answered with 404. Clients that send
   * `Expect: 100-continue` are asked for a body only when it is wanted, and otherwise get their refusal before it.
   * Gives back the server.
   */
  attach<S extends Server>(server: S): S;
}

/**
 * Serves the registry API over a storage driver, in any server of `node:http`:
 * `createServer(createRegistryHandler(memoryDriver()))`, `app.use(createRegistryHandler(driver, options))`.
 * Throws a TypeError that lists everything that is wrong with the options.
 */
export function createRegistryHandler(driver: Driver, options: RegistryOptions = {}): RegistryHandler {
  const serve = servingFrom(driver, options);
  const handle: (...given: Parameters<RegistryHandler>) => Promise<void> = (request, response, next) =>
    serve(request, response, next, false);
  return Object.assign(handle, { attach: <S extends Server>(server: S) => attachTo(server, serve) });
}

function servingFrom(driver: Driver, options: RegistryOptions): Serve {
  const settings = readOptions(driver, options);
  const { mountPath, timeouts, trust, logger } = settings;
  const dispatch = dispatchTo(driver, settings);
  const advise = hostAdvisor(logger);

  const answer = async (request: IncomingMessage, response: ServerResponse, target: Target, waits: boolean): Promise<void> => {
    // A client that goes away is no fault; its errors would otherwise be nobody's and end the process.
    request.on('error', () => {});
    response.on('error', () => {});
    const course = follow(request, response);
    const expectation = expectationOf(response, waits);
    try {
      advise(request);
      const reply = await dispatch(readRequest(request, target, { expectation, bodyIdle: timeouts.bodyIdle, trust }));
      if (reply) return await send({ request, response, course, expectation, responseIdle: timeouts.responseIdle }, reply);
      response.destroy();
      return await course.end;
    } catch (err) {
      response.destroy();
      logger.error({ err, method: request.method, path: target.path }, 'reply broke off');
    }
  };
  // What the host's own code throws is the host's, and no rejection of ours.
  return (request, response, next, waits) => {
    const target = locate(request, mountPath);
    if (!next || isApi(target.path)) return answer(request, response, target, waits);
    next();
    return Promise.resolve();
  };
}
