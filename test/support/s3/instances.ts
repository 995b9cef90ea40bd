/** Several instances of a registry over one bucket: any of them answers any request, and of two at once one wins. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { s3Driver } from '../../../drivers/s3.ts';
import type { RegistryOptions } from '../../../lib/index.ts';
import { startRegistry } from '../../../lib/testing/fixture/index.ts';
import { digestOf, send, withDigest } from '../client.ts';
import { assertHeld, makeImage, pull, push } from '../images.ts';
import { ask } from '../uploads.ts';
import type { Bucket } from './under-test.ts';

/** Where three instances are. */
type Origins = readonly [string, string, string];

/** A case: what it is about, and what is done at three instances. */
export interface Case {
  readonly name: string;
  readonly options?: RegistryOptions;
  run(origins: Origins): Promise<void>;
}

/** Serves a bucket with three instances that share nothing else. None of them may log a fault. */
export async function withInstances({ clientConfig, bucket }: Bucket, { options, run }: Case): Promise<void> {
  const prefix = randomUUID();
  const start = () => startRegistry({ driver: s3Driver({ clientConfig, bucket, prefix }), options });
  await using one = await start();
  await using two = await start();
  await using three = await start();
  await run([one.url, two.url, three.url]);
  assert.deepEqual([...one.logged, ...two.logged, ...three.logged], []);
}

const uploads = '/v2/library/sample/blobs/uploads/';
const content = Buffer.from('what three instances were given in turn');
const digest = digestOf(content);
const blob = `/v2/library/sample/blobs/${digest}`;

/** Points a tag at a manifest that holds nothing and is unlike any other, if it is as `condition` says; gives the status and the digest. */
async function tagged(origin: string, tag: string, condition: Record<string, string> = {}) {
  const body = JSON.stringify({
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.index.v1+json',
    manifests: [],
    annotations: { unlike: randomUUID() },
  });
  const headers = { 'Content-Type': 'application/vnd.oci.image.index.v1+json', ...condition };
  const { status } = await send(origin, { method: 'PUT', path: `/v2/library/sample/manifests/${tag}`, headers, body });
  return { status, digest: digestOf(Buffer.from(body)) };
}

async function digestAt(origin: string, tag: string) {
  const { headers } = await send(origin, { method: 'HEAD', path: `/v2/library/sample/manifests/${tag}` });
  return headers['docker-content-digest'];
}

/** Two writes of one tag at once, of which one wins; the tag is what that one made it. */
async function contest([one, two, three]: Origins, tag: string, statuses: readonly [number, number], condition = {}) {
  const writes = await Promise.all([tagged(one, tag, condition), tagged(two, tag, condition)]);
  assert.deepEqual(writes.map(({ status }) => status).sort(), statuses);
  const winner = writes.find(({ status }) => status === 201) ?? assert.fail('neither of the two has won');
  assert.equal(await digestAt(three, tag), winner.digest);
  return winner.digest;
}

