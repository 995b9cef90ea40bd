// @ts-check
/** A registry that is not ours, from a Debian package, on storage of its own or in a folder that stays. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { installPrograms } from '../../support/debian.ts';

/**
 * Starts it on a free port, and waits until it listens.
 * @param {string} [storage] its `rootdirectory`, which stays when it ends
 */
export async function startAnotherRegistry(storage) {
  const program = installPrograms({ 'docker-registry': 'docker-registry' })['docker-registry'];
  const folder = await mkdtemp(join(tmpdir(), 'stowage-survey-'));
  const configuration = {
    version: '0.1',
    log: { level: 'info', accesslog: { disabled: true } },
    storage: { filesystem: { rootdirectory: storage ?? join(folder, 'storage') }, delete: { enabled: true } },
    http: { addr: '127.0.0.1:0' },
  };
  const path = join(folder, 'configuration.yml');
  // JSON is YAML.
  await writeFile(path, JSON.stringify(configuration));
  const child = spawn(program, ['serve', path], { stdio: ['ignore', 'ignore', 'pipe'] });
  const closed = once(child, 'close');
  const host = await hostOf(child.stderr);
  return {
    url: `http://${host}`,
    /** Ends it, and removes what it stored in no folder that stays. */
    async end() {
      child.kill();
      await closed;
      await rm(folder, { recursive: true });
    },
  };
}

/**
 * The address that a program logs when it listens. The log is read on, so that its writer never waits.
 * @param {import('node:stream').Readable} log
 * @returns {Promise<string>}
 */
function hostOf(log) {
  let text = '';
  return new Promise((resolve, reject) => {
    log.setEncoding('utf8').on('data', (piece) => {
      text += piece;
      const [, host] = /listening on (127\.0\.0\.1:\d+)/.exec(text) ?? [];
      if (host !== undefined) resolve(host);
    });
    log.on('close', () => reject(new Error(`it ended before it listened, and wrote: ${text}`)));
  });
}
