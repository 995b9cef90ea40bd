// @ts-check
/** Reads back what was acknowledged, and says what is lost and what is wrong. */
import { digestOf, locationOf, UnexpectedReply, withDigest } from '../../support/client.ts';
import { contentOf } from '../../support/random.ts';
import { expectStatus } from './client.mjs';

/** @typedef {{ checked: number, lost: string[], wrong: string[] }} Finding */

/**
 * Reads every blob.
 * @param {import('./client.mjs').Send} send
 * @param {readonly import('./ledger.mjs').Blob[]} blobs
 */
export function readBlobs(send, blobs) {
  return readEach(blobs, ({ repo, digest }) => read(send, `/v2/${repo}/blobs/${digest}`, [digest]));
}

/**
 * Reads every manifest.
 * @param {import('./client.mjs').Send} send
 * @param {readonly { repo: string, digest: string }[]} manifests
 */
export function readManifests(send, manifests) {
  return readEach(manifests, ({ repo, digest }) => read(send, `/v2/${repo}/manifests/${digest}`, [digest]));
}

/**
 * Reads every tag that was acknowledged: it has the manifest that it was given last, or the one nobody heard about.
 * @param {import('./client.mjs').Send} send
 * @param {Iterable<import('./ledger.mjs').Tag>} tags
 */
export function readTags(send, tags) {
  const acknowledged = [...tags].filter((entry) => entry.acknowledged !== undefined);
  return readEach(acknowledged, ({ repo, tag, acknowledged, sent }) =>
    read(send, `/v2/${repo}/manifests/${tag}`, [acknowledged, ...sent]),
  );
}

/**
 * Goes on with every upload from where it says it stands.
 * @param {import('./client.mjs').Send} send
 * @param {readonly import('./ledger.mjs').Upload[]} uploads
 */
export function resumeUploads(send, uploads) {
  return readEach(uploads, (upload) => resume(send, upload));
}

/**
 * @template T
 * @param {readonly T[]} entries
 * @param {(entry: T) => Promise<{ lost?: string, wrong?: string }>} look
 * @returns {Promise<Finding>}
 */
async function readEach(entries, look) {
  /** @type {Finding} */
  const finding = { checked: entries.length, lost: [], wrong: [] };
  for (const entry of entries) {
    const { lost, wrong } = await look(entry);
    if (lost !== undefined) finding.lost.push(lost);
    if (wrong !== undefined) finding.wrong.push(wrong);
  }
  return finding;
}

/**
 * @param {import('./client.mjs').Send} send
 * @param {string} path
 * @param {readonly (string | undefined)[]} digests any of which is right
 */
async function read(send, path, digests) {
  const { status, headers, body } = await send('GET', path);
  if (status === 404) return { lost: path };
  if (status !== 200) return { wrong: `${path}: status ${status}` };
  const digest = digestOf(body);
  if (!digests.includes(digest)) return { wrong: `${path}: has ${digest}` };
  if (headers['docker-content-digest'] !== digest) return { wrong: `${path}: says ${headers['docker-content-digest']}` };
  return {};
}

/**
 * @param {import('./client.mjs').Send} send
 * @param {import('./ledger.mjs').Upload} upload
 */
async function resume(send, { location, blob, acknowledged, closing }) {
  const path = `/v2/${blob.repo}/blobs/${blob.digest}`;
  const status = await send('GET', location);
  // The closing request may have been carried out although nobody heard the answer.
  if (status.status === 404 && closing) return read(send, path, [blob.digest]);
  if (status.status === 404) return { lost: location };
  const offset = Number(/^0-([0-9]+)$/.exec(status.headers.range ?? '')?.[1] ?? Number.NaN) + 1;
  // `0-0` stands for nothing and for one byte.
  const stands = offset === 1 && acknowledged === 0 ? 0 : offset;
  if (status.status !== 204 || !(stands >= acknowledged && stands <= blob.size)) {
    return { wrong: `${location}: status ${status.status}, ${status.headers.range}, after ${acknowledged} of ${blob.size}` };
  }
  try {
    await finish(send, locationOf(status), contentOf(blob.name, blob.size).subarray(stands), blob.digest);
  } catch (error) {
    if (error instanceof UnexpectedReply) return { wrong: `${location} from ${stands}: ${error.message}` };
    throw error;
  }
  return read(send, path, [blob.digest]);
}

/**
 * @param {import('./client.mjs').Send} send
 * @param {string} location
 * @param {Uint8Array} rest
 * @param {string} digest
 */
async function finish(send, location, rest, digest) {
  let last = location;
  if (rest.length > 0) {
    const headers = { 'content-type': 'application/octet-stream' };
    last = locationOf(expectStatus(await send('PATCH', location, { headers, body: rest }), 202, 'PATCH'));
  }
  expectStatus(await send('PUT', withDigest(last, digest)), 201, 'PUT');
}
