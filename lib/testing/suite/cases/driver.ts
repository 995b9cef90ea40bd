/** The rules of a driver as a whole. */
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Driver } from '../../../driver.ts';
import type { Definition, Storage } from '../definition.ts';
import { assertNoLeaks, countResources } from '../leaks.ts';
import { optionalMethods, optionalMethodsOf } from '../optional-methods.ts';
import {
  assertSameBytes,
  chunkOf,
  definedMembers,
  digestOf,
  emptyCheckpoint,
  newId,
  pushBlob,
  readAll,
  repo,
  sample,
  uploadBytes,
} from '../samples.ts';

const content = sample(100_000);
const digest = digestOf(content);

/** A value after a round trip through JSON. */
const throughJson = (value: unknown): unknown => (value === undefined ? undefined : JSON.parse(JSON.stringify(value)));

/** Pushes a blob and stops reading it before its end. */
async function leaveHalfRead(driver: Driver): Promise<void> {
  await pushBlob(driver, repo, content);
  const body = await (await driver.blobs.get(repo, digest))?.open();
  if (body !== undefined && !(body instanceof Uint8Array)) for await (const _ of body) break;
}

/**
 * Waits until the resources of this process have not changed for a while, two seconds at most. A test runner may have a timer of
 * its own when a case begins: if that ended during the case, a timer that the driver leaves would go unnoticed.
 */
async function waitForQuiet(): Promise<void> {
  const end = performance.now() + 2000;
  let last = '';
  for (let same = 0; same < 3 && performance.now() < end; ) {
    const now = JSON.stringify(countResources());
    same = now === last ? same + 1 : 0;
    last = now;
    await sleep(50);
  }
}

/** Level `contract`, area `the driver`. */
export const driverRules: readonly Definition[] = [
  {
    name: 'the driver has a name, and the optional methods that it is said to have',
    promises: ['name'],
    async run(driver, { lacks }: Storage) {
      assert.ok(typeof driver.name === 'string' && driver.name !== '', 'give the driver a name, for logs and messages');
      await pushBlob(driver, repo, content);
      const has = optionalMethodsOf(driver, await driver.blobs.get(repo, digest));
      for (const method of lacks) assert.ok(!has.includes(method), `the driver has ${method}: take it out of 'lacks'`);
      for (const method of optionalMethods) {
        assert.ok(has.includes(method) || lacks.includes(method), `the driver has no ${method}: say so in 'lacks'`);
      }
    },
  },
  {
    name: 'a closed driver holds nothing, not even a blob that was left half read',
    promises: ['close'],
    async run(_, { another }) {
      await waitForQuiet();
      const before = countResources();
      await another(leaveHalfRead);
      await assertNoLeaks(before);
    },
  },
  {
    name: 'a driver goes on when another one on its storage was closed',
    promises: ['close handed in'],
    needs: ['peer'],
    async run(driver, { withPeer }) {
      await withPeer((other) => pushBlob(other, repo, content));
      assertSameBytes(await readAll(await (await driver.blobs.get(repo, digest))?.open()), content);
      await withPeer((other) => uploadBytes(other, repo, newId(), content));
      assert.equal(await driver.blobs.delete(repo, digest), true);
    },
  },
  {
    name: 'an upload that nobody touched is the same state each time, and another one after an append',
    promises: ['same state', 'token'],
    async run(driver) {
      const id = newId();
      const begun = await driver.uploads.create(repo, id, emptyCheckpoint);
      const found = await driver.uploads.get(repo, id);
      assert.deepEqual([found?.offset, found?.token], [0, begun.token], 'create() and get() give the same state');
      assert.deepEqual(
        definedMembers(await driver.uploads.get(repo, id)),
        definedMembers(found),
        'get() gives the same state twice',
      );
      const next = await driver.uploads.append(repo, id, begun, chunkOf(new Uint8Array(0), [[content]]));
      assert.equal(next?.offset, content.length);
      assert.deepEqual(
        definedMembers(await driver.uploads.get(repo, id)),
        definedMembers(next),
        'append() and get() give the same state',
      );
    },
  },
  {
    name: 'a token is plain data, and the upload goes on from a copy of it',
    promises: ['token'],
    async run(driver) {
      const id = newId();
      const upload = await uploadBytes(driver, repo, id, content.subarray(0, 10));
      assert.deepEqual(throughJson(upload.token), upload.token, 'the token does not survive JSON');
      const copy = { ...upload, ...(upload.token !== undefined && { token: throughJson(upload.token) }) };
      const next = await driver.uploads.append(repo, id, copy, chunkOf(content.subarray(0, 10), [[content.subarray(10)]]));
      assert.ok(next, 'an append from a copy of the upload must work');
      assert.equal(await driver.uploads.commit(repo, id, { ...next, token: throughJson(next.token) }, digest), true);
    },
  },
  {
    name: 'the URL of a blob answers a plain GET with its bytes',
    promises: ['blob url'],
    needs: ['blob.url'],
    async run(driver) {
      await pushBlob(driver, repo, content);
      const url = await (await driver.blobs.get(repo, digest))?.url?.();
      if (url === undefined) return;
      const response = await fetch(url);
      assert.equal(response.status, 200, `GET ${url} answered ${response.status}`);
      assertSameBytes(await readAll(new Uint8Array(await response.arrayBuffer())), content);
    },
  },
];
