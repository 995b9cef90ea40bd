/** Binds the server to a host and a port, and sets its timeouts. */
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { messageOf, StartError } from './start-error.ts';

/** Idle timeout of a connection in the middle of a request: long enough for slow storage and slow networks. */
const idleTimeoutMilliseconds = 300_000;
/**
 * Idle timeout of a connection between two requests: longer than the 60 seconds of usual proxies. A server that closes first can
 * meet a request that is on its way, which the proxy then answers with 502.
 */
const keepAliveMilliseconds = 75_000;

/** Listens; gives the bound address. Throws a {@link StartError} that says what to change. */
export async function listen(server: Server, host: string, port: number, flag = '--port'): Promise<AddressInfo> {
  // The default, five minutes for a whole request, would cut every longer upload even while bytes arrive.
  server.requestTimeout = 0;
  server.timeout = idleTimeoutMilliseconds;
  server.keepAliveTimeout = keepAliveMilliseconds;
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(new StartError(explain(error, host, port, flag))));
    server.listen(port, host, resolve);
  });
  return server.address() as AddressInfo;
}

function explain(error: NodeJS.ErrnoException, host: string, port: number, flag: string): string {
  const where = `${host} port ${port}`;
  if (error.code === 'EADDRINUSE') return `${where} is in use; choose another with ${flag}, or ${flag} 0 for any free one`;
  if (error.code === 'EACCES') return `${where} needs more rights than this process has; choose a ${flag} above 1023`;
  return `cannot listen on ${where}: ${messageOf(error)}`;
}
