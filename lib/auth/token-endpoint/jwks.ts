/** Where a token service publishes its public keys: RFC 7517 section 5. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { KeyRing } from './key-ring.ts';
import { refusal, responseOf, type TokenReply, writeReply } from './replies.ts';

/** Gives out the public keys, to be mounted under a path of its own, whose URL is the `keys` of `bearer` in other processes. */
export interface KeySetEndpoint {
  /** Serves a request of `node:http`, whatever its path. */
  (request: IncomingMessage, response: ServerResponse): Promise<void>;
  /** Serves a `Request`. */
  readonly fetch: (request: Request) => Promise<Response>;
}

/** Serves the keys that hold at the moment. `failed` makes an answer of what the host's function threw. */
export function keySetEndpoint({ published }: KeyRing, failed: (error: unknown) => TokenReply): KeySetEndpoint {
  const answer = async (method = 'GET'): Promise<TokenReply> => {
    if (method !== 'GET' && method !== 'HEAD')
      return refusal(405, 'UNSUPPORTED', 'keys are asked for with GET', { Allow: 'GET, HEAD' });
    try {
      return { status: 200, headers: keptFor, json: { keys: await published() } };
    } catch (error) {
      return failed(error);
    }
  };
  return Object.assign(
    async (request: IncomingMessage, response: ServerResponse) => writeReply(request, response, await answer(request.method)),
    { fetch: async ({ method }: Request) => responseOf(method, await answer(method)) },
  );
}

/** A key that is published before it signs is known everywhere by then. */
const keptFor = { 'Content-Type': 'application/jwk-set+json', 'Cache-Control': 'public, max-age=60' };
