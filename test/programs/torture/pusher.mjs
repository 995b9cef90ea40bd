// @ts-check
/** A client that pushes until the registry dies under it, and writes down what was acknowledged. */
import { imageType } from '../../../lib/testing/exchanges/given.ts';
import { digestOf, locationOf, UnexpectedReply, withDigest } from '../../support/client.ts';
import { contentOf } from '../../support/random.ts';
import { expectStatus, inChunks } from './client.mjs';

/** @typedef {{ send: import('./client.mjs').Send, ledger: import('./ledger.mjs').Ledger, random: import('../../support/random.ts').Random, name: string }} Pusher */

const octets = { 'content-type': 'application/octet-stream' };
const largest = 400_000;

/**
 * Pushes images until a connection breaks; throws only what a living registry should not have answered.
 * @param {Pusher} pusher
 */
export async function pushUntilDeath(pusher) {
  try {
    for (let count = 0; ; count += 1) await pushImage(pusher, count);
  } catch (error) {
    if (error instanceof UnexpectedReply) throw error;
  }
}

/**
 * @param {Pusher} pusher
 * @param {number} count
 */
async function pushImage(pusher, count) {
  const repo = `torture/r${pusher.random.between(0, 3)}`;
  const blobs = [];
  for (let part = pusher.random.between(1, 3); part > 0; part -= 1) {
    const name = `${pusher.name}-${count}-${part}`;
    const size = pusher.random.between(0, largest);
    const blob = { repo, name, size, digest: digestOf(contentOf(name, size)) };
    await (pusher.random.chance(0.4) ? pushWhole(pusher, blob) : pushStream(pusher, blob));
    pusher.ledger.blobs.push(blob);
    blobs.push(blob);
  }
  await pushManifest(pusher, repo, `${pusher.name.split('-')[0]}-${count % 3}`, blobs);
}

/**
 * @param {Pusher} pusher
 * @param {import('./ledger.mjs').Blob} blob
 */
async function pushWhole({ send }, blob) {
  const path = `/v2/${blob.repo}/blobs/uploads/?digest=${blob.digest}`;
  const answer = await send('POST', path, { headers: octets, body: contentOf(blob.name, blob.size) });
  expectStatus(answer, 201, `POST ${path}`);
}

/**
 * One or two PATCH requests, each in pieces, and the closing PUT.
 * @param {Pusher} pusher
 * @param {import('./ledger.mjs').Blob} blob
 */
async function pushStream({ send, ledger, random }, blob) {
  const begun = expectStatus(await send('POST', `/v2/${blob.repo}/blobs/uploads/`), 202, 'POST');
  const upload = { location: locationOf(begun), blob, acknowledged: 0, closing: false };
  ledger.uploads.add(upload);
  const content = contentOf(blob.name, blob.size);
  const cut = random.chance(0.5) ? blob.size : random.between(0, blob.size);
  for (const part of cut === blob.size ? [content] : [content.subarray(0, cut), content.subarray(cut)]) {
    const half = part.length >> 1;
    const body = inChunks(part.subarray(0, half), part.subarray(half));
    const answer = expectStatus(await send('PATCH', upload.location, { headers: octets, body }), 202, 'PATCH');
    upload.location = locationOf(answer);
    upload.acknowledged += part.length;
  }
  upload.closing = true;
  expectStatus(await send('PUT', withDigest(upload.location, blob.digest)), 201, 'PUT of a blob');
  ledger.uploads.delete(upload);
}

/**
 * @param {Pusher} pusher
 * @param {string} repo
 * @param {string} tag
 * @param {import('./ledger.mjs').Blob[]} blobs
 */
async function pushManifest({ send, ledger }, repo, tag, blobs) {
  const [config, ...layers] = blobs.map(({ digest, size }) => ({ mediaType: 'application/octet-stream', digest, size }));
  const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: imageType, config, layers }));
  const digest = digestOf(bytes);
  const entry = ledger.tags.get(`${repo}:${tag}`) ?? { repo, tag, acknowledged: undefined, sent: [] };
  ledger.tags.set(`${repo}:${tag}`, entry);
  entry.sent.push(digest);
  const path = `/v2/${repo}/manifests/${tag}`;
  expectStatus(await send('PUT', path, { headers: { 'content-type': imageType }, body: bytes }), 201, `PUT ${path}`);
  entry.acknowledged = digest;
  entry.sent = [];
  ledger.manifests.push({ repo, digest });
}
