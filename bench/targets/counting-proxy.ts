/** A proxy that passes requests on as they are, their `Host` too, so that their signatures stay right; and writes their methods down. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, request as openRequest, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pipeline } from 'node:stream/promises';

/** A proxy that counts. */
export interface CountingProxy {
  readonly origin: string;
  /** Of the requests so far; a caller may empty it. */
  readonly methods: string[];
  close(): Promise<void>;
}

/** Starts one on a free port, before the server at `target`. */
export async function startCountingProxy(target: string): Promise<CountingProxy> {
  const { hostname, port } = new URL(target);
  const methods: string[] = [];
  const pass = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { method = '', url: path, headers } = request;
    methods.push(method);
    const passed = openRequest({ hostname, port, method, path, headers, agent: false });
    const [[reply]] = await Promise.all([once(passed, 'response') as Promise<[IncomingMessage]>, pipeline(request, passed)]);
    response.writeHead(reply.statusCode ?? 502, reply.headers);
    await pipeline(reply, response);
  };
  // What breaks here breaks the connection, and shows in the reply of whoever asked.
  const server = createServer((request, response) => void pass(request, response).catch(() => response.destroy()));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    methods,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
