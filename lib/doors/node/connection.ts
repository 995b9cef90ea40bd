/** The end of a connection, for everything that waits on it. */
import type { Socket } from 'node:net';

const waiting = new WeakMap<Socket, Set<() => void>>();

/**
 * Calls back once when the connection closes, or at once if it has; gives a way to call it off. A connection has one
 * listener however many requests are queued on it: a response whose turn has not come hears nothing of its end.
 */
export function whenClosed(socket: Socket, call: () => void): () => void {
  if (socket.destroyed) call();
  const calls = waiting.get(socket) ?? new Set();
  if (!waiting.has(socket)) {
    waiting.set(socket, calls);
    socket.once('close', () => {
      for (const each of calls) each();
    });
  }
  calls.add(call);
  return () => calls.delete(call);
}
