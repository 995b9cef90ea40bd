// @ts-check
/** The double in a process of its own, where what is measured is the memory of its user. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const source = fileURLToPath(new URL('./double.ts', import.meta.url));

/** Its calls are forgotten: nobody can ask for them. */
const program = `
  import { startS3Double } from ${JSON.stringify(source)};
  process.once('message', async (options) => {
    const { origin, bucket, clientConfig, calls } = await startS3Double(options);
    setInterval(() => calls.splice(0), 1000);
    process.send({ origin, bucket, clientConfig });
  });
  process.once('disconnect', () => process.exit());
`;

/**
 * Starts a double.
 * @param {import('./apart.d.mts').Options} [options]
 * @returns {Promise<import('./gateway.d.mts').Gateway>}
 */
export async function startS3DoubleApart(options = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'stowage-double-'));
  const outfile = join(folder, 'double.mjs');
  await build({ stdin: { contents: program, resolveDir: folder }, outfile, bundle: true, platform: 'node', format: 'esm' });
  const child = fork(outfile, { execArgv: [] });
  const closed = once(child, 'close');
  child.send(options);
  const [told] = await Promise.race([
    once(child, 'message'),
    closed.then(([code]) => Promise.reject(new Error(`the double ended with ${code} before it listened`))),
  ]);
  return {
    ...told,
    close: async () => {
      child.kill('SIGTERM');
      await closed;
      await rm(folder, { recursive: true });
    },
  };
}
