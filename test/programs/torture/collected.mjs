// @ts-check
/** What clients do to a registry that is collected, and what they have to find. */
import { setTimeout as sleep } from 'node:timers/promises';
import { imageType, indexType } from '../../../lib/testing/exchanges/given.ts';
import { digestOf, locationOf, withDigest } from '../../support/client.ts';
import { contentOf, drawFrom } from '../../support/random.ts';

const octets = { 'content-type': 'application/octet-stream' };
const repositories = ['torture/a', 'torture/a/b', 'torture/trash', 'torture/c'];
/** So many layers are shared by all: few enough that one is often in the trash when it is wanted again. */
const sharedLayers = 40;
/** The longest time that a client waits between two requests, in milliseconds. */
const longestGap = 700;

/**
 * @typedef {object} Image a manifest, and what it leads to
 * @property {string} repo
 * @property {string} digest
 * @property {string[]} blobs
 * @property {Image[]} children
 * @property {Image[]} referrers those that were acknowledged
 * @property {boolean} deleted whether its deletion was asked for
 *
 * @typedef {object} Tag
 * @property {string} repo
 * @property {string} tag
 * @property {Image | undefined} image what was acknowledged
 * @property {(Image | undefined)[]} sent what it may have instead, as the answer is not there yet
 *
 * @typedef {import('./client.mjs').Send} Send
 * @typedef {ReturnType<typeof createModel>} Model
 */

/**
 * What was acknowledged, and what went wrong.
 * @param {number} graceMs
 */
export function createModel(graceMs) {
  return {
    graceMs,
    /** @type {Map<string, Tag>} */
    tags: new Map(),
    /** @type {string[]} */
    lost: [],
    /** @type {string[]} */
    refused: [],
    counts: { pushes: 0, uploads: 0, mounts: 0, hits: 0, untagged: 0, deleted: 0, referrers: 0, reused: 0, pulls: 0, late: 0 },
  };
}

/** @param {Image} image @returns {Image[]} an image and all that it leads to */
export const reachedFrom = (image) => [image, ...[...image.children, ...image.referrers].flatMap(reachedFrom)];

const layers = Array.from({ length: sharedLayers }, (_, index) => {
  const bytes = contentOf(`layer ${index}`, 100 + ((index * 997) % 9_000));
  return { bytes, digest: digestOf(bytes) };
});

/**
 * Pushes, moves and deletes until the signal says stop. Only this pusher changes its tags, and its manifests are its own; layers are everybody's.
 * @param {{ send: Send, model: Model, seed: string, index: number, signal: AbortSignal }} pusher
 */
