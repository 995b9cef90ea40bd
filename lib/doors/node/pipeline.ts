/**
 * HTTP pipelining: a client may send further requests before the response to the first has come (RFC 9112 section 9.3.2). Node
 * parses and hands over all of them at once. Here each begins when the response before it has ended, whoever sends that; those
 * behind a response that closes the connection never begin.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** How many requests wait on a connection before it is no longer read. */
const mostWaiting = 16;

/** What a request that waits hears: whether it is its turn, or the connection has closed. */
type Hear = (isTurn: boolean) => void;

/** The requests that wait on each connection. */
const connections = new WeakMap<Socket, Map<ServerResponse, Hear>>();

/** Waits until all responses before a queued one have ended. False if the connection closes before. */
export function turnOf({ socket }: IncomingMessage, response: ServerResponse): Promise<boolean> {
  return new Promise((resolve) => {
    if (socket.destroyed || response.destroyed) return resolve(false);
    const waiting = connections.get(socket) ?? open(socket);
    const hear: Hear = (isTurn) => {
      waiting.delete(response);
      if (waiting.size === 0 && socket.isPaused()) socket.resume();
      resolve(isTurn);
    };
    waiting.set(response, hear);
    // Node gives a response its socket when the one before has ended.
    response.once('socket', () => hear(true));
    response.once('close', () => hear(false));
    // Once all that came together is parsed: with each request, the parser has the socket go on.
    if (waiting.size >= mostWaiting) void Promise.resolve().then(() => waiting.size >= mostWaiting && socket.pause());
  });
}

/** A connection has one listener however many requests wait on it: a response that waits does not hear that it closes. */
function open(socket: Socket): Map<ServerResponse, Hear> {
  const waiting = new Map<ServerResponse, Hear>();
  connections.set(socket, waiting);
  socket.once('close', () => {
    for (const hear of waiting.values()) hear(false);
  });
  return waiting;
}
