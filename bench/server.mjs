// @ts-check
/** A registry in a process of its own, and the memory that it takes. */
import { readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { smallestPart } from '../drivers/s3/part-plan.ts';
import { startServer } from '../test/support/command.ts';
import { startS3DoubleApart } from '../test/support/s3/apart.ts';

/** @typedef {{ origin: string, memory: ReturnType<typeof memoryOf> }} Server */

/**
 * Runs `body` against a fresh registry on the fs driver, and removes all that it stored.
 * @template T
 * @param {(server: Server) => Promise<T>} body
 * @returns {Promise<T>}
 */
export async function withServer(body) {
  const root = await mkdtemp(join(tmpdir(), 'stowage-bench-'));
  try {
    return await serving(['--root', root], {}, body);
  } finally {
    await rm(root, { recursive: true });
  }
}

/**
 * Runs `body` against a registry in a fresh bucket, which remembers of large objects only how large they were. What is smaller than a
 * part may be read back: the driver keeps it there while it has no buffer for it.
 * @template T
 * @param {(server: Server) => Promise<T>} body
 * @returns {Promise<T>}
 */
export async function withServerInBucket(body) {
  const store = await startS3DoubleApart({ longestKept: smallestPart - 1 });
  const { region, credentials } = store.clientConfig;
  const words = ['--driver', 's3', '--bucket', store.bucket, '--endpoint', store.origin];
  const { accessKeyId, secretAccessKey } = credentials;
  const environment = { AWS_REGION: region, AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey };
  try {
    return await serving(words, environment, body);
  } finally {
    await store.close();
  }
}

/**
 * @template T
 * @param {string[]} flags
 * @param {Record<string, string>} environment
 * @param {(server: Server) => Promise<T>} body
 * @returns {Promise<T>}
 */
async function serving(flags, environment, body) {
  const server = await startServer(flags, { ...process.env, ...environment });
  try {
    return await body({ origin: server.url, memory: memoryOf(server.pid) });
  } finally {
    const { stderr } = await server.end();
    process.stderr.write(stderr);
  }
}

/**
 * The memory of a process as Linux counts it, in MiB.
 * @param {number} pid
 */
function memoryOf(pid) {
  const read = (/** @type {string} */ field) => {
    const [, kilobytes] = new RegExp(`^${field}:\\s+([0-9]+) kB$`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
    if (kilobytes === undefined) throw new Error(`/proc/${pid}/status has no ${field}`);
    return Number(kilobytes) / 1024;
  };
  return {
    /** What is resident now. */
    now: () => read('VmRSS'),
    /** The most that was resident since the last reset. */
    peak: () => read('VmHWM'),
    reset: () => writeFileSync(`/proc/${pid}/clear_refs`, '5'),
  };
}
