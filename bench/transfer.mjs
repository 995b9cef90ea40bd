// @ts-check
/** Pushes and pulls blobs that are made as they are sent. */
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

const agent = new Agent({ keepAlive: true });

/**
 * @param {string} origin
 * @param {string} method
 * @param {string} path
 * @param {Record<string, string>} [headers]
 */
function open(origin, method, path, headers = {}) {
  return request(new URL(path, origin), { method, headers, agent });
}

/**
 * The response, which must have this status.
 * @param {import('node:http').ClientRequest} sent
 * @param {number} status
 * @returns {Promise<import('node:http').IncomingMessage>}
 */
async function expectStatus(sent, status) {
  const [response] = await once(sent, 'response');
  if (response.statusCode === status) return response;
  throw new Error(
    `${sent.method} ${sent.path}: ${response.statusCode}, not ${status}: ${await Readable.from(response).toArray()}`,
  );
}

/**
 * A request without a body whose answer has none; gives its Location.
 * @param {string} origin
 * @param {string} method
 * @param {string} path
 * @param {number} status
 */
async function exchange(origin, method, path, status) {
  const response = await expectStatus(open(origin, method, path, { 'content-length': '0' }).end(), status);
  response.resume();
  return response.headers.location ?? '';
}

/**
 * Pushes so many MiB by POST, one chunked PATCH and PUT; gives the digest.
 * @param {string} origin
 * @param {string} repo
 * @param {number} mebibytes
 */
export async function push(origin, repo, mebibytes) {
  const upload = await exchange(origin, 'POST', `/v2/${repo}/blobs/uploads/`, 202);
  const hash = createHash('sha256');
  const patch = open(origin, 'PATCH', upload, { 'content-type': 'application/octet-stream', 'transfer-encoding': 'chunked' });
  const [response] = await Promise.all([expectStatus(patch, 202), pipeline(generate(mebibytes, hash), patch)]);
  response.resume();
  const digest = `sha256:${hash.digest('hex')}`;
  const location = response.headers.location ?? '';
  await exchange(origin, 'PUT', `${location}${location.includes('?') ? '&' : '?'}digest=${digest}`, 201);
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
  const response = await expectStatus(open(origin, 'GET', `/v2/${repo}/blobs/${digest}`).end(), 200);
  const hash = createHash('sha256');
  for await (const piece of response) hash.update(piece);
  const found = `sha256:${hash.digest('hex')}`;
  if (found !== digest) throw new Error(`pulled ${found} instead of ${digest}`);
}