export async function pushUntil({ send, model, seed, index, signal }) {
  const random = drawFrom(seed, 'pusher', index);
  const { counts } = model;
  /** @type {Image[]} manifests that a tag led to a while ago */
  const past = [];
  const gap = () => sleep(random.chance(0.8) ? 0 : random.between(0, longestGap));
  let serial = 0;

  /** @param {string} repo */
  async function layerIn(repo) {
    const layer = layers[random.between(0, layers.length - 1)] ?? layers[0];
    if (!layer) throw new Error('there are no layers');
    const { bytes, digest } = layer;
    const since = performance.now();
    const { status } = await send('HEAD', `/v2/${repo}/blobs/${digest}`);
    await gap();
    if (status === 200) {
      counts.hits += 1;
      return { since, digest, size: bytes.length };
    }
    const told = performance.now();
    const from = repositories[random.between(0, repositories.length - 1)];
    const wanted = random.chance(0.5) ? `?mount=${digest}&from=${from}` : `?digest=${digest}`;
    const answer = await send('POST', `/v2/${repo}/blobs/uploads/${wanted}`, {
      headers: octets,
      ...(wanted.startsWith('?digest') ? { body: bytes } : {}),
    });
    if (answer.status === 201) counts[wanted.startsWith('?digest') ? 'uploads' : 'mounts'] += 1;
    if (answer.status === 202) {
      const closing = withDigest(locationOf(answer), digest);
      const closed = await send('PUT', closing, { headers: octets, body: bytes });
      if (closed.status !== 201) model.refused.push(`PUT of a blob: ${closed.status} ${closed.body}`);
      counts.uploads += 1;
    } else if (answer.status !== 201) model.refused.push(`POST ${wanted}: ${answer.status} ${answer.body}`);
    await gap();
    return { since: told, digest, size: bytes.length };
  }

  /**
   * PUTs a manifest; undefined if it was refused, which is a failure if all that it names was told of within the grace.
   * @param {string} repo
   * @param {string} reference a tag, or empty to push by digest
   * @param {string} mediaType
   * @param {Record<string, unknown>} body
   * @param {{ since: number, blobs?: string[], children?: Image[], tag?: Tag }} about
   */
  async function putManifest(repo, reference, mediaType, body, { since, blobs = [], children = [], tag }) {
    serial += 1;
    const bytes = Buffer.from(
      JSON.stringify({ schemaVersion: 2, mediaType, ...body, annotations: { of: `${seed} ${index} ${serial}` } }),
    );
    /** @type {Image} */
    const image = { repo, digest: digestOf(bytes), blobs, children, referrers: [], deleted: false };
    tag?.sent.push(image);
    const path = `/v2/${repo}/manifests/${reference || image.digest}`;
    const reply = await send('PUT', path, { headers: { 'content-type': mediaType }, body: bytes });
    const isLate = performance.now() - since > model.graceMs;
    if (reply.status === 201) {
      counts.pushes += 1;
      if (tag) settle(tag, image);
      return image;
    }
    if (isLate) counts.late += 1;
    else
      model.refused.push(
        `PUT ${path}: ${reply.status} ${reply.body} ${Math.round(performance.now() - since)} ms after it was told`,
      );
    if (tag) settle(tag, tag.image);
    return undefined;
  }

  /** @param {Tag} tag @param {Image | undefined} image */
  function settle(tag, image) {
    if (tag.image && tag.image !== image) past.push(tag.image);
    if (past.length > 20) past.shift();
    tag.image = image;
    tag.sent = [];
  }

  /** @param {string} repo @param {string} [reference] @param {Tag} [tag] @param {Image} [subject] */
  async function pushImage(repo, reference = '', tag, subject) {
    const parts = [];
    for (let left = random.between(1, 3); left > 0; left -= 1) parts.push(await layerIn(repo));
    const described = parts.map(({ digest, size }) => ({ mediaType: 'application/octet-stream', digest, size }));
    const [config, ...rest] = described;
    const about = {
      since: Math.min(...parts.map(({ since }) => since)),
      blobs: parts.map(({ digest }) => digest),
      ...(tag && { tag }),
    };
    const named = subject && { subject: { mediaType: imageType, digest: subject.digest, size: 1 } };
    return putManifest(repo, reference, imageType, { config, layers: rest, ...named }, about);
  }

  /** @param {string} repo @param {Tag} tag */
  async function pushIndex(repo, tag) {
    const since = performance.now();
    const children = [];
    // Of what nobody needed, each manifest goes by itself: who finds one knows nothing of those that refer to it.
    const old = past.filter(
      (image) => image.repo === repo && !image.deleted && image.children.length + image.referrers.length === 0,
    );
    const again = old[random.between(0, Math.max(0, old.length - 1))];
    // A client that is told that a manifest is there does not look for what that names.
    if (again && (await send('HEAD', `/v2/${repo}/manifests/${again.digest}`)).status === 200) {
      counts.reused += 1;
      children.push(again);
    }
    const fresh = await pushImage(repo);
    if (fresh) children.push(fresh);
    await gap();
    const manifests = children.map(({ digest }) => ({ mediaType: imageType, digest, size: 1 }));
    await putManifest(repo, tag.tag, indexType, { manifests }, { since, children, tag });
  }

  /** @param {Tag} tag */
  async function untag(tag) {
    tag.sent.push(undefined);
    const { status, body } = await send('DELETE', `/v2/${tag.repo}/manifests/${tag.tag}`);
    if (status !== 202) model.lost.push(`DELETE of ${tag.repo}:${tag.tag}: ${status} ${body}`);
    counts.untagged += 1;
    settle(tag, undefined);
  }

  /** @param {Tag} tag @param {Image} image */
  async function deleteManifest(tag, image) {
    tag.sent.push(undefined);
    image.deleted = true;
    const { status, body } = await send('DELETE', `/v2/${tag.repo}/manifests/${image.digest}`);
    if (status !== 202) model.lost.push(`DELETE of ${tag.repo}@${image.digest}: ${status} ${body}`);
    counts.deleted += 1;
    settle(tag, undefined);
  }

  while (!signal.aborted) {
    const repo = repositories[random.between(0, repositories.length - 1)] ?? '';
    const name = `t${index}-${random.between(0, 1)}`;
    /** @type {Tag} */
    const tag = model.tags.get(`${repo}:${name}`) ?? { repo, tag: name, image: undefined, sent: [] };
    model.tags.set(`${repo}:${name}`, tag);
    const what = random.between(0, 9);
    if (tag.image && what === 0) await untag(tag);
    else if (tag.image && tag.image.children.length === 0 && what === 1 && isOnce(model, tag.image))
      await deleteManifest(tag, tag.image);
    else if (tag.image && what <= 3) {
      const subject = tag.image;
      const referrer = await pushImage(repo, '', undefined, subject);
      if (referrer) subject.referrers.push(referrer);
      counts.referrers += 1;
    } else if (what <= 5) await pushIndex(repo, tag);
    else await pushImage(repo, name, tag);
  }
}

