/** The registry before everything else that a server answers. */
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Advice, Advise } from '../../options/advice.ts';
import { behindAnother, type Mounted, takesAllOf } from './behind-another.ts';

/** Serves a request. `waits`: its client sent `Expect: 100-continue` and got no answer yet. `next` takes what is outside the API. */
export type Serve = (
  request: IncomingMessage,
  response: ServerResponse,
  next: (() => unknown) | undefined,
  waits: boolean,
) => Promise<void>;

/**
 * Replaces the listeners of a server for `request` and for `checkContinue` (requests with `Expect: 100-continue`). The replaced
 * ones are called, in their order, for requests outside the API.
 */
export function attachTo(server: Server, serve: Serve, mounted: Mounted, advise: Advise): void {
  const others = server.rawListeners('request').map((listener) => mountedBy.get(listener));
  if (others.some((other) => other && takesAllOf(mounted, other))) advise(behindAnother);
  const earlier = takeOver(server, 'request');
  const earlierContinue = takeOver(server, 'checkContinue');
  const listener: Listener = (request, response) => {
    if (server.listenerCount('request') > 1) advise(another);
    serve(request, response, earlier && (() => earlier(request, response)), false);
  };
  mountedBy.set(listener, mounted);
  server.on('request', listener);
  server.on('checkContinue', (request, response) => {
    // Node's own answer to an event without listeners.
    const ask =
      earlier &&
      (() => {
        response.writeContinue();
        earlier(request, response);
      });
    serve(request, response, earlierContinue ? () => earlierContinue(request, response) : ask, true);
  });
}

/** The registries whose listeners these are. */
const mountedBy = new WeakMap<object, Mounted>();

const another: Advice = {
  setting: 'attach',
  message:
    'the server has got another listener for requests since the registry was attached: both are called, and the one that answers first is the one that is heard; attach the registry after everything else',
};

type Listener = (request: IncomingMessage, response: ServerResponse) => void;

/** Removes the listeners of an event from a server, and gives them as one; undefined if there is none. */
function takeOver(server: Server, event: 'request' | 'checkContinue'): Listener | undefined {
  const listeners = server.rawListeners(event);
  server.removeAllListeners(event);
  if (listeners.length === 0) return undefined;
  return (request, response) => {
    for (const listener of listeners) listener.call(server, request, response);
  };
}
