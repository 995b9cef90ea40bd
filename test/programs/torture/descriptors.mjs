// @ts-check
/** A registry that may open 64 files: it says 503 while they are in use, and serves again when they are not. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { digestOf } from '../../support/client.ts';
import { hostOf } from '../../support/command.ts';
import { contentOf } from '../../support/random.ts';
import { clientOf, inChunks } from './client.mjs';

const program = fileURLToPath(new URL('../../../dist/cli.js', import.meta.url));
const clients = 24;
const rounds = 10;
/** What is left of a refused body of this size is read, so that its connection goes on: one that is made while no descriptor is free is dropped. */
const bodyBytes = 60_000;

/** @param {string} seed */
export async function limited(seed) {
  const root = await mkdtemp(join(tmpdir(), 'stowage-descriptors-'));
  const words = ['-c', 'ulimit -n 64 && exec "$0" "$@"', process.execPath, program, 'serve', '--port', '0', '--root', root];
  const child = spawn('bash', words, { stdio: ['ignore', 'pipe', 'ignore'] });
  try {
    const url = `http://${await hostOf(child)}`;
    const { send, close } = clientOf(url);
    /** @type {Map<string, number>} */
    const seen = new Map();
    const push = async (/** @type {string} */ name) => {
      const bytes = contentOf(`${seed} ${name}`, bodyBytes);
      const half = bytes.length >> 1;
      const body = inChunks(bytes.subarray(0, half), bytes.subarray(half));
      return send('POST', `/v2/few/blobs/uploads/?digest=${digestOf(bytes)}`, { body }).then(
        ({ status, headers }) =>
          status === 503 && headers['retry-after'] === undefined ? '503 without Retry-After' : String(status),
        () => 'no answer',
      );
    };
    await Promise.all(Array.from({ length: clients }, () => send('GET', '/v2/')));
    for (let round = 0; round < rounds; round += 1) {
      const answers = await Promise.all(Array.from({ length: clients }, (_, client) => push(`${round} ${client}`)));
      for (const answer of answers) seen.set(answer, (seen.get(answer) ?? 0) + 1);
    }
    close();
    const fresh = clientOf(url);
    const bytes = contentOf(`${seed} later`, bodyBytes);
    const later = await fresh.send('POST', `/v2/few/blobs/uploads/?digest=${digestOf(bytes)}`, { body: bytes });
    fresh.close();
    const figures = [...seen].map(([answer, count]) => `${count} × ${answer}`).join(', ');
    console.log(`few descriptors: ${figures}; and when it is quiet again, a push gets ${later.status}`);
    const others = [...seen.keys()].filter((answer) => !['201', '503'].includes(answer));
    const checks = [later.status === 201, others.length === 0, (seen.get('503') ?? 0) > 0];
    const passed = checks.filter(Boolean).length;
    return { passed, failed: checks.length - passed };
  } finally {
    child.kill('SIGTERM');
    if (child.exitCode === null) await once(child, 'exit');
    await rm(root, { recursive: true, force: true });
  }
}
