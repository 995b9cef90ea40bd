// @ts-check
/** Runs skopeo with nothing of this machine's own settings, and without credentials. */
import { execFile } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

/**
 * Gives a function that runs skopeo with its words and gives what it printed; it throws what skopeo wrote to stderr if that fails.
 * @param {string} program its path
 * @param {string} home a folder for its files, which is made
 */
export async function createSkopeo(program, home) {
  await mkdir(home, { recursive: true });
  const env = { PATH: process.env.PATH ?? '', HOME: home, XDG_RUNTIME_DIR: home, REGISTRY_AUTH_FILE: join(home, 'none.json') };
  return async (/** @type {string[]} */ ...words) => {
    const { stdout } = await promisify(execFile)(program, ['--insecure-policy', ...words], { env, timeout: 120_000 });
    return stdout;
  };
}
