/** What is under way in a bucket is touched while it lasts, and what no process is writing any more is dropped. */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createAppender } from '../../../drivers/s3/appending.ts';
import { createBlobStore } from '../../../drivers/s3/blobs.ts';
import { createBufferPool } from '../../../drivers/s3/buffer-pool.ts';
import { createContents } from '../../../drivers/s3/content.ts';
import { smallestPart } from '../../../drivers/s3/part-plan.ts';
import { createSessions } from '../../../drivers/s3/sessions.ts';
import { createStore, type Store } from '../../../drivers/s3/store.ts';
import { createUploadStore } from '../../../drivers/s3/uploads.ts';
import { chunkOf, digestOf, emptyCheckpoint, lastChunk, newId, repo, sample } from '../../../lib/testing/suite/samples.ts';
import { type S3Double, startS3Double, withS3Double } from '../../support/s3/double.ts';

const beatMs = 20;
const empty = new Uint8Array(0);
const inTenMinutes = () => new Date(Date.now() + 600_000);

let double: S3Double;
let client: S3Client;
beforeAll(async () => {
  double = await startS3Double();
  client = new S3Client(double.clientConfig);
});
afterAll(async () => {
  client.destroy();
  await double.close();
});
beforeEach(() => {
  double.calls.length = 0;
});

/** A driver's blobs and uploads in a place of their own, whose hearts beat fast. */
function openStores(store: Store = createStore(client, double.bucket, `${randomUUID()}/`), beat = beatMs) {
  const contents = createContents(store);
  const sessions = createSessions(store);
  const appender = createAppender(store, createBufferPool(smallestPart, 4 * smallestPart), {
    partSize: smallestPart,
    partsInFlight: 2,
  });
  return {
    blobs: createBlobStore(store, contents, sessions, appender, undefined, beat),
    uploads: createUploadStore(store, sessions, contents, appender, beat),
  };
}

/** How often the session of an upload was written. */
const touches = (): number =>
  double.calls.filter(({ operation, key }) => operation === 'PutObject' && key?.includes('sessions/')).length;
const somethingTouches = async (): Promise<void> => {
  const before = touches();
  await expect.poll(touches, { timeout: 5_000 }).toBeGreaterThan(before + 1);
};

describe.each([
  ['ahead', 600_000],
  ['behind', -600_000],
])('on a store whose clock is ten minutes %s', (_, offset) => {
  it('an expiry ends what was idle by the clock of its caller, and no more', () =>
    withS3Double({ now: () => Date.now() + offset }, async (skewed) => {
      const other = new S3Client(skewed.clientConfig);
      const { uploads } = openStores(createStore(other, skewed.bucket, ''));
      const id = newId();
      await uploads.create(repo, id, emptyCheckpoint);
      expect(await uploads.expire?.(new Date(Date.now() - 60_000))).toBe(0);
      expect(await uploads.get(repo, id)).toBeDefined();
      expect(await uploads.expire?.(new Date(Date.now() + 60_000))).toBe(1);
      expect(await uploads.get(repo, id)).toBeUndefined();
      other.destroy();
    }));
});

describe('an append', () => {
  it('touches its upload again and again while its bytes come, and the upload stands where they end', async () => {
    const { uploads } = openStores();
    const id = newId();
    const begun = await uploads.create(repo, id, emptyCheckpoint);
    const content = sample(2 * smallestPart + 10);
    const halves = [content.subarray(0, smallestPart + 5), content.subarray(smallestPart + 5)] as const;
    const first = await uploads.append(repo, id, begun, chunkOf(empty, [somethingTouches, [halves[0]], somethingTouches]));
    expect(first?.offset).toBe(halves[0].length);
    if (!first) return;
    const second = await uploads.append(repo, id, first, chunkOf(halves[0], [somethingTouches, [halves[1]], somethingTouches]));
    expect(second?.offset).toBe(content.length);
    const after = touches();
    await sleep(5 * beatMs);
    expect(touches(), 'after the append').toBe(after);
    expect(second && (await uploads.commit(repo, id, second, digestOf(content)))).toBe(true);
  });

  it('is ended by a cancellation all the same', async () => {
    const { uploads } = openStores();
    const id = newId();
    const begun = await uploads.create(repo, id, emptyCheckpoint);
    const cancel = async () => expect(await uploads.delete(repo, id)).toBe(true);
    const steps = [somethingTouches, cancel, () => sleep(5 * beatMs), [sample(10)]];
    expect(await uploads.append(repo, id, begun, chunkOf(empty, steps))).toBeUndefined();
    expect(await uploads.get(repo, id)).toBeUndefined();
  });
});

