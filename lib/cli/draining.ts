/** A server that can drain: stop listening, answer the requests in flight, then close their connections. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { Server as NetServer, type Socket } from 'node:net';
import type { SecureContextOptions } from 'node:tls';

/** Answers one request; settles when all work for it is done. */
export type Answer = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

/** A server that can be drained. */
export interface DrainingServer {
  readonly server: Server;
  /** The number of requests in flight. */
  pending(): number;
  /** Stops listening and closes idle connections; resolves when the last request is answered and its connection closed. */
  drain(): Promise<void>;
  /** Closes every connection now; resolves when `answer` has settled for all of them. */
  cut(): Promise<void>;
}

/** Creates a server, with TLS where there is a certificate, that answers with `answer` and tracks which connections have requests in flight. */
export function createDrainingServer(answer: Answer, tls?: SecureContextOptions): DrainingServer {
  const unanswered = new Map<Socket, Set<ServerResponse>>();
  const answers = new Set<Promise<void>>();
  let draining = false;

  const receive = (request: IncomingMessage, response: ServerResponse): void => {
    const { socket } = request;
    unanswered.get(socket)?.add(response);
    if (draining) response.shouldKeepAlive = false;
    response.once('close', () => {
      unanswered.get(socket)?.delete(response);
      closeIfIdle(socket);
    });
    const answered = answer(request, response).finally(() => answers.delete(answered));
    answers.add(answered);
  };
  const server = tls ? createSecureServer(tls, receive) : createServer(receive);
  const handshakes = tls ? handshakesOf(server) : undefined;
  // With TLS, a request knows the socket that is made of the connection once its handshake is done.
  server.on(tls ? 'secureConnection' : 'connection', (socket: Socket) => {
    unanswered.set(socket, new Set());
    socket.once('close', () => unanswered.delete(socket));
    closeIfIdle(socket);
  });

  return { server, pending: () => answers.size, drain, cut };

  function closeIfIdle(socket: Socket): void {
    if (draining && unanswered.get(socket)?.size === 0) socket.destroySoon();
  }

  async function drain(): Promise<void> {
    draining = true;
    for (const response of [...unanswered.values()].flatMap((responses) => [...responses])) response.shouldKeepAlive = false;
    for (const socket of unanswered.keys()) closeIfIdle(socket);
    for (const socket of handshakes?.values() ?? []) socket.destroy();
    // Not http.Server.close(): it also destroys connections whose last reply is written but not yet sent.
    await new Promise((resolve) => NetServer.prototype.close.call(server, resolve));
    await Promise.allSettled(answers);
  }

  async function cut(): Promise<void> {
    for (const socket of [...unanswered.keys(), ...(handshakes?.values() ?? [])]) socket.destroy();
    await Promise.allSettled(answers);
  }
}

/** The connections whose TLS handshake is not done, by what they have in common with the socket that it makes. */
function handshakesOf(server: Server): ReadonlyMap<string, Socket> {
  const handshakes = new Map<string, Socket>();
  server.on('connection', (socket: Socket) => {
    const peer = peerOf(socket);
    handshakes.set(peer, socket);
    socket.once('close', () => handshakes.delete(peer));
  });
  server.on('secureConnection', (socket: Socket) => handshakes.delete(peerOf(socket)));
  return handshakes;
}

const peerOf = ({ remoteAddress, remotePort }: Socket): string => `${remoteAddress} ${remotePort}`;
