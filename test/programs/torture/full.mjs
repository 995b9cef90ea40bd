// @ts-check
/** A registry on a disk that is really full: 507 for what needs room, everything else as ever, and it recovers by itself. */
import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { digestOf } from '../../support/client.ts';
import { startServer } from '../../support/command.ts';
import { contentOf } from '../../support/random.ts';
import { clientOf } from './client.mjs';

const megabyte = 1024 * 1024;
const pushes = 200;

/** @param {string} seed */
export async function full(seed) {
  const place = await mkdtemp(join(tmpdir(), 'stowage-full-'));
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=8m', 'tmpfs', place]);
  if (mounted.status !== 0) {
    console.log(`a full disk: skipped, no tmpfs can be mounted here: ${String(mounted.stderr ?? mounted.error).trim()}`);
    await rm(place, { recursive: true });
    return { passed: 0, failed: 0 };
  }
  try {
    return await fill(place, seed);
  } finally {
    spawnSync('umount', [place]);
    await rm(place, { recursive: true });
  }
}

/**
 * @param {string} place
 * @param {string} seed
 */
async function fill(place, seed) {
  const ballast = join(place, 'ballast');
  const root = join(place, 'registry');
  await mkdir(root);
  await writeFile(ballast, Buffer.alloc(4 * megabyte));
  const server = await startServer(['--root', root]);
  const { send, close } = clientOf(server.url);
  const push = (/** @type {string} */ name, /** @type {number} */ size) => {
    const bytes = contentOf(`${seed} ${name}`, size);
    return send('POST', `/v2/full/blobs/uploads/?digest=${digestOf(bytes)}`, { body: bytes });
  };
  const first = await push('first', 100_000);
  const statuses = [];
  for (let count = 0; count < pushes; count += 1) statuses.push((await push(`much ${count}`, 5 * megabyte)).status);
  const pulled = await send('GET', `/v2/full/blobs/${digestOf(contentOf(`${seed} first`, 100_000))}`);
  close();
  const { code } = await server.end();
  await writeFile(join(place, 'rest'), Buffer.alloc(8 * megabyte)).catch(() => {}); // to the last byte
  const deleted = await restarted(root, digestOf(contentOf(`${seed} first`, 100_000)));
  await rm(ballast);
  const last = await startServer(['--root', root]);
  const client = clientOf(last.url);
  const bytes = contentOf(`${seed} later`, 3 * megabyte);
  const later = await client.send('POST', `/v2/full/blobs/uploads/?digest=${digestOf(bytes)}`, { body: bytes });
  client.close();
  await last.end();
  const told = statuses.filter((status) => status === 507).length;
  console.log(
    `a full disk: ${told} of ${pushes} pushes got 507; then a pull ${pulled.status}; of a server that was started on it a pull ${deleted[0]}, a push ${deleted[1]} and a deletion ${deleted[2]}; and with room again a push ${later.status}`,
  );
  const restarts = deleted.join() === '200,507,202';
  const checks = [first.status === 201, told === pushes, pulled.status === 200, restarts, later.status === 201, code === 0];
  const passed = checks.filter(Boolean).length;
  return { passed, failed: checks.length - passed };
}

/**
 * Starts a server on the full disk; gives the statuses of a pull, of a push and of a deletion. An upload that has no bytes yet needs no
 * room.
 *
 * @param {string} root
 * @param {string} digest
 */
async function restarted(root, digest) {
  const server = await startServer(['--root', root]);
  const { send, close } = clientOf(server.url);
  const path = `/v2/full/blobs/${digest}`;
  const { status: pulled } = await send('GET', path);
  const bytes = contentOf('more', 100_000);
  const { status: pushed } = await send('POST', `/v2/full/blobs/uploads/?digest=${digestOf(bytes)}`, { body: bytes });
  const { status: deleted } = await send('DELETE', path);
  close();
  await server.end();
  return [pulled, pushed, deleted];
}
