/** What clients do with a registry in a bucket, and what one can see of it afterwards. */
import assert from 'node:assert/strict';
import { smallestPart } from '../../../../drivers/s3/part-plan.ts';
import type { Algorithm } from '../../../../lib/api/formats.ts';
import { type Driver, isStorageFault } from '../../../../lib/driver.ts';
import { digest as digestOf, image, imageType } from '../../../../lib/testing/exchanges/given.ts';
import { sample } from '../../../../lib/testing/suite/samples.ts';
import { locationOf, send, withDigest } from '../../client.ts';
import { type Client, Refused } from './client.ts';

/** Who does it: a client, of an instance. */
export interface Actor extends Client {
  readonly driver: Driver;
}

/** A flow of requests. */
export interface Flow {
  readonly name: string;
  /** Moves more than a part of a multipart upload, so that one trial of it costs as much as ten of the others. */
  readonly large?: boolean;
  /** Done by an instance that tries first whether its store keeps to conditions. */
  readonly distrusts?: boolean;
  /** What is there before. Gives the URL of an upload, where there is one. */
  before?(actor: Actor): Promise<string | undefined>;
  run(actor: Actor, upload: string): Promise<unknown>;
  /** What can be seen of it: each is as before or as after, whatever fails. */
  readonly facts: readonly ((actor: Actor, upload: string) => Promise<string>)[];
}

const repository = '/v2/library/sample';
const elsewhere = '/v2/library/other';
const uploads = `${repository}/blobs/uploads/`;
const layer = Buffer.from('a layer of some bytes');
const large = Buffer.from(sample(smallestPart + 100));
const text = image();
const digest = digestOf(text);
const signature = image({ subject: { mediaType: imageType, digest, size: text.length } });
const typed = { 'Content-Type': imageType };

const blobAt = (content: Uint8Array | string, at = repository, algorithm: Algorithm = 'sha256') =>
  `${at}/blobs/${digestOf(content, algorithm)}`;

const closing = (upload: string, content: Uint8Array | string, algorithm: Algorithm = 'sha256'): string =>
  withDigest(upload, digestOf(content, algorithm));

/** Pushes a blob in one request. */
const give = (actor: Actor, content: Uint8Array | string, at = repository) =>
  actor.ask(201, 'POST', `${at}/blobs/uploads/?digest=${digestOf(content)}`, { body: content });

async function begin(actor: Actor, ...chunks: readonly Uint8Array[]): Promise<string> {
  let upload = locationOf(await actor.ask(202, 'POST', uploads));
  for (const body of chunks) upload = locationOf(await actor.ask(202, 'PATCH', upload, { body }));
  return upload;
}

async function pushAsDocker(actor: Actor, content: Uint8Array): Promise<void> {
  await actor.ask(404, 'HEAD', blobAt(content));
  const upload = await begin(actor, content);
  await actor.ask(201, 'PUT', closing(upload, content));
}

async function giveImage(actor: Actor): Promise<undefined> {
  for (const content of ['{}', 'layer']) await give(actor, content);
  await actor.ask(201, 'PUT', `${repository}/manifests/latest`, { body: text, headers: typed });
}

/** The content at a path, which is this if it is there. */
const content =
  (path: string, bytes: Uint8Array | string) =>
  async ({ origin }: Actor): Promise<string> => {
    const { status, body } = await send(origin, { method: 'GET', path });
    assert.ok(status === 404 || (status === 200 && body.equals(Buffer.from(bytes))), `${status} ${path}`);
    return String(status);
  };

/** The reply to a GET, word for word. */
const listing =
  (path: string) =>
  async ({ origin }: Actor): Promise<string> => {
    const { status, body } = await send(origin, { method: 'GET', path });
    return `${status} ${body}`;
  };

const isThere = async ({ origin }: Actor, upload: string): Promise<string> =>
  String((await send(origin, { method: 'GET', path: upload })).status);

/** A GET that has to give these bytes. */
async function pull(actor: Actor, path: string, bytes: Uint8Array | string, range?: readonly [number, number]): Promise<void> {
  const [first, last] = range ?? [0, bytes.length - 1];
  const headers: Record<string, string> = range ? { Range: `bytes=${first}-${last}` } : {};
  const { body } = await actor.ask(range ? 206 : 200, 'GET', path, { headers });
  assert.ok(body.equals(Buffer.from(bytes).subarray(first, last + 1)), `${path} has other bytes`);
}

