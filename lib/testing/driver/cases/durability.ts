/** What is still there when another driver opens the storage. */
import assert from 'node:assert/strict';
import type { Definition } from '../definition.ts';
import {
  chunkOf,
  digestOf,
  drained,
  listed,
  newId,
  other,
  pulled,
  pushed,
  referrerOf,
  repo,
  sameBytes,
  sample,
  tagged,
  uploaded,
} from '../samples.ts';

const content = sample(300_000);

export const durabilityRules: readonly Definition[] = [
  {
    name: 'blobs, manifests, tags and referrers outlive the driver',
    promises: ['kept'],
    needs: ['reopen'],
    async run(driver, { reopen }) {
      const subject = digestOf(content);
      const manifest = referrerOf('{}', subject);
      await pushed(driver, repo, content);
      await driver.manifests.put(repo, manifest);
      await driver.manifests.tag(repo, tagged('V1'), manifest.digest);
      const again = await reopen();
      sameBytes(await pulled(again, repo, subject), content);
      assert.equal(await again.manifests.resolve(repo, tagged('V1')), manifest.digest);
      sameBytes((await again.manifests.get(repo, manifest.digest))?.bytes, manifest.bytes);
      assert.deepEqual(await listed(again.manifests.referrers(repo, subject)), [manifest.referrer]);
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
      const digest = await pushed(driver, repo, content);
      await driver.manifests.put(repo, manifest);
      await driver.manifests.tag(repo, tagged('V1'), manifest.digest);
      await driver.manifests.delete(repo, manifest);
      await driver.blobs.delete(repo, digest);
      const again = await reopen();
      assert.equal(await again.blobs.get(repo, digest), undefined);
      assert.equal(await again.manifests.get(repo, manifest.digest), undefined);
      assert.equal(await again.manifests.resolve(repo, tagged('V1')), undefined);
      assert.deepEqual(await again.manifests.repositories({ limit: 10 }), []);
    },
  },
  {
    name: 'an upload goes on where it stood',
    promises: ['kept', 'same state'],
    needs: ['reopen'],
    async run(driver, { reopen }) {
      const id = newId();
      const before = await uploaded(driver, repo, id, content.subarray(0, 100_000));
      const again = await reopen();
      const upload = await again.uploads.get(repo, id);
      assert.ok(upload, 'the upload went away with the driver');
      assert.deepEqual(upload, before);
      assert.equal(await again.uploads.get(other, id), undefined);
      sameBytes(await drained(await again.uploads.read(repo, id, upload)), content.subarray(0, 100_000));
      const rest = chunkOf(content.subarray(0, 100_000), [[content.subarray(100_000)]]);
      const complete = await again.uploads.append(repo, id, upload, rest);
      assert.ok(complete);
      assert.equal(await again.uploads.commit(repo, id, complete, digestOf(content)), true);
      sameBytes(await pulled(again, repo, digestOf(content)), content);
    },
  },
  {
    name: 'an upload that had all its bytes can be committed',
    promises: ['kept', 'committed'],
    needs: ['reopen'],
    async run(driver, { reopen }) {
      const id = newId();
      await uploaded(driver, repo, id, content);
      const again = await reopen();
      const upload = await again.uploads.get(repo, id);
      assert.ok(upload, 'the upload went away with the driver');
      assert.equal(upload.digest, digestOf(content));
      assert.equal(await again.uploads.commit(repo, id, upload, digestOf(content)), true);
      sameBytes(await pulled(again, repo, digestOf(content)), content);
    },
  },
];
