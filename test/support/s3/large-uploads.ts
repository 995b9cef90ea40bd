/** What only large uploads meet: parts, tails between them, several instances at one upload, and bytes that are read again. */
import assert from 'node:assert/strict';
import type { S3Client } from '@aws-sdk/client-s3';
import { smallestPart } from '../../../drivers/s3/part-plan.ts';
import { s3Driver } from '../../../drivers/s3.ts';
import type { Chunk, Driver, Upload, UploadId } from '../../../lib/driver.ts';
import {
  assertSameBytes,
  chunkOf,
  digestOf,
  emptyCheckpoint,
  newId,
  pullBlob,
  pushBlob,
  readAll,
  repo,
  sample,
} from '../../../lib/testing/suite/samples.ts';

const mebibyte = 1024 * 1024;
const content = sample(24 * mebibyte);
const digest = digestOf(content);

/** The bytes of the content from one place to another, in pieces of the size that sockets give, as a chunk behind what is before. */
function part(from: number, to: number): Chunk {
  const steps: Uint8Array[][] = [];
  for (let at = from; at < to; at += 65_536) steps.push([content.subarray(at, Math.min(at + 65_536, to))]);
  return chunkOf(content.subarray(0, from), steps);
}

/** A case: what it is about, and what is done with two instances over one store. */
export interface Case {
  readonly name: string;
  run(one: Driver, two: Driver): Promise<void>;
}

async function appended(driver: Driver, id: UploadId, from: Upload, to: number): Promise<Upload> {
  const upload = await driver.uploads.append(repo, id, from, part(from.offset, to));
  assert.ok(upload, `the upload went away at ${from.offset}`);
  assert.equal(upload.offset, to);
  return upload;
}

async function stands(driver: Driver, id: UploadId): Promise<Upload> {
  const upload = await driver.uploads.get(repo, id);
  assert.ok(upload, 'the upload is absent');
  return upload;
}

async function isPublished(driver: Driver, id: UploadId, at: Upload): Promise<void> {
  assert.equal(await driver.uploads.commit(repo, id, at, digest), true);
  assertSameBytes(await pullBlob(driver, repo, digest), content);
  assert.equal(await driver.uploads.get(repo, id), undefined);
}

/** In bytes, where bodies end: below a part, a little over one, several parts, a tail at the end. */
const ways: readonly (readonly number[])[] = [
  [24],
  [1, 24],
  [6, 7, 24],
  [3, 6, 9, 12, 15, 18, 21, 24],
  [5, 10, 15, 20, 24],
  [12, 12.5, 13, 23.75, 24],
  [0.5, 1, 1.5, 2, 24],
];

export const cases: readonly Case[] = [
  ...ways.map(
    (ends): Case => ({
      name: `bodies that end at ${ends.join(', ')} MiB are one blob, whichever instance takes them`,
      async run(one, two) {
        const id = newId();
        await one.uploads.create(repo, id, emptyCheckpoint);
        for (const [index, end] of ends.entries()) {
          const driver = index % 2 === 0 ? one : two;
          await appended(driver, id, await stands(driver, id), end * mebibyte);
        }
        await isPublished(one, id, await stands(one, id));
      },
    }),
  ),
  {
    name: 'bytes that are read on the way are those that came, and more may follow',
    async run(one, two) {
      const id = newId();
      await one.uploads.create(repo, id, emptyCheckpoint);
      let at = await appended(one, id, await stands(one, id), 11 * mebibyte);
      assertSameBytes(await readAll(await two.uploads.read(repo, id, at)), content.subarray(0, at.offset));
      at = await appended(one, id, at, 12 * mebibyte);
      assertSameBytes(await readAll(await two.uploads.read(repo, id, await stands(two, id))), content.subarray(0, at.offset));
      at = await appended(two, id, await stands(two, id), 24 * mebibyte);
      assertSameBytes(await readAll(await one.uploads.read(repo, id, at)), content);
      await isPublished(two, id, at);
    },
  },
  {
    name: 'of two that append at one place one wins, and the upload goes on from there',
    async run(one, two) {
      for (const start of [0, 1, 9]) {
        const id = newId();
        let at: Upload = await one.uploads.create(repo, id, emptyCheckpoint);
        if (start > 0) at = await appended(one, id, at, start * mebibyte);
        const ends = [start + 9, start + 11.5].map((end) => end * mebibyte);
        const there = await stands(two, id);
        const [first, second] = await Promise.all([
          one.uploads.append(repo, id, at, part(at.offset, ends[0] ?? 0)),
          two.uploads.append(repo, id, there, part(at.offset, ends[1] ?? 0)),
        ]);
        assert.equal([first, second].filter(Boolean).length, 1, `one wins behind ${start} MiB`);
        const now = await stands(one, id);
        assert.equal(now.offset, (first ?? second)?.offset);
        await isPublished(two, id, await appended(two, id, await stands(two, id), content.length));
        await two.blobs.delete(repo, digest);
      }
    },
  },
  {
    name: 'an append that breaks off leaves the upload where it was, parts or not',
    async run(one) {
      const id = newId();
      const at = await appended(one, id, await one.uploads.create(repo, id, emptyCheckpoint), 9 * mebibyte);
      const broken = chunkOf(content.subarray(0, at.offset), [[content.subarray(at.offset, 22 * mebibyte)], new Error('broken')]);
      await assert.rejects(one.uploads.append(repo, id, at, broken), /^Error: broken$/);
      assert.equal((await stands(one, id)).offset, at.offset);
      await isPublished(one, id, await appended(one, id, at, content.length));
    },
  },
  {
    name: 'an upload that is cancelled while parts of it are on their way is gone',
    async run(one, two) {
      const id = newId();
      const at = await appended(one, id, await one.uploads.create(repo, id, emptyCheckpoint), 9 * mebibyte);
      const cancelling = chunkOf(content.subarray(0, at.offset), [
        [content.subarray(at.offset, 20 * mebibyte)],
        () => two.uploads.delete(repo, id),
        [content.subarray(20 * mebibyte)],
      ]);
      assert.equal(await one.uploads.append(repo, id, at, cancelling), undefined);
      assert.equal(await one.uploads.get(repo, id), undefined);
    },
  },
  {
    name: 'content that is there already is not kept twice',
    async run(one, two) {
      await pushBlob(one, repo, content);
      await pushBlob(two, repo, content);
      assertSameBytes(await pullBlob(two, repo, digest), content);
      assertSameBytes(
        await pullBlob(two, repo, digest, { first: 7_000_000, last: 9_999_999 }),
        content.subarray(7_000_000, 10_000_000),
      );
    },
  },
];

/** Two instances with the smallest parts over one client. */
export function instances(client: S3Client, bucket: string, prefix: string): readonly [Driver, Driver] {
  const make = () => s3Driver({ client, bucket, prefix, partSize: smallestPart, partsInFlight: 2 });
  return [make(), make()];
}
