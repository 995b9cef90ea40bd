/** What the file system driver makes of what a crash left half done. */
import assert from 'node:assert/strict';
import { appendFileSync, existsSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { describe, it } from 'vitest';
import { contentKey, linkKey, manifestKey } from '../../drivers/tree/layout.ts';
import type { UploadId } from '../../lib/driver.ts';
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
import { uploadFileIn } from '../support/drivers/files-below.ts';
import { broken, content, digest, latest, manifest, onDisk, signature } from '../support/drivers/on-disk.ts';

const disk = onDisk();
const fresh = sample(2_000, 'fresh');
/** An instance of which there is no record. */
const dead = '11111111-2222-3333-4444-555555555555';

/** Renames the file of an upload: what in its name is `was` becomes `is`. The path of the file then. */
function rename(id: UploadId, was: string, is: string): string {
  const path = disk.at(uploadFileIn(disk.root, id));
  assert.ok(path.includes(was), path);
  renameSync(path, path.replace(was, is));
  return path.replace(was, is);
}

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

  it('a commit that has made the link, and nothing more', async () => {
    const id = newId();
    const upload = await uploadBytes(disk.driver, other, id, fresh);
    rename(id, '.free.', `.${dead}.`);
    await pushBlob(disk.driver, other, content);
    const link = disk.at(linkKey(other, digestOf(fresh)));
    writeFileSync(link, '');
    disk.reopen();
    assert.equal(await disk.driver.blobs.get(other, digestOf(fresh)), undefined);
    assert.deepEqual(await disk.driver.uploads.get(other, id), upload);
    assert.equal(await disk.driver.uploads.commit(other, id, upload, digestOf(fresh)), true);
    assert.equal(await disk.driver.uploads.get(other, id), undefined);
    assertSameBytes(await pullBlob(disk.driver, other, digestOf(fresh)), fresh);
  });

  it('a repository that has no more than a link without content', async () => {
    await pushBlob(disk.driver, other, fresh);
    assert.deepEqual(await disk.driver.manifests.repositories({ limit: 10 }), [other, repo]);
    rmSync(disk.at(contentKey(digestOf(fresh))));
    assert.deepEqual(await disk.driver.manifests.repositories({ limit: 10 }), [repo]);
    assert.equal(await disk.driver.manifests.tags(other, { limit: 10 }), undefined);
  });

  it('an upload whose name is older than its bytes, as a loss of power may leave it', async () => {
    const id = newId();
    const upload = await uploadBytes(disk.driver, repo, id, content.subarray(0, 10));
    const [whole, none] = [digestOf(content.subarray(0, 10)), emptyCheckpoint.digest].map((each) => each.replace(':', '-'));
    rename(id, `.10.${whole}`, `.0.${none}`);
    disk.reopen();
    assert.deepEqual(await disk.driver.uploads.get(repo, id), emptyCheckpoint);
    assert.equal(await disk.driver.uploads.commit(repo, id, upload, digestOf(content.subarray(0, 10))), false);
    const again = await disk.driver.uploads.append(repo, id, emptyCheckpoint, chunkOf(content.subarray(0, 0), [[sample(5)]]));
    assert.equal(await disk.driver.uploads.commit(repo, id, again ?? emptyCheckpoint, digestOf(sample(5))), true);
    assertSameBytes(await pullBlob(disk.driver, repo, digestOf(sample(5))), sample(5));
  });

  it('an upload whose bytes are gone', async () => {
    const [one, two] = [newId(), newId()];
    for (const id of [one, two]) await uploadBytes(disk.driver, repo, id, content.subarray(0, 10));
    for (const id of [one, two]) rmSync(disk.at(uploadFileIn(disk.root, id)));
    const chunk = chunkOf(content.subarray(0, 10), [[content.subarray(10)]]);
    assert.equal(await disk.driver.uploads.append(repo, one, { offset: 10 }, chunk), undefined);
    assert.equal(await disk.driver.uploads.commit(repo, two, { offset: 10 }, digestOf(content.subarray(0, 10))), false);
    for (const id of [one, two]) assert.equal(await disk.driver.uploads.get(repo, id), undefined);
  });

  it('an upload that has fewer bytes than its checkpoint says is gone once that is seen', async () => {
    const ids = [newId(), newId()];
    for (const id of ids) await uploadBytes(disk.driver, repo, id, content.subarray(0, 10));
    for (const id of ids) truncateSync(disk.at(uploadFileIn(disk.root, id)), 9);
    disk.reopen();
    const [one = newId(), two = newId()] = ids;
    await broken(() => disk.driver.uploads.append(repo, one, { offset: 10 }, chunkOf(content.subarray(0, 10), [])), one);
    await broken(() => disk.driver.uploads.commit(repo, two, { offset: 10 }, digestOf(content.subarray(0, 10))), two);
    for (const id of ids) assert.equal(await disk.driver.uploads.get(repo, id), undefined);
    assert.equal(await disk.driver.blobs.get(repo, digestOf(content.subarray(0, 10))), undefined);
  });

  it('bytes after the checkpoint do not count, whatever follows', async () => {
    const [one, two] = [newId(), newId()];
    for (const id of [one, two]) await uploadBytes(disk.driver, repo, id, content.subarray(0, 10));
    for (const id of [one, two]) appendFileSync(disk.at(uploadFileIn(disk.root, id)), sample(100_000, 'tail'));
    disk.reopen();
    assertSameBytes(await readAll(await disk.driver.uploads.read(repo, one, { offset: 10 })), content.subarray(0, 10));
    assert.equal(await disk.driver.uploads.commit(repo, one, { offset: 10 }, digestOf(content.subarray(0, 10))), true);
    assertSameBytes(await pullBlob(disk.driver, repo, digestOf(content.subarray(0, 10))), content.subarray(0, 10));
    const chunk = chunkOf(content.subarray(0, 10), [[content.subarray(10, 20)]]);
    const upload = await disk.driver.uploads.append(repo, two, { offset: 10 }, chunk);
    assert.equal(await disk.driver.uploads.commit(repo, two, upload ?? emptyCheckpoint, digestOf(content.subarray(0, 20))), true);
    assertSameBytes(await pullBlob(disk.driver, repo, digestOf(content.subarray(0, 20))), content.subarray(0, 20));
  });

  const misnamed: readonly (readonly [string, string])[] = [
    ['.10.', '.010.'],
    ['.10.', '.1e1.'],
    ['.10.', '.-10.'],
    ['.10.', '.99999999999999999.'],
    ['.free.', '.somebody.'],
    ['.free.', '..'],
    ['.sha256-', '.sha256:'],
    ['.sha256-', '.md5-'],
  ];
  it.each(misnamed)('an upload in whose name %s is %s', async (was, is) => {
    const id = newId();
    const upload = await uploadBytes(disk.driver, repo, id, content.subarray(0, 10));
    const file = rename(id, was, is);
    const chunk = chunkOf(content.subarray(0, 10), [[sample(5)]]);
    assert.equal(await disk.driver.uploads.get(repo, id), undefined);
    assert.equal(await disk.driver.uploads.append(repo, id, upload, chunk), undefined);
    assert.equal(await disk.driver.uploads.commit(repo, id, upload, digestOf(sample(10))), false);
    assert.equal(await disk.driver.uploads.delete(repo, id), false);
    assert.equal(await disk.driver.uploads.expire?.(new Date(Date.now() + 1000)), 0);
    assert.ok(existsSync(file));
  });
});
