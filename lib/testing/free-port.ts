/** A server on a free port of this machine alone, and its end. */
import type { AddressInfo, Server, Socket } from 'node:net';

/** Where a server listens, and its end. */
export interface Listening {
  readonly port: number;
  /** Takes no further connection, and breaks those that are there. */
  close(): Promise<void>;
}

/** Listens on a free port of 127.0.0.1. */
export async function listenOnFreePort(server: Server): Promise<Listening> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(0, '127.0.0.1', resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        // Node closes those that speak HTTP; one whose client has not finished its handshake of TLS does not yet.
        for (const socket of sockets) socket.destroy();
      }),
  };
}