const chunks = ['first, ', 'second, ', 'third'].map((chunk) => Buffer.from(chunk));
const chunked = Buffer.concat(chunks);
const more = Buffer.from('more');
const blob = content(blobAt(layer), layer);
const [byTag, byDigest] = [content(`${repository}/manifests/latest`, text), content(`${repository}/manifests/${digest}`, text)];
const tags = listing(`${repository}/tags/list`);
const referrers = listing(`${repository}/referrers/${digest}`);

export const flows: readonly Flow[] = [
  { name: 'a push as docker does it', run: (actor) => pushAsDocker(actor, layer), facts: [blob] },
  {
    name: 'a push in one request, by an instance that is new',
    distrusts: true,
    run: (actor) => give(actor, layer),
    facts: [blob],
  },
  {
    name: 'a push of what another repository has',
    before: async (actor) => void (await give(actor, layer, elsewhere)),
    run: (actor) => pushAsDocker(actor, layer),
    facts: [blob, content(blobAt(layer, elsewhere), layer)],
  },
  {
    name: 'chunks behind chunks, and the rest with the end',
    before: (actor) => begin(actor, chunks[0] ?? layer),
    async run(actor, upload) {
      const [first = layer, second = layer, third = layer] = chunks;
      const range = `${first.length}-${first.length + second.length - 1}`;
      const next = await actor.ask(202, 'PATCH', upload, { body: second, headers: { 'Content-Range': range } });
      await actor.ask(201, 'PUT', closing(locationOf(next), chunked), { body: third });
    },
    facts: [content(blobAt(chunked), chunked)],
  },
  {
    name: 'a large push',
    large: true,
    run: (actor) => pushAsDocker(actor, large),
    facts: [content(blobAt(large), large)],
  },
  {
    name: 'a large push in one request',
    large: true,
    run: (actor) => give(actor, large),
    facts: [content(blobAt(large), large)],
  },
  {
    name: 'a large push of what another repository has',
    large: true,
    before: async (actor) => void (await give(actor, large, elsewhere)),
    run: (actor) => pushAsDocker(actor, large),
    facts: [content(blobAt(large), large), content(blobAt(large, elsewhere), large)],
  },
  {
    name: 'the end of a large push in another algorithm',
    large: true,
    before: (actor) => begin(actor, large),
    run: (actor, upload) => actor.ask(201, 'PUT', closing(upload, large, 'sha512')),
    facts: [content(blobAt(large, repository, 'sha512'), large)],
  },
  {
    name: 'a large push that goes on behind what was read again',
    large: true,
    async before(actor) {
      const upload = await begin(actor, large);
      await actor.ask(400, 'PUT', closing(upload, layer, 'sha512'));
      return upload;
    },
    async run(actor, upload) {
      const next = await actor.ask(202, 'PATCH', upload, { body: more });
      await actor.ask(201, 'PUT', closing(locationOf(next), Buffer.concat([large, more])));
    },
    facts: [content(blobAt(Buffer.concat([large, more])), Buffer.concat([large, more]))],
  },
  {
    name: 'a mount from a repository',
    before: async (actor) => void (await give(actor, layer, elsewhere)),
    run: (actor) => actor.ask(201, 'POST', `${uploads}?mount=${digestOf(layer)}&from=library/other`),
    facts: [blob],
  },
  {
    name: 'a mount from wherever it is',
    before: async (actor) => void (await give(actor, layer, elsewhere)),
    run: (actor) => actor.ask(201, 'POST', `${uploads}?mount=${digestOf(layer)}`),
    facts: [blob],
  },
  {
    name: 'a blob, its head, and a part of it',
    before: async (actor) => void (await give(actor, layer)),
    async run(actor) {
      await actor.ask(200, 'HEAD', blobAt(layer));
      await pull(actor, blobAt(layer), layer);
      await pull(actor, blobAt(layer), layer, [5, 14]);
    },
    facts: [blob],
  },
  {
    name: 'the deletion of a blob',
    before: async (actor) => void (await give(actor, layer)),
    run: (actor) => actor.ask(202, 'DELETE', blobAt(layer)),
    facts: [blob],
  },
  {
    name: 'a manifest by a tag',
    before: async (actor) => {
      for (const each of ['{}', 'layer']) await give(actor, each);
    },
    run: (actor) => actor.ask(201, 'PUT', `${repository}/manifests/latest`, { body: text, headers: typed }),
    facts: [byTag, byDigest],
  },
  {
    name: 'a manifest by a tag that nobody may have taken',
    before: async (actor) => {
      for (const each of ['{}', 'layer']) await give(actor, each);
    },
    run: (actor) =>
      actor.ask(201, 'PUT', `${repository}/manifests/latest`, { body: text, headers: { ...typed, 'If-None-Match': '*' } }),
    facts: [byTag, byDigest],
  },
  {
    name: 'a tag that moves from what it was',
    before: giveImage,
    run: (actor) =>
      actor.ask(201, 'PUT', `${repository}/manifests/latest`, {
        body: signature,
        headers: { ...typed, 'If-Match': `"${digest}"` },
      }),
    facts: [
      byDigest,
      content(`${repository}/manifests/${digestOf(signature)}`, signature),
      listing(`${repository}/manifests/latest`),
    ],
  },
  {
    name: 'an image that is pulled',
    before: giveImage,
    async run(actor) {
      await actor.ask(200, 'HEAD', `${repository}/manifests/latest`);
      await pull(actor, `${repository}/manifests/latest`, text);
      await pull(actor, `${repository}/manifests/${digest}`, text);
    },
    facts: [byTag],
  },
  {
    name: 'a manifest that refers to another',
    before: giveImage,
    run: (actor) => actor.ask(201, 'PUT', `${repository}/manifests/${digestOf(signature)}`, { body: signature, headers: typed }),
    facts: [content(`${repository}/manifests/${digestOf(signature)}`, signature), referrers],
  },
  {
    name: 'lists of tags, referrers and repositories',
    async before(actor) {
      await giveImage(actor);
      await actor.ask(201, 'PUT', `${repository}/manifests/signature`, { body: signature, headers: typed });
    },
    async run(actor) {
      for (const path of [`${repository}/tags/list`, `${repository}/referrers/${digest}`, '/v2/_catalog']) {
        const { body } = await actor.ask(200, 'GET', path);
        const { tags: names, manifests, repositories } = JSON.parse(body.toString());
        assert.equal((names ?? manifests ?? repositories).length, names ? 2 : 1, `${path} has all`);
      }
    },
    facts: [tags, referrers],
  },
  {
    name: 'the deletion of a tag',
    before: giveImage,
    run: (actor) => actor.ask(202, 'DELETE', `${repository}/manifests/latest`),
    facts: [byTag, byDigest],
  },
  {
    name: 'the deletion of a manifest with its tags',
    async before(actor) {
      await giveImage(actor);
      await actor.ask(201, 'PUT', `${repository}/manifests/signature`, { body: signature, headers: typed });
    },
    run: (actor) => actor.ask(202, 'DELETE', `${repository}/manifests/${digestOf(signature)}`),
    facts: [
      content(`${repository}/manifests/signature`, signature),
      content(`${repository}/manifests/${digestOf(signature)}`, signature),
      byTag,
    ],
  },
  {
    name: 'the end of an upload that is given up',
    before: (actor) => begin(actor, layer),
    async run(actor, upload) {
      await actor.ask(204, 'GET', upload);
      await actor.ask(204, 'DELETE', upload);
    },
    facts: [isThere],
  },
  {
    name: 'the end of a large upload that is given up',
    large: true,
    before: (actor) => begin(actor, large),
    run: (actor, upload) => actor.ask(204, 'DELETE', upload),
    facts: [isThere],
  },
  {
    name: 'the expiry of uploads',
    before: (actor) => begin(actor, layer),
    run: async ({ driver }) => {
      try {
        await driver.uploads.expire?.(new Date(Date.now() + 60_000));
      } catch (error) {
        throw isStorageFault(error) ? new Refused('the expiry failed', { cause: error }) : error;
      }
    },
    facts: [isThere],
  },
];
