/** Serves a registry on a free port for as long as a function runs. */
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createRegistryHandler, type Driver, type RegistryOptions } from '../../index.ts';
import { overrideDriver } from '../override-driver.ts';

/**
 * Serves a driver on a free port of 127.0.0.1 while `use` runs with the origin. When this settles the server is closed, no request
 * is in flight and nothing uses the driver.
 */
export async function withServer<T>(driver: Driver, options: RegistryOptions, use: (origin: string) => Promise<T>): Promise<T> {
  // Without expiry: its timer could call the driver after it is closed.
  const handler = createRegistryHandler(overrideDriver(driver, { uploads: { expire: undefined } }), options);
  const inFlight: Promise<void>[] = [];
  const server = await listen((request, response) => void inFlight.push(handler(request, response)));
  try {
    const { port } = server.address() as AddressInfo;
    return await use(`http://127.0.0.1:${port}`);
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    await Promise.all(inFlight);
  }
}

function listen(listener: RequestListener): Promise<Server> {
  const server = createServer(listener);
  return new Promise((resolve, reject) => {
    server.once('error', reject).listen(0, '127.0.0.1', () => resolve(server));
  });
}