/**
 * Whether one tag leads to the image, and that directly: its deletion then takes nothing from another one.
 * @param {Model} model
 * @param {Image} image
 */
function isOnce(model, image) {
  const leading = [...model.tags.values()].filter((tag) =>
    [tag.image, ...tag.sent].some((each) => each && reachedFrom(each).includes(image)),
  );
  return leading.length === 1;
}

/**
 * Pulls by tag until the signal says stop: whatever a tag leads to is there, for the whole grace after it was read.
 * @param {{ send: Send, model: Model, seed: string, index: number, signal: AbortSignal }} reader
 */
export async function readUntil({ send, model, seed, index, signal }) {
  const random = drawFrom(seed, 'reader', index);
  while (!signal.aborted) {
    const tags = [...model.tags.values()].filter(({ image }) => image);
    const tag = tags[random.between(0, Math.max(0, tags.length - 1))];
    if (tag) await pullTag(send, model, tag);
    await sleep(random.between(0, 20));
  }
}

/** @param {Send} send @param {Model} model @param {Tag} tag */
export async function pullTag(send, model, tag) {
  const since = performance.now();
  const right = [tag.image, ...tag.sent];
  const { status, body } = await send('GET', `/v2/${tag.repo}/manifests/${tag.tag}`);
  right.push(tag.image, ...tag.sent);
  const digest = status === 200 ? digestOf(body) : undefined;
  const image = right.find((each) => each?.digest === digest);
  // A pusher may have been faster by more than one change: then nothing is known of what was found.
  if (!right.some((each) => each?.digest === digest)) {
    if (right.every((each) => each === right[0]))
      model.lost.push(`${tag.repo}:${tag.tag}: ${status} ${digest}, not ${right[0]?.digest}`);
  } else if (image) await pullImage(send, model, image, since, `${tag.repo}:${tag.tag}`);
  model.counts.pulls += 1;
}

/** @param {Send} send @param {Model} model @param {Image} image @param {number} since @param {string} via */
async function pullImage(send, model, image, since, via) {
  const { repo, digest } = image;
  const expected = [...image.referrers];
  /** @param {string} path @param {string} what */
  const look = async (path, what) => {
    const { status, body } = await send('GET', path);
    const isLate = performance.now() - since > model.graceMs;
    const isGone = reachedFrom(image).some((each) => each.deleted);
    if (!isLate && !isGone && (status !== 200 || digestOf(body) !== what))
      model.lost.push(`${path} of ${via}: ${status} ${body.subarray(0, 200)}`);
  };
  await look(`/v2/${repo}/manifests/${digest}`, digest);
  for (const blob of image.blobs) await look(`/v2/${repo}/blobs/${blob}`, blob);
  for (const child of image.children) await pullImage(send, model, child, since, via);
  if (expected.length === 0) return;
  const { body } = await send('GET', `/v2/${repo}/referrers/${digest}`);
  const listed = body.toString();
  for (const referrer of expected) {
    const isLate = performance.now() - since > model.graceMs;
    if (!isLate && !image.deleted && !listed.includes(referrer.digest))
      model.lost.push(`${referrer.digest} is no referrer of ${via} ${digest}`);
    await pullImage(send, model, referrer, since, via);
  }
}
