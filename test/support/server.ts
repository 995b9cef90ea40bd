/** Servers on a free port of 127.0.0.1, for as long as a test needs them. */
import { once } from 'node:events';
import { createServer, type RequestListener, Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createRegistryHandler, type Driver, type RegistryOptions } from '../../lib/index.ts';

/** A server that accepts connections. `await using` closes it at the end of its block. */
export interface Listening extends AsyncDisposable {
  readonly server: Server;
  readonly port: number;
  /** `http://127.0.0.1:port` */
  readonly origin: string;
  /** Ends at once: also connections whose request hangs are broken. */
  close(): Promise<void>;
}

/** Starts a server, or a listener in a server of its own; resolves when it accepts connections. */
export async function listen(served: Server | RequestListener): Promise<Listening> {
  const server = served instanceof Server ? served : createServer({ requestTimeout: 0 }, served);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  const close = async (): Promise<void> => {
    if (!server.listening) return;
    const closed = once(server, 'close');
    server.close();
    server.closeAllConnections();
    await closed;
  };
  return { server, port, origin: `http://127.0.0.1:${port}`, close, [Symbol.asyncDispose]: close };
}

/**
 * A registry that listens. `await using` closes it and then waits until the handler is done with every request, so that
 * nothing uses the driver any more.
 */
export interface RunningRegistry extends Listening {
  /** One for each request, in the order in which they came: settles when the handler is done with it. */
  readonly requests: readonly Promise<void>[];
  /** The details of everything that was logged. */
  readonly logged: object[];
}

/** Starts a registry over a driver. It ends no abandoned uploads, unless the options say so. */
export async function startRegistry(driver: Driver, options: RegistryOptions = {}): Promise<RunningRegistry> {
  const requests: Promise<void>[] = [];
  const logged: object[] = [];
  const log = (details: object): void => void logged.push(details);
  const handler = createRegistryHandler(driver, { logger: { error: log, warn: log }, uploadExpiry: false, ...options });
  const listening = await listen((request, response) => void requests.push(handler(request, response)));
  const dispose = async (): Promise<void> => {
    await listening.close();
    await Promise.all(requests);
  };
  return { ...listening, requests, logged, [Symbol.asyncDispose]: dispose };
}
