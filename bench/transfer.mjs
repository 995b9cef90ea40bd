// @ts-check
/** Pushes and pulls blobs that are made as they are sent, and checked as they come. */
import { createHash, randomBytes } from 'node:crypto';
import { expectStatus, locationOf, open, withDigest } from '../test/support/client.ts';

/**
 * Pushes so many MiB by POST, one chunked PATCH and PUT; gives the digest.
 * @param {string} origin
 * @param {string} repo
 * @param {number} mebibytes
 */
export async function push(origin, repo, mebibytes) {
  const begun = await expectStatus(202, origin, { method: 'POST', path: `/v2/${repo}/blobs/uploads/` });
  const hash = createHash('sha256');
  const body = generate(mebibytes, hash);
  const appended = await expectStatus(202, origin, { method: 'PATCH', path: locationOf(begun), body });
  const digest = `sha256:${hash.digest('hex')}`;
  await expectStatus(201, origin, { method: 'PUT', path: withDigest(locationOf(appended), digest) });
  return digest;
}

/**
 * Pieces of 64 KiB, none like another.
 * @param {number} mebibytes
 * @param {import('node:crypto').Hash} hash
 */
async function* generate(mebibytes, hash) {
  const noise = randomBytes(65_536);
  for (let count = 0; count < mebibytes * 16; count += 1) {
    const piece = Buffer.from(noise);
    piece.writeUInt32LE(count);
    hash.update(piece);
    yield piece;
  }
}

/**
 * Pulls a blob and checks it.
 * @param {string} origin
 * @param {string} repo
 * @param {string} digest
 */
export async function pull(origin, repo, digest) {
  const response = await open(origin, { method: 'GET', path: `/v2/${repo}/blobs/${digest}` });
  const hash = createHash('sha256');
  for await (const piece of response) hash.update(piece);
  const found = `sha256:${hash.digest('hex')}`;
  if (found !== digest) throw new Error(`pulled ${found} instead of ${digest}, with status ${response.statusCode}`);
}
