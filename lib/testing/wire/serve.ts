/** Serves a registry on a free port for as long as a function runs. */
import { createServer } from 'node:http';
import { createRegistryHandler, type Driver, type RegistryOptions } from '../../index.ts';
import { listenOnFreePort } from '../free-port.ts';
import { overrideDriver } from '../override-driver.ts';

/**
 * Serves a driver on a free port of 127.0.0.1 while `use` runs with the origin. When this settles the server is closed, no request
 * is in flight and nothing uses the driver.
 */
export async function withServer<T>(driver: Driver, options: RegistryOptions, use: (origin: string) => Promise<T>): Promise<T> {
  // Without expiry: its timer could call the driver after it is closed.
  const handler = createRegistryHandler(overrideDriver(driver, { uploads: { expire: undefined } }), options);
  const inFlight: Promise<void>[] = [];
  const server = await listenOnFreePort(createServer((request, response) => void inFlight.push(handler(request, response))));
  try {
    return await use(`http://127.0.0.1:${server.port}`);
  } finally {
    await server.close();
    await Promise.all(inFlight);
  }
}
