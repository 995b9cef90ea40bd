// @ts-check
/** A registry in a process of its own, and the memory that it takes. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startS3DoubleApart } from '../test/support/s3/apart.mjs';

const program = fileURLToPath(new URL('../dist/cli.js', import.meta.url));

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
 * Runs `body` against a registry in a fresh bucket, which remembers of large objects only how large they were.
 * @template T
 * @param {(server: Server) => Promise<T>} body
 * @returns {Promise<T>}
 */
export async function withServerInBucket(body) {
  const store = await startS3DoubleApart({ longestKept: 65_536 });
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
 * @param {string[]} words
 * @param {Record<string, string>} environment
 * @param {(server: Server) => Promise<T>} body
 * @returns {Promise<T>}
 */
async function serving(words, environment, body) {
  const child = spawn(process.execPath, [program, 'serve', '--port', '0', ...words], {
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const closed = once(child, 'close');
  try {
    const origin = await Promise.race([originOf(child.stdout), closed.then(() => Promise.reject(new Error('the server ended')))]);
    return await body({ origin, memory: memoryOf(/** @type {number} */ (child.pid)) });
  } finally {
    child.kill('SIGTERM');
    await closed;
  }
}

/**
 * Where a server says that it listens.
 * @param {import('node:stream').Readable} stdout
 * @returns {Promise<string>}
 */
async function originOf(stdout) {
  let text = '';
  for await (const part of stdout.setEncoding('utf8').iterator({ destroyOnReturn: false })) {
    text += part;
    const [, host] = /^listening on (\S+)\n/.exec(text) ?? [];
    if (host !== undefined) return `http://${host}`;
  }
  throw new Error(`the server did not say where it listens: ${text}`);
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
