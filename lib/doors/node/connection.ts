/** The end of a connection, for the responses that are queued on it. */
import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

const queued = new WeakMap<Socket, Map<ServerResponse, () => void>>();

/**
 * Calls back when the connection closes, or at once if it has, unless the response ended before. A connection has one
 * listener however many requests are queued on it.
 */
export function whenClosed(socket: Socket, response: ServerResponse, call: () => void): void {
  if (socket.destroyed) {
    call();
    return;
  }
  const calls = queued.get(socket) ?? new Map<ServerResponse, () => void>();
  if (!queued.has(socket)) {
    queued.set(socket, calls);
    socket.once('close', () => {
      for (const each of calls.values()) each();
    });
  }
  calls.set(response, call);
  response.once('close', () => calls.delete(response));
}
