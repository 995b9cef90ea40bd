/** A real PostgreSQL server of Debian, with an empty database. */
import { execFileSync } from 'node:child_process';
import { userInfo } from 'node:os';
import { dirname, join } from 'node:path';
import { Client, type ClientConfig } from 'pg';
import { installPrograms } from '../debian.ts';
import { type Account, newFolder, startServerProcess } from './server-process.ts';

/** A server that answers. */
export interface PostgresqlServer {
  /** What a client or a pool is made of. */
  readonly config: ClientConfig;
  close(): Promise<void>;
}

/**
 * Starts a server that listens on a socket in its folder only. A server that is not `durable` leaves out fsync, as nothing here loses
 * power; else it has the settings that PostgreSQL has by itself.
 */
export async function startPostgresql({ durable }: { readonly durable: boolean }): Promise<PostgresqlServer> {
  const { postgres } = installPrograms({ postgres: 'postgresql' });
  const account = serverAccount();
  const folder = await newFolder('postgresql', account);
  const data = join(folder, 'data');
  // The order of a language, as most installations have: a driver has to ask for that of bytes.
  const locale = ['--encoding=UTF8', '--locale=C.UTF-8', '--locale-provider=icu', '--icu-locale=en-US'];
  const words = ['--pgdata', data, '--username=stowage', '--auth=trust', '--no-sync', ...locale];
  execFileSync(join(dirname(postgres), 'initdb'), words, { cwd: folder, ...account, stdio: ['ignore', 'ignore', 'inherit'] });
  const config = { host: folder, user: 'stowage', database: 'postgres' };
  const settings = ['listen_addresses=', `unix_socket_directories=${folder}`, ...(durable ? [] : ['fsync=off'])];
  const command: [string, ...string[]] = [postgres, '-D', data, ...settings.flatMap((setting) => ['-c', setting])];
  const server = await startServerProcess(folder, command, () => answers(config), account);
  return { config, close: server.close };
}

/** The account that the server runs as: it refuses to be root. Undefined: that of this process. */
function serverAccount(): Account | undefined {
  if (userInfo().uid !== 0) return undefined;
  const id = (option: string): number => Number(execFileSync('id', [option, 'postgres'], { encoding: 'utf8' }));
  return { uid: id('-u'), gid: id('-g') };
}

async function answers(config: ClientConfig): Promise<boolean> {
  const client = new Client(config);
  // Before the server listens there is no socket; while it starts, it refuses.
  client.on('error', () => undefined);
  return client.connect().then(
    () => client.end().then(() => true),
    () => false,
  );
}
