/** The rules for a storage that is closed and opened by another driver. */
import assert from 'node:assert/strict';
import { formats } from '../../../api/formats.ts';
import type { Upload } from '../../../driver.ts';
import type { Definition } from '../definition.ts';
import {
  allReferrers,
  assertSameBytes,
  chunkOf,
  digestOf,
  emptyCheckpoint,
  manifestOf,
  newId,
  other,
  pullBlob,
  pushBlob,
  readAll,
  readTag,
  referrerOf,
  repo,
  sample,
  uploadBytes,
} from '../samples.ts';

const content = sample(300_000);
const small = content.subarray(0, 1000);

/** Start and end of the parts of the content, in the order in which they are appended. */
const appends = [
  [0, 10],
  [10, 20_000],
  [20_000, 20_001],
  [20_001, 300_000],
] as const;

/** Level `durability`, area `what lasts`. */
export const durabilityRules: readonly Definition[] = [
  {
    name: 'blobs, manifests, tags and referrers outlive the driver',
    promises: ['kept'],
    needs: ['reopen'],
    async run(driver, { reopen }) {
      const subject = digestOf(content);
      const manifest = referrerOf('{}', subject);
      await pushBlob(driver, repo, content);
      await driver.manifests.put(repo, manifest);
      await driver.manifests.tag(repo, readTag('V1'), manifest.digest);
      const again = await reopen();
      assertSameBytes(await pullBlob(again, repo, subject), content);
      assert.equal(await again.manifests.resolve(repo, readTag('V1')), manifest.digest);
      assertSameBytes((await again.manifests.get(repo, manifest.digest))?.bytes, manifest.bytes);
      assert.deepEqual(await allReferrers(again, repo, subject), [manifest.referrer]);
      assert.deepEqual(await again.manifests.tags(repo, { limit: 10 }), ['V1']);
      assert.deepEqual(await again.manifests.repositories({ limit: 10 }), [repo]);
    },
  },
  {
    name: 'deletions outlive the driver',
    promises: ['kept'],
    needs: ['reopen'],
    async run(driver, { reopen }) {
      const manifest = referrerOf('{}', digestOf(content));
      const digest = await pushBlob(driver, repo, content);
      await driver.manifests.put(repo, manifest);
      await driver.manifests.tag(repo, readTag('V1'), manifest.digest);
      await driver.manifests.delete(repo, manifest.digest);
      await driver.blobs.delete(repo, digest);
      const again = await reopen();
      assert.equal(await again.blobs.get(repo, digest), undefined);
      assert.equal(await again.manifests.get(repo, manifest.digest), undefined);
      assert.equal(await again.manifests.resolve(repo, readTag('V1')), undefined);
      assert.deepEqual(await again.manifests.repositories({ limit: 10 }), []);
    },
  },
  {
    name: 'an upload goes on where it stood',
    promises: ['kept', 'same state'],
    needs: ['reopen'],
    async run(driver, { reopen }) {
      const id = newId();
      const before = await uploadBytes(driver, repo, id, content.subarray(0, 100_000));
      const again = await reopen();
      const upload = await again.uploads.get(repo, id);
      assert.ok(upload, 'the upload went away with the driver');
      assert.deepEqual(upload, before);
      assert.equal(await again.uploads.get(other, id), undefined);
      assertSameBytes(await readAll(await again.uploads.read(repo, id, upload)), content.subarray(0, 100_000));
      const rest = chunkOf(content.subarray(0, 100_000), [[content.subarray(100_000)]]);
      const complete = await again.uploads.append(repo, id, upload, rest);
      assert.ok(complete);
      assert.equal(await again.uploads.commit(repo, id, complete, digestOf(content)), true);
      assertSameBytes(await pullBlob(again, repo, digestOf(content)), content);
    },
  },
  {
    name: 'an upload that had all its bytes can be committed',
    promises: ['kept', 'committed'],
    needs: ['reopen'],
    async run(driver, { reopen }) {
      const id = newId();
      await uploadBytes(driver, repo, id, content);
      const again = await reopen();
      const upload = await again.uploads.get(repo, id);
      assert.ok(upload, 'the upload went away with the driver');
      assert.equal(upload.digest, digestOf(content));
      assert.equal(await again.uploads.commit(repo, id, upload, digestOf(content)), true);
      assertSameBytes(await pullBlob(again, repo, digestOf(content)), content);
    },
  },
  {
    name: 'an upload goes on where the last of its appends ended',
    promises: ['kept', 'append'],
    needs: ['reopen'],
    async run(driver, { reopen }) {
      const id = newId();
      let upload: Upload | undefined = await driver.uploads.create(repo, id, emptyCheckpoint);
      let current = driver;
      for (const [start, end] of appends) {
        const chunk = chunkOf(content.subarray(0, start), [[content.subarray(start, end)]]);
        upload = await current.uploads.append(repo, id, upload, chunk);
        assert.ok(upload);
        current = await reopen();
        assert.deepEqual(await current.uploads.get(repo, id), upload);
      }
      assert.equal(await current.uploads.commit(repo, id, upload, digestOf(content)), true);
      assertSameBytes(await pullBlob(current, repo, digestOf(content)), content);
    },
  },
  {
    name: 'an upload that has ended stays ended',
    promises: ['kept', 'commit', 'upload delete'],
    needs: ['reopen'],
    async run(driver, { reopen }) {
      const [committed, deleted] = [newId(), newId()];
      const upload = await uploadBytes(driver, repo, committed, small);
      await uploadBytes(driver, repo, deleted, small);
      assert.equal(await driver.uploads.commit(repo, committed, upload, digestOf(small)), true);
      assert.equal(await driver.uploads.delete(repo, deleted), true);
      const again = await reopen();
      for (const id of [committed, deleted]) assert.equal(await again.uploads.get(repo, id), undefined);
    },
  },
  {
    name: 'a tag that was moved or taken stays so',
    promises: ['kept', 'tag', 'untag'],
    needs: ['reopen'],
    async run(driver, { reopen }) {
      const [one, two] = [manifestOf('{"one":1}'), manifestOf('{"two":2}')];
      for (const manifest of [one, two]) await driver.manifests.put(repo, manifest);
      for (const tag of ['moved', 'taken']) await driver.manifests.tag(repo, readTag(tag), one.digest);
      assert.equal(await driver.manifests.tag(repo, readTag('moved'), two.digest, one.digest), true);
      assert.equal(await driver.manifests.untag(repo, readTag('taken')), true);
      const again = await reopen();
      assert.equal(await again.manifests.resolve(repo, readTag('moved')), two.digest);
      assert.equal(await again.manifests.resolve(repo, readTag('taken')), undefined);
      assert.deepEqual(await again.manifests.tags(repo, { limit: 10 }), ['moved']);
    },
  },
  {
    name: 'all that is known of a manifest outlives the driver',
    promises: ['kept', 'manifest get'],
    needs: ['reopen'],
    async run(driver, { reopen }) {
      const mediaType = formats.mediaType.read('application/x.made-up');
      assert.ok(mediaType);
      const manifest = { ...referrerOf('{"signature":1}', digestOf(content)), mediaType };
      await driver.manifests.put(repo, manifest);
      const found = await (await reopen()).manifests.get(repo, manifest.digest);
      assert.ok(found, 'the manifest went away with the driver');
      assert.deepEqual({ ...found, bytes: Buffer.from(found.bytes) }, { ...manifest, bytes: Buffer.from(manifest.bytes) });
    },
  },
  {
    name: 'a blob that was mounted outlives the driver',
    promises: ['kept', 'mount'],
    needs: ['reopen', 'blobs.mount'],
    async run(driver, { reopen }) {
      const digest = await pushBlob(driver, repo, small);
      assert.equal(await driver.blobs.mount?.(other, digest, repo), true);
      assertSameBytes(await pullBlob(await reopen(), other, digest), small);
    },
  },
  {
    name: 'a blob that was put whole outlives the driver',
    promises: ['kept', 'put'],
    needs: ['reopen', 'blobs.put'],
    async run(driver, { reopen }) {
      await driver.blobs.put?.(repo, digestOf(small), chunkOf(new Uint8Array(0), [[small]]));
      assertSameBytes(await pullBlob(await reopen(), repo, digestOf(small)), small);
    },
  },
];
