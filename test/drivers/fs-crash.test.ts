/** What the file system driver makes of what a crash left half done. */
import assert from 'node:assert/strict';
import { appendFileSync, readdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { describe, it } from 'vitest';
import { checkpointKey, contentKey, linkKey, manifestKey, uploadDataKey } from '../../drivers/tree/layout.ts';
import {
  allReferrers,
  assertSameBytes,
  chunkOf,
  digestOf,
  emptyCheckpoint,
  newId,
  other,
  pullBlob,
  pushBlob,
  readAll,
  repo,
  sample,
  uploadBytes,
} from '../../lib/testing/suite/samples.ts';
import { broken, content, digest, latest, manifest, onDisk, signature } from '../support/drivers/on-disk.ts';

const disk = onDisk();

describe('what a crash left half done reads as absent, and can be done again', () => {
  it('a link without content', async () => {
    rmSync(disk.at(contentKey(digest)));
    assert.equal(await disk.driver.blobs.get(repo, digest), undefined);
    assert.equal(await disk.driver.blobs.mount?.(other, digest, repo), false);
    assert.equal(await disk.driver.blobs.mount?.(other, digest), false);
    await pushBlob(disk.driver, repo, content);
    assertSameBytes(await pullBlob(disk.driver, repo, digest), content);
  });

  it('content without a link', async () => {
    rmSync(disk.at(linkKey(repo, digest)));
    assert.equal(await disk.driver.blobs.get(repo, digest), undefined);
    assert.equal(await disk.driver.blobs.mount?.(other, digest), false);
  });

  it('a tag without its manifest', async () => {
    rmSync(disk.at(manifestKey(repo, manifest.digest)));
    assert.equal(await disk.driver.manifests.resolve(repo, latest), undefined);
    assert.equal(await disk.driver.manifests.tag(repo, latest, signature.digest, manifest.digest), false);
    assert.equal(await disk.driver.manifests.tag(repo, latest, signature.digest, null), true);
    assert.equal(await disk.driver.manifests.resolve(repo, latest), signature.digest);
  });

  it('a referrer entry without its manifest', async () => {
    rmSync(disk.at(manifestKey(repo, signature.digest)));
    assert.deepEqual(await allReferrers(disk.driver, repo, manifest.digest), []);
  });

  it('an upload whose bytes a commit has moved, and nothing more', async () => {
    const id = newId();
    const upload = await uploadBytes(disk.driver, other, id, content);
    rmSync(disk.at(uploadDataKey(id)));
    disk.reopen();
    assert.equal((await disk.driver.uploads.get(other, id))?.offset, content.length);
    assert.equal(await disk.driver.uploads.commit(other, id, upload, digest), true);
    assert.equal(await disk.driver.uploads.get(other, id), undefined);
    assertSameBytes(await pullBlob(disk.driver, other, digest), content);
  });

  it('an upload whose bytes are gone, where content of its digest has another size', async () => {
    const id = newId();
    const upload = await uploadBytes(disk.driver, other, id, content);
    rmSync(disk.at(uploadDataKey(id)));
    truncateSync(disk.at(contentKey(digest)), 10);
    assert.equal(await disk.driver.uploads.commit(other, id, upload, digest), false);
    assert.equal(await disk.driver.blobs.get(other, digest), undefined);
  });

  it('an upload whose bytes are gone', async () => {
    const [one, two] = [newId(), newId()];
    for (const id of [one, two]) await uploadBytes(disk.driver, repo, id, content.subarray(0, 10));
    for (const id of [one, two]) rmSync(disk.at(uploadDataKey(id)));
    const chunk = chunkOf(content.subarray(0, 10), [[content.subarray(10)]]);
    assert.equal(await disk.driver.uploads.append(repo, one, { offset: 10 }, chunk), undefined);
    assert.equal(await disk.driver.uploads.commit(repo, two, { offset: 10 }, digestOf(content.subarray(0, 10))), false);
    for (const id of [one, two]) assert.equal(await disk.driver.uploads.get(repo, id), undefined);
  });

  it('an upload that has fewer bytes than its checkpoint says is gone once that is seen', async () => {
    const ids = [newId(), newId()];
    for (const id of ids) await uploadBytes(disk.driver, repo, id, content.subarray(0, 10));
    for (const id of ids) truncateSync(disk.at(uploadDataKey(id)), 9);
    const [one = newId(), two = newId()] = ids;
    await broken(() => disk.driver.uploads.append(repo, one, { offset: 10 }, chunkOf(content.subarray(0, 10), [])), one);
    await broken(() => disk.driver.uploads.commit(repo, two, { offset: 10 }, digestOf(content.subarray(0, 10))), two);
    for (const id of ids) assert.equal(await disk.driver.uploads.get(repo, id), undefined);
    assert.equal(await disk.driver.blobs.get(repo, digestOf(content.subarray(0, 10))), undefined);
  });

  it('bytes after the checkpoint do not count, whatever follows', async () => {
    const [one, two] = [newId(), newId()];
    for (const id of [one, two]) await uploadBytes(disk.driver, repo, id, content.subarray(0, 10));
    for (const id of [one, two]) appendFileSync(disk.at(uploadDataKey(id)), sample(100_000, 'tail'));
    disk.reopen();
    assertSameBytes(await readAll(await disk.driver.uploads.read(repo, one, { offset: 10 })), content.subarray(0, 10));
    assert.equal(await disk.driver.uploads.commit(repo, one, { offset: 10 }, digestOf(content.subarray(0, 10))), true);
    assertSameBytes(await pullBlob(disk.driver, repo, digestOf(content.subarray(0, 10))), content.subarray(0, 10));
    const chunk = chunkOf(content.subarray(0, 10), [[content.subarray(10, 20)]]);
    const upload = await disk.driver.uploads.append(repo, two, { offset: 10 }, chunk);
    assert.equal(await disk.driver.uploads.commit(repo, two, upload ?? emptyCheckpoint, digestOf(content.subarray(0, 20))), true);
    assertSameBytes(await pullBlob(disk.driver, repo, digestOf(content.subarray(0, 20))), content.subarray(0, 20));
  });

  const torn = [
    '',
    '{"repository":"library/sam',
    '\0'.repeat(50),
    '{}',
    '[]',
    '7',
    `{"repository":"${repo}","offset":-1}`,
    `{"repository":"${repo}","offset":10,"digest":"sha256:0"}`,
  ];
  for (const text of torn) {
    it(`an upload whose checkpoint is ${JSON.stringify(text.slice(0, 30))}`, async () => {
      const id = newId();
      const upload = await uploadBytes(disk.driver, repo, id, content.subarray(0, 10));
      writeFileSync(disk.at(checkpointKey(id)), text);
      assert.equal(await disk.driver.uploads.get(repo, id), undefined);
      assert.equal(
        await disk.driver.uploads.append(repo, id, upload, chunkOf(content.subarray(0, 10), [[sample(5)]])),
        undefined,
      );
      assert.equal(await disk.driver.uploads.commit(repo, id, upload, digestOf(sample(10))), false);
      assert.equal(await disk.driver.uploads.delete(repo, id), false);
      await disk.driver.uploads.expire?.(new Date(Date.now() + 1000));
      assert.deepEqual(readdirSync(disk.at('uploads')), []);
    });
  }
});
