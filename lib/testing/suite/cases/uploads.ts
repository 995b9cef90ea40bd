/** The rules of the upload store. */
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Digest, Driver, Upload, UploadId } from '../../../driver.ts';
import type { Definition } from '../definition.ts';
import {
  assertSameBytes,
  chunkOf,
  digestOf,
  emptyCheckpoint,
  lastChunk,
  newId,
  other,
  pullBlob,
  pushBlob,
  readAll,
  repo,
  type Step,
  sample,
  uploadBytes,
} from '../samples.ts';

const empty = new Uint8Array(0);
const whole = sample(600_000);
const wrong = sample(500_000, 'wrong');
/** Longer than the resolution of the timestamps of a file system, in milliseconds. */
const tick = 15;
const part = (first: number, end?: number): Uint8Array => whole.subarray(first, end);

/** Appends to an upload that has the first `from.offset` bytes of the sample. */
function append(driver: Driver, id: UploadId, from: Upload, steps: readonly Step[]): Promise<Upload | undefined> {
  return driver.uploads.append(repo, id, from, chunkOf(part(0, from.offset), steps));
}

/** Appends to such an upload, and publishes it as a digest, by a driver that can do both in one go. */
async function complete(
  driver: Driver,
  id: UploadId,
  from: Upload,
  steps: readonly Step[],
  digest: Digest,
  isWhole = true,
): Promise<Upload | true | undefined> {
  return driver.uploads.complete?.(repo, id, from, lastChunk(chunkOf(part(0, from.offset), steps), isWhole), digest);
}

/** Asserts the offset and the digest of an upload, and that its bytes are those of the sample; gives its state. */
async function assertStandsAt(driver: Driver, id: UploadId, offset: number): Promise<Upload> {
  const upload = await driver.uploads.get(repo, id);
  assert.equal(upload?.offset, offset);
  assert.equal(upload.digest, digestOf(part(0, offset)));
  assertSameBytes(await readAll(await driver.uploads.read(repo, id, upload)), part(0, offset));
  return upload;
}

async function assertGone(driver: Driver, id: UploadId): Promise<void> {
  assert.equal(await driver.uploads.get(repo, id), undefined);
}

/** Expires what nobody touched until this moment, which must be nothing. */
async function expireFromNow(driver: Driver): Promise<void> {
  await sleep(tick);
  assert.equal(await driver.uploads.expire?.(new Date()), 0, 'an upload that is being written was ended');
  await sleep(tick);
}

