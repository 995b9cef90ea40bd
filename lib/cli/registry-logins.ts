/** Logins to registries, in the file that `docker login`, `skopeo login` and their like write. */
import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { isObject } from '../checks/check.ts';
import type { Credentials } from '../transfer/index.ts';
import { messageOf, StartError } from './start-error.ts';
import type { Variables } from './variables.ts';

/** What Docker Hub is called in the file. */
const hub = 'https://index.docker.io/v1/';

/**
 * The login for a registry, from the file that `REGISTRY_AUTH_FILE` names, or that of docker; undefined if there is none. Helpers that keep
 * passwords elsewhere are not asked. Throws a {@link StartError} for a file that cannot be read.
 */
export async function readLogin(host: string, variables: Variables): Promise<Credentials | undefined> {
  const folder = variables.DOCKER_CONFIG || join(variables.HOME || homedir(), '.docker');
  const file = variables.REGISTRY_AUTH_FILE || join(folder, 'config.json');
  const logins = await readLogins(file);
  const login = logins[host] ?? (host === 'docker.io' ? logins[hub] : undefined);
  const text = isObject(login) && typeof login.auth === 'string' ? Buffer.from(login.auth, 'base64').toString() : '';
  const [, username, password] = /^([^:]+):(.*)$/s.exec(text) ?? [];
  return username === undefined || password === undefined ? undefined : { username, password };
}

async function readLogins(file: string): Promise<Readonly<Record<string, unknown>>> {
  try {
    const config: unknown = JSON.parse(await readFile(file, 'utf8'));
    return isObject(config) && isObject(config.auths) ? config.auths : {};
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return {};
    // What cannot be parsed is not repeated: it has passwords.
    throw new StartError(
      `cannot read the logins in ${file}: ${error instanceof SyntaxError ? 'it is no JSON' : messageOf(error)}`,
    );
  }
}