describe('an upload that was idle for long', () => {
  it('is touched before further bytes come', () =>
    withS3Double({ now: () => Date.now() - 600_000 }, async (old) => {
      const other = new S3Client(old.clientConfig);
      const { uploads } = openStores(createStore(other, old.bucket, ''));
      const id = newId();
      await uploads.create(repo, id, emptyCheckpoint);
      const found = await uploads.get(repo, id);
      const written = (): number => old.calls.filter(({ operation }) => operation === 'PutObject').length;
      const before = written();
      const look = async () => expect(written()).toBe(before + 1);
      expect(found && (await uploads.append(repo, id, found, chunkOf(empty, [look, [sample(10)]])))?.offset).toBe(10);
      other.destroy();
    }));

  it('is not ended by an expiry that has listed it before a request wrote to it', async () => {
    const store = createStore(client, double.bucket, `${randomUUID()}/`);
    const { uploads } = openStores({
      ...store,
      async *list(prefix, after) {
        const written = new Date(0);
        for await (const entry of store.list(prefix, after)) yield prefix.includes('sessions/') ? { ...entry, written } : entry;
      },
    });
    const id = newId();
    const begun = await uploads.create(repo, id, emptyCheckpoint);
    expect(await uploads.expire?.(new Date())).toBe(0);
    const content = sample(10);
    // Publication has begun, and is not done yet.
    const fail = double.plan({ operation: 'PutObject', key: /content\//, fault: { kind: 'error', code: 'AccessDenied' } });
    const last = lastChunk(chunkOf(empty, [[content]]));
    await expect(uploads.complete?.(repo, id, begun, last, digestOf(content))).rejects.toThrow(/content/);
    fail();
    expect(await uploads.expire?.(new Date())).toBe(0);
    const at = await uploads.get(repo, id);
    expect(at && (await uploads.commit(repo, id, at, digestOf(content)))).toBe(true);
  });
});

describe('a blob that is put whole', () => {
  it('keeps its parts while its bytes come, whatever is expired', async () => {
    const { blobs, uploads } = openStores();
    const content = sample(2 * smallestPart + 10);
    const digest = digestOf(content);
    const expire = () => uploads.expire?.(inTenMinutes());
    const steps = [[content.subarray(0, smallestPart + 1)], somethingTouches, expire, [content.subarray(smallestPart + 1)]];
    await blobs.put?.(repo, digest, chunkOf(empty, steps));
    expect((await blobs.get(repo, digest))?.size).toBe(content.length);
    expect(double.keys().filter((key) => key.includes('sessions/'))).toEqual([]);
  });

  it('costs no call more if its bytes come at once', async () => {
    // A busy machine may take longer for it than a fast heart beats.
    const { blobs } = openStores(undefined, 60_000);
    await blobs.put?.(repo, digestOf(sample(10)), chunkOf(empty, [[sample(10)]]));
    expect(touches()).toBe(0);
  });
});

describe('parts that no session speaks of', () => {
  const hour = 3_600_000;
  it.each([
    ['are dropped after an hour, even if all uploads are kept', 2 * hour, new Date(0), 1],
    ['are kept at first', hour / 2, new Date(0), 0],
    ['are dropped when uploads of their age expire', hour / 2, new Date(Date.now() - hour / 4), 1],
  ])('%s', async (_, age, before, dropped) => {
    const aborted: unknown[] = [];
    const store: Store = {
      ...createStore(client, double.bucket, `${randomUUID()}/`),
      async *listMultiparts() {
        yield { key: `data/${randomUUID()}/${randomUUID()}`, id: 'left', begun: new Date(Date.now() - age) };
      },
      abortMultipart: async (multipart) => void aborted.push(multipart),
    };
    expect(await openStores(store).uploads.expire?.(before)).toBe(0);
    expect(aborted.length).toBe(dropped);
  });
});
