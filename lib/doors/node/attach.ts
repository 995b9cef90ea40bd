/** The registry before everything else that a server answers. */
import type { IncomingMessage, Server, ServerResponse } from 'node:http';

/** Serves a request whose client may be waiting to be asked for the body; `next` takes what is not the registry's. */
export type Serve = (
  request: IncomingMessage,
  response: ServerResponse,
  next: (() => void) | undefined,
  waits: boolean,
) => Promise<void>;

/**
 * Listens to the requests of a server, those among them whose client waits to be asked for the body. The listeners that
 * it has are called for what is outside the API, in their order.
 */
export function attachTo<S extends Server>(server: S, serve: Serve): S {
  const earlier = takeOver(server, 'request');
  const earlierContinue = takeOver(server, 'checkContinue');
  server.on('request', (request, response) => serve(request, response, earlier && (() => earlier(request, response)), false));
  server.on('checkContinue', (request, response) => {
    // What Node does where nobody listens to this event.
    const ask =
      earlier &&
      (() => {
        response.writeContinue();
        earlier(request, response);
      });
    serve(request, response, earlierContinue ? () => earlierContinue(request, response) : ask, true);
  });
  return server;
}

type Listener = (request: IncomingMessage, response: ServerResponse) => void;

/** Takes the listeners of an event off a server, as one; undefined where there is none. */
function takeOver(server: Server, event: 'request' | 'checkContinue'): Listener | undefined {
  const listeners = server.rawListeners(event);
  server.removeAllListeners(event);
  if (listeners.length === 0) return undefined;
  return (request, response) => {
    for (const listener of listeners) listener.call(server, request, response);
  };
}
