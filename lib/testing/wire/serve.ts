/** A registry behind a server of its own, for as long as something is done with it. */
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createRegistryHandler, type Driver, type RegistryOptions } from '../../index.ts';

/** Serves a driver on a free port of this machine; afterwards, no request is under way and nothing uses the driver. */
export async function served<T>(driver: Driver, options: RegistryOptions, use: (origin: string) => Promise<T>): Promise<T> {
  // Expiry would ask the driver when it is closed already.
  const handler = createRegistryHandler(driver, { uploadExpiry: false, ...options });
  const underWay: Promise<void>[] = [];
  const server = await listening((request, response) => void underWay.push(handler(request, response)));
  try {
    const { port } = server.address() as AddressInfo;
    return await use(`http://127.0.0.1:${port}`);
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    await Promise.all(underWay);
  }
}

function listening(listener: RequestListener): Promise<Server> {
  const server = createServer(listener);
  return new Promise((resolve, reject) => {
    server.once('error', reject).listen(0, '127.0.0.1', () => resolve(server));
  });
}
