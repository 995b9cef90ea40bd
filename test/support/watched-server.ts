/** Registries on ports of their own, whose every request is watched to its end. */
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { createRegistryHandler, type Driver, type RegistryOptions } from '../../lib/index.ts';

/** A registry that listens. */
export interface Running {
  readonly server: Server;
  readonly port: number;
  /** One entry for each request: settles with it. */
  readonly settled: Promise<void>[];
  /** The details of everything that was logged. */
  readonly logged: object[];
}

const running: Running[] = [];

/** Serves a driver until {@link closeAll}. */
export async function serve(driver: Driver, options: RegistryOptions = {}): Promise<Running> {
  const settled: Promise<void>[] = [];
  const logged: object[] = [];
  const note = (details: object) => logged.push(details);
  const handler = createRegistryHandler(driver, { logger: { error: note, warn: note }, ...options });
  const server = createServer({ requestTimeout: 0 }, (request, response) => {
    settled.push(handler(request, response));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const started = { server, port: (server.address() as AddressInfo).port, settled, logged };
  running.push(started);
  return started;
}

/** Closes every registry, and waits for all its requests; gives the registries. */
export async function closeAll(): Promise<readonly Running[]> {
  const closing = running.splice(0);
  for (const { server, settled } of closing) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    await Promise.all(settled);
  }
  return closing;
}

/** Sends a text as it is; errors of the socket are what such tests are about. */
export async function raw(port: number, text: string): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => {});
  await once(socket, 'connect');
  socket.write(text);
  return socket;
}