/** Level `contract`, area `uploads`. */
export const uploadRules: readonly Definition[] = [
  {
    name: 'an upload begins at nothing',
    promises: ['create'],
    async run(driver) {
      const id = newId();
      const upload = await driver.uploads.create(repo, id, emptyCheckpoint);
      assert.equal(upload.offset, 0);
      assert.equal(upload.digest, emptyCheckpoint.digest);
      await assertStandsAt(driver, id, 0);
    },
  },
  {
    name: 'an upload keeps the digest that it began with, or that it has none',
    promises: ['create'],
    async run(driver) {
      const [long, none] = [newId(), newId()];
      await driver.uploads.create(repo, long, { offset: 0, digest: digestOf(empty, 'sha512') });
      await driver.uploads.create(repo, none, { offset: 0 });
      assert.equal((await driver.uploads.get(repo, long))?.digest, digestOf(empty, 'sha512'));
      assert.equal((await driver.uploads.get(repo, none))?.digest, undefined);
    },
  },
  {
    name: 'an upload that was never begun is absent',
    promises: ['absence', 'append elsewhere', 'committed'],
    async run(driver) {
      const id = newId();
      await assertGone(driver, id);
      assert.equal(await append(driver, id, emptyCheckpoint, [[part(0, 10)]]), undefined);
      assert.equal(await driver.uploads.read(repo, id, emptyCheckpoint), undefined);
      assert.equal(await driver.uploads.commit(repo, id, emptyCheckpoint, digestOf(empty)), false);
      assert.equal(await driver.uploads.delete(repo, id), false);
      await assertGone(driver, id);
    },
  },
  {
    name: "another repository's upload is absent",
    promises: ['upload get'],
    async run(driver) {
      const id = newId();
      const upload = await uploadBytes(driver, repo, id, part(0, 10));
      assert.equal(await driver.uploads.get(other, id), undefined);
      assert.equal(await driver.uploads.read(other, id, upload), undefined);
      assert.equal(await driver.uploads.append(other, id, upload, chunkOf(part(0, 10), [[part(10, 20)]])), undefined);
      assert.equal(await driver.uploads.commit(other, id, upload, digestOf(part(0, 10))), false);
      assert.equal(await driver.uploads.delete(other, id), false);
      await assertStandsAt(driver, id, 10);
    },
  },
  {
    name: 'an append adds all buffers of all steps in their order',
    promises: ['append', 'chunk once', 'chunk release', 'chunk checkpoint'],
    async run(driver) {
      const id = newId();
      const begun = await driver.uploads.create(repo, id, emptyCheckpoint);
      const buffers = [part(0, 1), part(1, 1), part(1, 1000), part(1000, 70_000)];
      const first = await append(driver, id, begun, [buffers, [], [part(70_000, 70_001)]]);
      assert.equal(first?.offset, 70_001);
      assert.equal(first.digest, digestOf(part(0, 70_001)));
      const second = await append(driver, id, first, [[part(70_001, 300_000)], [part(300_000)]]);
      assert.equal(second?.offset, whole.length);
      await assertStandsAt(driver, id, whole.length);
    },
  },
  {
    name: 'an append writes the bytes of each buffer, and not the memory around them',
    promises: ['append'],
    async run(driver) {
      const id = newId();
      const content = Buffer.concat([part(500, 510), part(400, 420)]);
      const begun = await driver.uploads.create(repo, id, emptyCheckpoint);
      const upload = await driver.uploads.append(repo, id, begun, chunkOf(empty, [[part(500, 510), part(400, 420)]]));
      assert.equal(upload?.offset, content.length);
      assertSameBytes(await readAll(await driver.uploads.read(repo, id, upload)), content);
    },
  },
  {
    name: 'an append reads its chunk once',
    promises: ['chunk once', 'append'],
    async run(driver) {
      const id = newId();
      const begun = await driver.uploads.create(repo, id, emptyCheckpoint);
      const chunk = chunkOf(empty, [[part(0, 10)], [part(10, 20)]]);
      assert.equal((await driver.uploads.append(repo, id, begun, chunk))?.offset, 20);
      await assertStandsAt(driver, id, 20);
    },
  },
  {
    name: 'what get, create and append give can each be appended to',
    promises: ['append', 'same state'],
    async run(driver) {
      const id = newId();
      const begun = await driver.uploads.create(repo, id, emptyCheckpoint);
      const first = await append(driver, id, begun, [[part(0, 10)]]);
      assert.ok(first);
      await append(driver, id, first, [[part(10, 20)]]);
      const found = await driver.uploads.get(repo, id);
      assert.ok(found);
      await append(driver, id, found, [[part(20, 30)]]);
      await assertStandsAt(driver, id, 30);
    },
  },
  {
    name: 'an append of no bytes leaves the upload where it stands',
    promises: ['append'],
    async run(driver) {
      const id = newId();
      const upload = await uploadBytes(driver, repo, id, part(0, 10));
      assert.equal((await append(driver, id, upload, []))?.offset, 10);
      await assertStandsAt(driver, id, 10);
    },
  },
  {
    name: 'an append from where the upload no longer stands, or not yet, is undefined and keeps nothing',
    promises: ['append elsewhere'],
    async run(driver) {
      const id = newId();
      const begun = await driver.uploads.create(repo, id, emptyCheckpoint);
      await append(driver, id, begun, [[part(0, 10)]]);
      assert.equal(await append(driver, id, begun, [[part(0, 30)]]), undefined);
      assert.equal(await append(driver, id, { offset: 20 }, [[part(20, 30)]]), undefined);
      await assertStandsAt(driver, id, 10);
    },
  },
  {
    name: 'a chunk that ends early leaves what came',
    promises: ['chunk early end'],
    async run(driver) {
      const id = newId();
      const upload = await uploadBytes(driver, repo, id, part(0, 10));
      const reached = await append(driver, id, upload, [[part(10, 50)]]);
      assert.equal(reached?.offset, 50);
      await assertStandsAt(driver, id, 50);
    },
  },
  {
    name: 'what a chunk throws passes through, nothing of it is kept, and the same append may follow',
    promises: ['chunk error', 'chunk errors pass', 'append throws'],
    async run(driver) {
      const failure = Object.assign(new Error('not the promised bytes'), { code: 'ENOSPC' });
      const id = newId();
      const upload = await uploadBytes(driver, repo, id, part(0, 10));
      await assert.rejects(
        () => append(driver, id, upload, [[wrong.subarray(0, 400_000)], failure]),
        (thrown) => thrown === failure,
      );
      const still = await assertStandsAt(driver, id, 10);
      await append(driver, id, still, [[part(10)]]);
      await assertStandsAt(driver, id, whole.length);
    },
  },
  {
    name: 'a longer chunk that threw leaves no tail behind a shorter one that follows',
    promises: ['append throws', 'chunk error'],
    async run(driver) {
      const id = newId();
      const begun = await driver.uploads.create(repo, id, emptyCheckpoint);
      await assert.rejects(() => append(driver, id, begun, [[wrong], new Error('broken')]));
      const upload = await append(driver, id, begun, [[part(0, 10)]]);
      assert.ok(upload);
      assert.equal(await driver.uploads.commit(repo, id, upload, digestOf(part(0, 10))), true);
      assertSameBytes(await pullBlob(driver, repo, digestOf(part(0, 10))), part(0, 10));
    },
  },
  {
    name: 'an upload is read only as far as asked, and an append that follows works',
    promises: ['read', 'append after read'],
    async run(driver) {
      const id = newId();
      const upload = await uploadBytes(driver, repo, id, part(0, 300_000));
      assertSameBytes(await readAll(await driver.uploads.read(repo, id, upload)), part(0, 300_000));
      for await (const _ of (await driver.uploads.read(repo, id, upload)) ?? []) break;
      await append(driver, id, upload, [[part(300_000)]]);
      await assertStandsAt(driver, id, whole.length);
    },
  },
  {
    name: 'an upload is read up to the place that is asked for, whatever lies behind it',
    promises: ['read'],
    async run(driver) {
      const id = newId();
      const early = await uploadBytes(driver, repo, id, part(0, 10));
      await append(driver, id, early, [[part(10, 100_000)]]);
      assertSameBytes(await readAll(await driver.uploads.read(repo, id, early)), part(0, 10));
      await assertStandsAt(driver, id, 100_000);
    },
  },
  {
    name: 'a commit publishes the bytes and ends the upload',
    promises: ['commit'],
    async run(driver) {
      const id = newId();
      const upload = await uploadBytes(driver, repo, id, whole);
      assert.equal(await driver.uploads.commit(repo, id, upload, digestOf(whole)), true);
      await assertGone(driver, id);
      assert.equal(await driver.uploads.delete(repo, id), false);
      assertSameBytes(await pullBlob(driver, repo, digestOf(whole)), whole);
    },
  },
  {
    name: 'a commit of no bytes publishes the empty blob',
    promises: ['commit'],
    async run(driver) {
      const id = newId();
      const upload = await driver.uploads.create(repo, id, emptyCheckpoint);
      assert.equal(await driver.uploads.commit(repo, id, upload, digestOf(empty)), true);
      assert.equal((await driver.blobs.get(repo, digestOf(empty)))?.size, 0);
    },
  },
  {
    name: 'a commit that is repeated is true, as the repository holds the digest',
    promises: ['committed', 'repeatable'],
    async run(driver) {
      const id = newId();
      const upload = await uploadBytes(driver, repo, id, part(0, 10));
      await driver.uploads.commit(repo, id, upload, digestOf(part(0, 10)));
      assert.equal(await driver.uploads.commit(repo, id, upload, digestOf(part(0, 10))), true);
      assertSameBytes(await pullBlob(driver, repo, digestOf(part(0, 10))), part(0, 10));
    },
  },
  {
    name: 'a commit at a place where the upload does not stand is true where the repository holds the digest, and changes nothing',
    promises: ['committed'],
    async run(driver) {
      const id = newId();
      await pushBlob(driver, repo, part(0, 10));
      const early = await uploadBytes(driver, repo, id, part(0, 10));
      await append(driver, id, early, [[part(10, 20)]]);
      assert.equal(await driver.uploads.commit(repo, id, early, digestOf(part(0, 10))), true);
      await assertStandsAt(driver, id, 20);
    },
  },
  {
    name: 'a commit at a place where the upload does not stand is false and changes nothing',
    promises: ['committed'],
    async run(driver) {
      const id = newId();
      const early = await uploadBytes(driver, repo, id, part(0, 10));
      await append(driver, id, early, [[part(10, 20)]]);
      assert.equal(await driver.uploads.commit(repo, id, early, digestOf(part(0, 10))), false);
      assert.equal(await driver.uploads.commit(repo, id, { offset: 30 }, digestOf(part(0, 30))), false);
      assert.equal(await driver.blobs.get(repo, digestOf(part(0, 10))), undefined);
      await assertStandsAt(driver, id, 20);
    },
  },
  {
    name: 'two uploads of one blob are both committed',
    promises: ['committed', 'commit'],
    async run(driver) {
      const ids = [newId(), newId()];
      const uploads = await Promise.all(ids.map((id) => uploadBytes(driver, repo, id, part(0, 10))));
      for (const [turn, id] of ids.entries()) {
        assert.equal(await driver.uploads.commit(repo, id, uploads[turn] ?? emptyCheckpoint, digestOf(part(0, 10))), true);
        await assertGone(driver, id);
      }
    },
  },
  {
    name: 'the last bytes of an upload are appended and published in one go',
    promises: ['complete'],
    needs: ['uploads.complete'],
    async run(driver) {
      for (const [before, content] of [
        [10, whole],
        [0, part(0, 10)],
        [10, part(0, 10)],
        [0, empty],
      ] as const) {
        const id = newId();
        const upload = await uploadBytes(driver, repo, id, content.subarray(0, before));
        assert.equal(await complete(driver, id, upload, [[content.subarray(before)]], digestOf(content)), true);
        await assertGone(driver, id);
        assertSameBytes(await pullBlob(driver, repo, digestOf(content)), content);
        await driver.blobs.delete(repo, digestOf(content));
      }
    },
  },
  {
    name: 'of the last bytes of an upload, what came before a chunk ended early is kept, and nothing is published',
    promises: ['complete early'],
    needs: ['uploads.complete'],
    async run(driver) {
      const id = newId();
      const upload = await uploadBytes(driver, repo, id, part(0, 10));
      const reached = await complete(driver, id, upload, [[part(10, 50)]], digestOf(whole), false);
      assert.ok(reached && reached !== true, 'a chunk that ended early gives the upload');
      assert.equal(reached.offset, 50);
      await assertStandsAt(driver, id, 50);
      assert.equal(await driver.blobs.get(repo, digestOf(whole)), undefined);
      // All bytes may have come before the end of their body was there.
      const last = await complete(driver, id, reached, [[part(50)]], digestOf(whole), false);
      assert.ok(last && last !== true, 'a chunk that ended early gives the upload, also where no byte is missing');
      assert.equal(await driver.blobs.get(repo, digestOf(whole)), undefined);
      assert.equal(await complete(driver, id, last, [], digestOf(whole)), true);
      assertSameBytes(await pullBlob(driver, repo, digestOf(whole)), whole);
    },
  },
  {
    name: 'the last bytes of an upload that throw leave it where it stood, and nothing is published',
    promises: ['complete', 'chunk error', 'chunk errors pass', 'append throws'],
    needs: ['uploads.complete'],
    async run(driver) {
      const failure = new Error('not the promised bytes');
      const id = newId();
      const upload = await uploadBytes(driver, repo, id, part(0, 10));
      await assert.rejects(
        () => complete(driver, id, upload, [[part(10)], failure], digestOf(whole)),
        (thrown) => thrown === failure,
      );
      assert.equal(await driver.blobs.get(repo, digestOf(whole)), undefined);
      const still = await assertStandsAt(driver, id, 10);
      assert.equal(await complete(driver, id, still, [[part(10)]], digestOf(whole)), true);
    },
  },
  {
    name: 'the last bytes for a place where the upload does not stand are undefined, and nothing is kept or published',
    promises: ['complete elsewhere'],
    needs: ['uploads.complete'],
    async run(driver) {
      const id = newId();
      const begun = await driver.uploads.create(repo, id, emptyCheckpoint);
      await append(driver, id, begun, [[part(0, 10)]]);
      assert.equal(await complete(driver, id, begun, [[part(0, 30)]], digestOf(part(0, 30))), undefined);
      assert.equal(await complete(driver, id, { offset: 20 }, [[part(20, 30)]], digestOf(part(0, 30))), undefined);
      assert.equal(await driver.blobs.get(repo, digestOf(part(0, 30))), undefined);
      await assertStandsAt(driver, id, 10);
      await driver.uploads.delete(repo, id);
      assert.equal(await complete(driver, id, begun, [[part(0, 30)]], digestOf(part(0, 30))), undefined);
    },
  },
  {
    name: 'an upload that is deleted while its last bytes come publishes nothing, though another repository has the content',
    promises: ['complete elsewhere', 'delete does not wait'],
    needs: ['uploads.complete'],
    async run(driver) {
      await pushBlob(driver, other, whole);
      for (const behind of [[], [[part(50)]]] as const) {
        const id = newId();
        const upload = await uploadBytes(driver, repo, id, part(0, 10));
        const end = async () => assert.equal(await driver.uploads.delete(repo, id), true);
        const steps = [[part(10, behind.length > 0 ? 50 : undefined)], end, ...behind];
        assert.equal(await complete(driver, id, upload, steps, digestOf(whole)), undefined);
        assert.equal(await driver.blobs.get(repo, digestOf(whole)), undefined, 'nothing is published');
        await assertGone(driver, id);
      }
    },
  },
  {
    name: 'a deleted upload is gone, once',
    promises: ['upload delete', 'committed'],
    async run(driver) {
      const id = newId();
      const upload = await uploadBytes(driver, repo, id, part(0, 10));
      assert.equal(await driver.uploads.delete(repo, id), true);
      await assertGone(driver, id);
      assert.equal(await driver.uploads.delete(repo, id), false);
      assert.equal(await driver.uploads.read(repo, id, upload), undefined);
      assert.equal(await append(driver, id, upload, [[part(10, 20)]]), undefined);
      assert.equal(await driver.uploads.commit(repo, id, upload, digestOf(part(0, 10))), false);
      assert.equal(await driver.blobs.get(repo, digestOf(part(0, 10))), undefined);
      await assertGone(driver, id);
    },
  },
  {
    name: 'a delete does not wait for an append, which finds the upload gone',
    promises: ['delete does not wait'],
    async run(driver) {
      const id = newId();
      const upload = await uploadBytes(driver, repo, id, part(0, 10));
      const cancel = async () => assert.equal(await driver.uploads.delete(repo, id), true);
      assert.equal(await append(driver, id, upload, [[part(10, 20)], cancel, [part(20, 30)]]), undefined);
      await assertGone(driver, id);
    },
  },
  {
    name: 'a delete after the last byte of an append leaves no upload either',
    promises: ['delete does not wait'],
    async run(driver) {
      const id = newId();
      const upload = await uploadBytes(driver, repo, id, part(0, 10));
      const cancel = async () => assert.equal(await driver.uploads.delete(repo, id), true);
      assert.equal(await append(driver, id, upload, [[part(10, 20)], cancel]), undefined);
      await assertGone(driver, id);
    },
  },
  {
    name: 'uploads do not touch each other',
    promises: ['append', 'upload delete'],
    async run(driver) {
      const ids = Array.from({ length: 8 }, newId);
      await Promise.all(ids.map((id, turn) => uploadBytes(driver, repo, id, part(0, turn * 1000))));
      await driver.uploads.delete(repo, ids[0] ?? newId());
      for (const [turn, id] of ids.entries()) if (turn > 0) await assertStandsAt(driver, id, turn * 1000);
    },
  },
  {
    name: 'an expiry ends the uploads that nobody touched since, and no other',
    promises: ['expire', 'expire clock'],
    needs: ['uploads.expire'],
    async run(driver) {
      const ids = [newId(), newId()];
      for (const id of ids) await uploadBytes(driver, repo, id, part(0, 10));
      assert.equal(await driver.uploads.expire?.(new Date(Date.now() - 60_000)), 0);
      for (const id of ids) await assertStandsAt(driver, id, 10);
      assert.equal(await driver.uploads.expire?.(new Date(Date.now() + 60_000)), 2);
      for (const id of ids) await assertGone(driver, id);
      assert.equal(await driver.uploads.expire?.(new Date(Date.now() + 60_000)), 0);
    },
  },
  {
    name: 'an upload that was appended to since is not expired',
    promises: ['expire'],
    needs: ['uploads.expire'],
    async run(driver) {
      const id = newId();
      const begun = await driver.uploads.create(repo, id, emptyCheckpoint);
      await sleep(tick);
      const before = new Date();
      await sleep(tick);
      await append(driver, id, begun, [[part(0, 10)]]);
      assert.equal(await driver.uploads.expire?.(before), 0);
      await assertStandsAt(driver, id, 10);
    },
  },
  {
    name: 'an append touches its upload up to its last byte',
    promises: ['expire under way', 'expire'],
    needs: ['uploads.expire'],
    async run(driver) {
      const id = newId();
      const begun = await driver.uploads.create(repo, id, emptyCheckpoint);
      let before = new Date();
      const mark = async () => {
        await sleep(tick);
        before = new Date();
        await sleep(tick);
      };
      await append(driver, id, begun, [[part(0, 10)], mark, [part(10, 20)]]);
      assert.equal(await driver.uploads.expire?.(before), 0, 'the upload was ended, whose last byte came later');
      await assertStandsAt(driver, id, 20);
    },
  },
  {
    name: 'an upload is not expired while an append is under way, however long its bytes take',
    promises: ['expire under way'],
    needs: ['uploads.expire'],
    async run(driver) {
      const id = newId();
      const begun = await driver.uploads.create(repo, id, emptyCheckpoint);
      const expire = () => expireFromNow(driver);
      const upload = await append(driver, id, begun, [expire, [part(0, 10)], expire, [part(10, 20)], expire]);
      assert.equal(upload?.offset, 20, 'the upload was ended under its append');
      await assertStandsAt(driver, id, 20);
    },
  },
  {
    name: 'a blob that is put whole is not swept while its bytes come',
    promises: ['expire leftovers', 'put'],
    needs: ['blobs.put', 'uploads.expire'],
    async run(driver) {
      const expire = () => expireFromNow(driver);
      const chunk = chunkOf(empty, [expire, [part(0, 10)], expire, [part(10)], expire]);
      await driver.blobs.put?.(repo, digestOf(whole), chunk);
      assertSameBytes(await pullBlob(driver, repo, digestOf(whole)), whole);
    },
  },
  {
    name: 'an expiry leaves blobs alone',
    promises: ['expire'],
    needs: ['uploads.expire'],
    async run(driver) {
      const digest = await pushBlob(driver, repo, part(0, 10));
      assert.equal(await driver.uploads.expire?.(new Date(Date.now() + 60_000)), 0);
      assertSameBytes(await pullBlob(driver, repo, digest), part(0, 10));
    },
  },
];
