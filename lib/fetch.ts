/**
 * The registry for hosts that speak fetch: nothing of `node:http` is loaded.
 *
 * @module stowage/fetch
 */
export { createFetchHandler, type FetchContext, type FetchHandler, type FetchRegistry } from './doors/fetch/handler.ts';
