/** A real Redis server of Debian, which is empty. */
import { join } from 'node:path';
import { createClient } from 'redis';
import { installPrograms } from '../debian.ts';
import { newFolder, startServerProcess } from './server-process.ts';

/** A server that answers. */
export interface RedisServer {
  /** What a client is made of. */
  readonly config: { readonly socket: { readonly path: string; readonly tls: false } };
  close(): Promise<void>;
}

/** Starts a server that listens on a socket in its folder only, and writes what it is told to a file; at once if it is `durable`. */
export async function startRedis({ durable }: { readonly durable: boolean }): Promise<RedisServer> {
  const program = installPrograms({ 'redis-server': 'redis-server' })['redis-server'];
  const folder = await newFolder('redis');
  const path = join(folder, 'socket');
  const config = { socket: { path, tls: false } } as const;
  const files = ['--port', '0', '--unixsocket', path, '--dir', folder, '--save', ''];
  const words = [...files, '--appendonly', 'yes', '--appendfsync', durable ? 'always' : 'everysec'];
  const server = await startServerProcess(folder, [program, ...words], () => answers(config));
  return { config, close: server.close };
}

async function answers(config: RedisServer['config']): Promise<boolean> {
  const client = createClient({ socket: { ...config.socket, reconnectStrategy: false } });
  // Before the server listens there is no socket.
  client.on('error', () => undefined);
  return client
    .connect()
    .then(() => client.ping())
    .then(
      () => client.close().then(() => true),
      () => false,
    );
}
