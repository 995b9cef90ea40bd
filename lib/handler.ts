/** The door for `node:http` and everything that is built on it. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { dispatchTo } from './dispatch.ts';
import type { Driver } from './driver.ts';
import { type RegistryOptions, readOptions } from './options.ts';
import { readRequest } from './request.ts';
import { follow, send } from './response.ts';
import { isApi, locate } from './target.ts';

/**
 * Serves a request. The promise settles when the response has left or the connection closed, and never rejects. What
 * lies outside `/v2` is left to `next`, and answered with 404 where there is none.
 */
export type RegistryHandler = (
  request: IncomingMessage & { readonly originalUrl?: string },
  response: ServerResponse,
  next?: (error?: unknown) => void,
) => Promise<void>;

/**
 * Serves the registry API over a storage driver, in any server of `node:http`:
 * `createServer(createRegistryHandler(memoryDriver()))`, `app.use(createRegistryHandler(driver, options))`.
 * Throws a TypeError that lists everything that is wrong with the options.
 */
export function createRegistryHandler(driver: Driver, options: RegistryOptions = {}): RegistryHandler {
  const settings = readOptions(driver, options);
  const dispatch = dispatchTo(driver, settings);
  return async (request, response, next) => {
    const target = locate(request, settings.mountPath);
    if (next && !isApi(target.path)) return next();
    // A client that goes away is no fault; its errors would otherwise be nobody's and end the process.
    request.on('error', () => {});
    response.on('error', () => {});
    const course = follow(request, response);
    try {
      const reply = await dispatch(readRequest(request, target));
      if (reply) return await send(request, response, reply, course);
      response.destroy();
      return await course.end;
    } catch (err) {
      response.destroy();
      settings.logger.error({ err, method: request.method, path: target.path }, 'reply broke off');
    }
  };
}
