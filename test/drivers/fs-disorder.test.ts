/** What the file system driver makes of what others did to its directory, and what it clears away itself. */
import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { describe, it } from 'vitest';
import { fsDriver } from '../../drivers/fs.ts';
import { contentKey, uploadShard } from '../../drivers/tree/layout.ts';
import {
  assertSameBytes,
  chunkOf,
  newId,
  pullBlob,
  pushBlob,
  repo,
  sample,
  uploadBytes,
} from '../../lib/testing/suite/samples.ts';
import { filesBelow, uploadFileIn, uploadFiles } from '../support/drivers/files-below.ts';
import { content, digest, latest, manifest, onDisk, signature } from '../support/drivers/on-disk.ts';

const disk = onDisk();
const hourAgo = new Date(Date.now() - 3_600_000);
const minuteAgo = new Date(Date.now() - 60_000);

describe('what others did to the directory', () => {
  it('a push repairs content that has rotted', async () => {
    const rotten = content.map((byte, position) => (position === 77 ? byte ^ 1 : byte));
    writeFileSync(disk.at(contentKey(digest)), rotten);
    await pushBlob(disk.driver, repo, content);
    assertSameBytes(await pullBlob(disk.driver, repo, digest), content);
  });

  for (const directory of [
    'staging',
    'uploads',
    'content',
    'repositories',
    'repositories/library/sample',
    'content/sha256',
    '',
  ]) {
    it(`'${directory}' was removed, and things can be stored again`, async () => {
      rmSync(disk.at(directory), { recursive: true });
      // The watch is on the inside of the root; a root that is made anew is synced outside of it.
      const driver = directory === '' ? fsDriver({ root: disk.root }) : disk.driver;
      await pushBlob(driver, repo, content);
      await driver.manifests.put(repo, signature);
      assert.equal(await driver.manifests.tag(repo, latest, signature.digest), true);
      assertSameBytes(await pullBlob(driver, repo, digest), content);
      assert.equal(await driver.manifests.resolve(repo, latest), signature.digest);
    });
  }

  it('directories that a running driver remembers were all removed', async () => {
    const running = fsDriver({ root: disk.root });
    await pushBlob(running, repo, content);
    rmSync(disk.root, { recursive: true });
    await pushBlob(running, repo, content);
    await running.manifests.put(repo, manifest);
    assertSameBytes(await pullBlob(running, repo, digest), content);
  });

  it('an upload whose directory is removed during an append is gone', async () => {
    const id = newId();
    const upload = await uploadBytes(disk.driver, repo, id, content.subarray(0, 10));
    const remove = () => rmSync(disk.at(uploadShard(id)), { recursive: true });
    const chunk = chunkOf(content.subarray(0, 10), [[sample(10)], remove, [sample(10)]]);
    assert.equal(await disk.driver.uploads.append(repo, id, upload, chunk), undefined);
    assert.deepEqual(uploadFiles(disk.root), []);
  });

  it('an append takes no more of its chunk once its upload has ended', async () => {
    const id = newId();
    const upload = await uploadBytes(disk.driver, repo, id, content.subarray(0, 10));
    const end = () => disk.driver.uploads.delete(repo, id);
    const never = () => assert.fail('the chunk was read on');
    const chunk = chunkOf(content.subarray(0, 10), [end, [sample(10)], never]);
    assert.equal(await disk.driver.uploads.append(repo, id, upload, chunk), undefined);
  });

  it('foreign files are no tags, no repositories, no uploads', async () => {
    for (const key of [
      'repositories/lost+found/x',
      'repositories/.nfs1',
      `repositories/${repo}/_pointers/.nfs1`,
      'uploads/.nfs1',
      'uploads/x/y',
      'uploads/ab/.nfs1',
      'uploads/ab/y',
    ]) {
      mkdirSync(dirname(disk.at(key)), { recursive: true });
      writeFileSync(disk.at(key), 'foreign');
    }
    writeFileSync(disk.at(`repositories/${repo}/_pointers/Upper`), manifest.digest);
    mkdirSync(disk.at(`repositories/${repo}/_pointers/UPPER`));
    mkdirSync(disk.at(`repositories/${repo}/_manifests/md5`));
    assert.deepEqual(await disk.driver.manifests.tags(repo, { limit: 10 }), ['latest']);
    assert.deepEqual(await disk.driver.manifests.repositories({ limit: 10 }), [repo]);
    assert.equal(await disk.driver.uploads.expire?.(new Date(Date.now() + 1000)), 0);
    assert.equal(await disk.driver.manifests.delete(repo, manifest.digest), true);
  });
});