/** The cases, with so many contests about tags. */
export const casesOf = (contests: number): readonly Case[] => [
  {
    name: 'an upload begins at one, goes on at another and ends at a third',
    async run([one, two, three]) {
      const begun = await ask(one, 'POST', uploads);
      const sent = await ask(two, 'PATCH', begun.location, content);
      assert.equal((await ask(three, 'PUT', withDigest(sent.location, digest))).status, 201);
      for (const origin of [one, two, three]) assert.deepEqual((await ask(origin, 'GET', blob)).body, content);
    },
  },
  {
    name: 'each chunk may go to the next instance, and any of them says where the upload stands',
    async run(origins) {
      const [one, two, three] = origins;
      let { location } = await ask(one, 'POST', uploads);
      for (let at = 0; at < content.length; at += 8) {
        const [here = '', there = ''] = [origins[(at / 8) % 3], origins[(at / 8 + 1) % 3]];
        const sent = await ask(here, 'PATCH', location, content.subarray(at, at + 8));
        assert.deepEqual([sent.status, sent.offset], [202, Math.min(at + 8, content.length)]);
        const status = await ask(there, 'GET', sent.location);
        assert.deepEqual([status.status, status.offset], [204, sent.offset]);
        location = status.location;
      }
      assert.equal((await ask(two, 'PUT', withDigest(location, digest))).status, 201);
      assert.deepEqual((await ask(three, 'GET', blob)).body, content);
    },
  },
  {
    name: 'an upload that was cancelled at one is gone at all',
    async run(origins) {
      const [one, two, three] = origins;
      const begun = await ask(one, 'POST', uploads);
      const sent = await ask(two, 'PATCH', begun.location, content);
      assert.equal((await ask(three, 'DELETE', sent.location)).status, 204);
      for (const origin of origins) {
        const answers = await Promise.all([
          ask(origin, 'GET', sent.location),
          ask(origin, 'PATCH', sent.location, content),
          ask(origin, 'PUT', withDigest(sent.location, digest)),
          ask(origin, 'DELETE', sent.location),
        ]);
        assert.deepEqual(
          answers.map(({ status, code }) => [status, code]),
          answers.map(() => [404, 'BLOB_UPLOAD_UNKNOWN']),
        );
      }
    },
  },
  {
    name: 'of two appends at once one is taken, and the other is told where the upload stands now',
    async run([one, two, three]) {
      for (let round = 0; round < contests; round++) {
        const { location } = await ask(three, 'POST', uploads);
        const answers = await Promise.all([one, two].map((origin) => ask(origin, 'PATCH', location, content)));
        assert.deepEqual(answers.map(({ status, offset }) => [status, offset]).sort(), [
          [202, content.length],
          [416, content.length],
        ]);
      }
    },
  },
  {
    name: `of ${contests} pairs that create a tag at once, one each is refused`,
    async run(origins) {
      const tags = Array.from({ length: contests }, (_, index) => `created-${index}`);
      await Promise.all(tags.map((tag) => contest(origins, tag, [201, 412], { 'If-None-Match': '*' })));
    },
  },
  {
    name: `of ${contests} pairs in a row that move a tag from where it was seen, one each is refused`,
    async run(origins) {
      let { digest: seen } = await tagged(origins[2], 'moved');
      for (let round = 0; round < contests; round++)
        seen = await contest(origins, 'moved', [201, 412], { 'If-Match': `"${seen}"` });
    },
  },
  {
    name: 'of two that set an immutable tag at once, one is refused, and so is everybody afterwards',
    options: { immutableTags: true },
    async run(origins) {
      for (let round = 0; round < contests; round++) {
        const tag = `kept-${round}`;
        const kept = await contest(origins, tag, [201, 403]);
        for (const origin of origins) assert.equal((await tagged(origin, tag)).status, 403);
        assert.equal(await digestAt(origins[0], tag), kept);
      }
    },
  },
  {
    name: 'an image that was pushed at one is pulled, listed and mounted at the others at once',
    async run([one, two, three]) {
      const image = makeImage();
      await push(`${one}/v2`, 'library/sample', image, 'latest');
      await assertHeld(`${two}/v2`, 'library/sample', image, 'latest');
      const listed = async (origin: string, path: string) =>
        JSON.parse(Buffer.from(await pull(`${origin}/v2/${path}`)).toString());
      assert.deepEqual((await listed(two, 'library/sample/tags/list')).tags, ['latest']);
      assert.deepEqual((await listed(three, '_catalog')).repositories, ['library/sample']);
      const mount = `/v2/library/other/blobs/uploads/?mount=${image.blobs[0]?.digest}&from=library/sample`;
      assert.equal((await ask(three, 'POST', mount)).status, 201);
      assert.equal((await ask(two, 'DELETE', '/v2/library/sample/manifests/latest')).status, 202);
      assert.equal((await ask(one, 'GET', '/v2/library/sample/manifests/latest')).status, 404);
    },
  },
  {
    name: 'what several push at once is there once for each of them',
    async run(origins) {
      const image = makeImage(100_000);
      await Promise.all(origins.map((origin, index) => push(`${origin}/v2`, `library/sample-${index % 2}`, image, 'latest')));
      for (const [index, origin] of origins.entries())
        await assertHeld(`${origin}/v2`, `library/sample-${(index + 1) % 2}`, image, 'latest');
    },
  },
];
