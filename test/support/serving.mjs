// @ts-check
/** The built command line as a child process, for tests and scripts alike. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const program = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));

/**
 * Runs `stowage` with these words.
 * @param {readonly string[]} words
 * @returns {import('./serving.d.mts').Program}
 */
export function startProgram(words) {
  const child = spawn(process.execPath, [program, ...words], { stdio: ['ignore', 'pipe', 'pipe'] });
  const written = { stdout: '', stderr: '' };
  for (const name of /** @type {const} */ (['stdout', 'stderr'])) {
    child[name].setEncoding('utf8').on('data', (text) => {
      written[name] += text;
    });
  }
  const ended = once(child, 'close').then(([code, signal]) => ({ code, signal, ...written }));
  return { child, ended, written };
}

/**
 * Starts `stowage serve` on a free port and waits until it listens.
 * @param {readonly string[]} flags
 * @returns {Promise<import('./serving.d.mts').Served>}
 */
export async function startServer(flags) {
  const { child, ended, written } = startProgram(['serve', '--port', '0', ...flags]);
  const address = new Promise((resolve) => {
    child.stdout.on('data', () => {
      const [, found] = /^listening on (\S+)\n/m.exec(written.stdout) ?? [];
      if (found !== undefined) resolve(found);
    });
  });
  const early = ended.then(({ code, stderr }) => {
    throw new Error(`stowage serve ended with ${code} before it listened: ${stderr}`);
  });
  const host = await Promise.race([address, early]);
  early.catch(() => {});
  const end = (/** @type {NodeJS.Signals} */ signal = 'SIGTERM') => {
    child.kill(signal);
    return ended;
  };
  return { host, url: `http://${host}`, pid: /** @type {number} */ (child.pid), ended, end };
}