describe('expiry of fsDriver', () => {
  const age = (key: string, to: Date) => utimesSync(disk.at(key), to, to);

  it('counts from the last append, also if that brought no bytes', async () => {
    const [old, touched, recent] = [newId(), newId(), newId()];
    for (const id of [old, touched, recent]) await uploadBytes(disk.driver, repo, id, content.subarray(0, 10));
    for (const id of [old, touched]) age(uploadFileIn(disk.root, id), hourAgo);
    await disk.driver.uploads.append(repo, touched, { offset: 10 }, chunkOf(content.subarray(0, 10), []));
    assert.equal(await disk.driver.uploads.expire?.(minuteAgo), 1);
    assert.equal(await disk.driver.uploads.get(repo, old), undefined);
    for (const id of [touched, recent]) assert.equal((await disk.driver.uploads.get(repo, id))?.offset, 10);
  });

  it('takes no upload that an append is writing to', async () => {
    const id = newId();
    const upload = await uploadBytes(disk.driver, repo, id, content.subarray(0, 10));
    const expire = async () => assert.equal(await disk.driver.uploads.expire?.(new Date(Date.now() + 60_000)), 0);
    const chunk = chunkOf(content.subarray(0, 10), [[content.subarray(10, 20)], expire, [content.subarray(20, 30)]]);
    assert.equal((await disk.driver.uploads.append(repo, id, upload, chunk))?.offset, 30);
  });

  it('takes what 0.1 kept of uploads, once that is idle, and what other drivers left in staging', async () => {
    const [old, recent] = [newId(), newId()].map((id) => `uploads/${id}`);
    assert.ok(old && recent);
    for (const upload of [old, recent]) {
      mkdirSync(disk.at(`${upload}/free`), { recursive: true });
      for (const name of ['data', 'checkpoint']) writeFileSync(disk.at(`${upload}/free/${name}`), name);
    }
    writeFileSync(disk.at('staging/left-0'), 'left');
    mkdirSync(disk.at('staging/left-1'));
    writeFileSync(disk.at('staging/left-1/data'), 'left');
    writeFileSync(disk.at('staging/new-0'), 'new');
    for (const key of [old, 'staging/left-0', 'staging/left-1']) age(key, hourAgo);
    assert.equal(await disk.driver.uploads.expire?.(minuteAgo), 1);
    assert.deepEqual(readdirSync(disk.at('staging')), ['new-0']);
    assert.deepEqual(
      filesBelow(disk.at('uploads')).sort(),
      ['checkpoint', 'data'].map((name) => `${recent.slice(8)}/free/${name}`),
    );
  });

  it('leaves alone what a living driver has in staging, and takes what a dead one has, whatever its age', async () => {
    const refused = new Error('not the promised bytes');
    disk.watched.failing(({ name, key }) => (name === 'unlink' && key.startsWith('staging') ? 'EIO' : undefined));
    await assert.rejects(async () => disk.driver.blobs.put?.(repo, digest, chunkOf(sample(0), [[sample(10)], refused])), refused);
    disk.watched.failing(() => undefined);
    for (const [owner, left] of [
      [disk.driver, 1],
      [fsDriver({ root: disk.root }), 1],
      [fsDriver({ root: disk.root, alive: () => false }), 0],
    ] as const) {
      await owner.uploads.expire?.(new Date(0));
      assert.equal(readdirSync(disk.at('staging')).length, left);
    }
  });
});
