/** The hosts, installed as users install them, and started. */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { hostOf } from '../../support/command.ts';
import { freePort } from '../../support/free-port.ts';
import { dependenciesIn, installBeside, nodeForHere, project } from '../../support/install-beside.ts';
import { hosts } from './hosts.ts';

const here = fileURLToPath(new URL('.', import.meta.url));
/** Where they are installed. */
export const folder = join(project, '.cache/hosts');

/** Installs the frameworks of package.json in this folder, where they are not there yet, and beside them the package as it is packed. */
export function installHosts(): void {
  // For frameworks that start on no older one.
  installBeside(folder, { ...dependenciesIn(here), node: nodeForHere('22.23.5') });
  for (const each of ['app.mjs', 'msw.mjs', 'nest-app.mjs', 'proxied.mjs', 'servers'])
    cpSync(join(here, each), join(folder, each), { recursive: true });
  const subject = ['-subj', '/CN=127.0.0.1', '-keyout', 'key.pem', '-out', 'certificate.pem'];
  const words = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', ...subject];
  execFileSync('openssl', words, { cwd: folder, stdio: 'ignore' });
}

/** A host that listens. */
export interface StartedHost {
  /** `http://127.0.0.1:5000` */
  readonly origin: string;
  /** Ends it; gives what it wrote to its error output, but for what it may. */
  end(): Promise<string>;
}

/**
 * Starts a host, and waits until it listens. Throws if it ends before it listens.
 * `options` are those of the registry, where the server of the host takes some.
 */
export async function startHost(name: string, options: object = {}): Promise<StartedHost> {
  const { command = [process.execPath], server = name, secure = false, says } = hosts[name] ?? {};
  const [program = '', ...words] = command;
  const env = {
    ...process.env,
    PATH: `${join(folder, 'node_modules/.bin')}:${process.env.PATH}`,
    OPTIONS: JSON.stringify(options),
    PROXY_PORT: String(await freePort()),
    NODE_NO_WARNINGS: '1',
    NEXT_TELEMETRY_DISABLED: '1',
  };
  const child = spawn(program, [...words, `servers/${server}.mjs`], { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] });
  let written = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    written += text;
  });
  const closed = once(child, 'close');
  const end = async (): Promise<string> => {
    child.kill();
    await closed;
    return says?.test(written.trim()) ? '' : written.trim();
  };
  try {
    return { origin: `${secure ? 'https' : 'http'}://${await hostOf(child)}`, end };
  } catch (error) {
    throw new Error(`it did not start, and wrote: ${await end()}`, { cause: error });
  }
}
