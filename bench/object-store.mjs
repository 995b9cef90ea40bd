// @ts-check
/** An object store in a process of its own, which remembers of large objects only how large they were. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const source = fileURLToPath(new URL('../test/s3/double.ts', import.meta.url));
const program = `
  import { startS3Double } from ${JSON.stringify(source)};
  const { origin, bucket, clientConfig } = await startS3Double({ longestKept: 65_536 });
  process.send({ origin, bucket, ...clientConfig });
  process.once('disconnect', () => process.exit());
`;

/** @typedef {{ origin: string, bucket: string, region: string, credentials: { accessKeyId: string, secretAccessKey: string } }} ObjectStore */

/**
 * Runs `body` beside a fresh store with one bucket.
 * @template T
 * @param {(store: ObjectStore) => Promise<T>} body
 * @returns {Promise<T>}
 */
export async function withObjectStore(body) {
  const folder = await mkdtemp(join(tmpdir(), 'stowage-bench-'));
  const outfile = join(folder, 'store.mjs');
  await build({ stdin: { contents: program, resolveDir: folder }, outfile, bundle: true, platform: 'node', format: 'esm' });
  const child = fork(outfile, { execArgv: [] });
  const closed = once(child, 'close');
  try {
    const [store] = await once(child, 'message');
    return await body(store);
  } finally {
    child.kill('SIGTERM');
    await closed;
    await rm(folder, { recursive: true });
  }
}
