/** What the file system driver makes of objects that were cut short or damaged: a fault that names them. */
import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { describe, it } from 'vitest';
import { contentKey, manifestKey, pointerDirectory, referrerKey } from '../../drivers/tree/layout.ts';
import { allReferrers, assertSameBytes, readAll, readTag, repo } from '../../lib/testing/suite/samples.ts';
import { broken, content, digest, latest, manifest, onDisk, signature } from '../support/drivers/on-disk.ts';

const disk = onDisk();

describe('damaged objects are reported with their names', () => {
  const manifestObject = () => readFileSync(disk.at(manifestKey(repo, manifest.digest)));
  const manifests: readonly (readonly [string, () => Uint8Array])[] = [
    ['empty', () => Buffer.alloc(0)],
    ['zeros', () => Buffer.alloc(100)],
    ['cut in its first line', () => manifestObject().subarray(0, 10)],
    ['cut after its first line', () => manifestObject().subarray(0, manifestObject().indexOf('\n') + 1)],
    ['short of a byte', () => manifestObject().subarray(0, -1)],
    ['longer by a byte', () => Buffer.concat([manifestObject(), Buffer.from('x')])],
    ['another kind of JSON', () => Buffer.from('[]\n')],
    ['without a media type', () => Buffer.from('{"size":0}\n')],
    ['with a subject that is none', () => Buffer.from('{"mediaType":"a/b","size":0,"subject":"sha256:00"}\n')],
    ['with a subject and no referrer', () => Buffer.from(`{"mediaType":"a/b","size":0,"subject":"${digest}"}\n`)],
  ];
  for (const [how, bytes] of manifests) {
    it(`a manifest that is ${how}`, async () => {
      const key = manifestKey(repo, manifest.digest);
      writeFileSync(disk.at(key), bytes());
      await broken(() => disk.driver.manifests.get(repo, manifest.digest), key);
      await disk.driver.manifests.put(repo, manifest);
      assertSameBytes((await disk.driver.manifests.get(repo, manifest.digest))?.bytes, manifest.bytes);
    });
  }

  const hex = manifest.digest.slice('sha256:'.length);
  const other = signature.digest.slice('sha256:'.length);
  for (const entries of [
    ['x'],
    ['sha256-'],
    [`sha256-${hex}`],
    [`sha256-${hex.slice(1)}-0123456789abcdef`],
    [`sha256-${hex}-x`],
    [`sha256-${hex}-0123456789abcdef`, `sha256-${other}-0123456789abcdef`],
  ]) {
    it(`a tag with ${entries.map((name) => name.replace(hex, '<hex>').replace(other, '<other>')).join(' and ')}, and no other tag suffers`, async () => {
      const key = pointerDirectory(repo, latest);
      await disk.driver.manifests.tag(repo, readTag('whole'), manifest.digest);
      for (const name of readdirSync(disk.at(key))) rmSync(disk.at(`${key}/${name}`));
      for (const name of entries) writeFileSync(disk.at(`${key}/${name}`), '');
      await broken(() => disk.driver.manifests.resolve(repo, latest), key);
      await broken(() => disk.driver.manifests.tag(repo, latest, manifest.digest, null), key);
      assert.equal(await disk.driver.manifests.resolve(repo, readTag('whole')), manifest.digest);
      assert.deepEqual(await disk.driver.manifests.tags(repo, { limit: 10 }), ['latest', 'whole']);
      assert.equal(await disk.driver.manifests.delete(repo, signature.digest), true);
      assert.equal(await disk.driver.manifests.tag(repo, latest, manifest.digest), true);
      assert.equal(await disk.driver.manifests.resolve(repo, latest), manifest.digest);
      assert.equal(readdirSync(disk.at(key)).length, 1);
    });
  }

  it('a tag that is damaged, which can be deleted', async () => {
    const key = pointerDirectory(repo, latest);
    for (const name of ['x', 'y']) writeFileSync(disk.at(`${key}/${name}`), '');
    assert.equal(await disk.driver.manifests.untag(repo, latest), true);
    assert.equal(await disk.driver.manifests.resolve(repo, latest), undefined);
    assert.deepEqual(await disk.driver.manifests.tags(repo, { limit: 10 }), []);
  });

  for (const [what, add] of Object.entries({
    file: (path: string) => writeFileSync(path, ''),
    directory: (path: string) => {
      mkdirSync(path);
      writeFileSync(`${path}/thumbnail`, '');
    },
  })) {
    it(`a tag beside whose entry others have put a ${what} is whole, moves, and can be deleted`, async () => {
      const key = pointerDirectory(repo, latest);
      add(disk.at(`${key}/@eaDir`));
      const { manifests } = disk.driver;
      assert.equal(await manifests.resolve(repo, latest), manifest.digest);
      assert.equal(await manifests.tag(repo, latest, signature.digest), true);
      assert.equal(await manifests.resolve(repo, latest), signature.digest);
      assert.equal(await manifests.tag(repo, latest, manifest.digest, signature.digest), true);
      assert.equal(await manifests.untag(repo, latest, manifest.digest), true);
      assert.equal(await manifests.resolve(repo, latest), undefined);
      assert.deepEqual(await manifests.tags(repo, { limit: 10 }), []);
      assert.equal(await manifests.tag(repo, latest, manifest.digest, null), true);
      add(disk.at(`${key}/@eaDir`));
      assert.equal(await manifests.untag(repo, latest), true);
      assert.deepEqual(await manifests.tags(repo, { limit: 10 }), []);
    });
  }

  for (const text of ['', '{', '{}\n', 'null\n{}']) {
    it(`a manifest of ${JSON.stringify(text)}, which can be deleted`, async () => {
      const key = manifestKey(repo, signature.digest);
      writeFileSync(disk.at(key), text);
      await broken(() => disk.driver.manifests.get(repo, signature.digest), key);
      assert.equal(await disk.driver.manifests.delete(repo, signature.digest), true);
      assert.equal(await disk.driver.manifests.get(repo, signature.digest), undefined);
      assert.deepEqual(await allReferrers(disk.driver, repo, manifest.digest), []);
    });
  }

  for (const text of ['', '{', '{}', 'null', JSON.stringify({ ...signature.referrer, size: -1 })]) {
    it(`a referrer entry of ${JSON.stringify(text.slice(0, 20))}`, async () => {
      const key = referrerKey(repo, manifest.digest, signature.digest);
      writeFileSync(disk.at(key), text);
      await broken(() => allReferrers(disk.driver, repo, manifest.digest), key);
      await disk.driver.manifests.put(repo, signature);
      assert.equal((await allReferrers(disk.driver, repo, manifest.digest)).length, 1);
    });
  }

  it('a blob that is shorter than it was when it was looked up', async () => {
    const blob = await disk.driver.blobs.get(repo, digest);
    truncateSync(disk.at(contentKey(digest)), 300_000);
    await broken(async () => readAll(await blob?.open()), contentKey(digest));
    await broken(async () => blob?.open({ first: 299_999, last: 300_000 }), contentKey(digest));
    assertSameBytes(await readAll(await blob?.open({ first: 0, last: 299_999 })), content.subarray(0, 300_000));
  });

  it('a blob that is too short, to a reader who takes his time', async () => {
    const blob = await disk.driver.blobs.get(repo, digest);
    truncateSync(disk.at(contentKey(digest)), 300_000);
    const body = await blob?.open();
    assert.ok(body && !(body instanceof Uint8Array));
    const read = async () => {
      for await (const _ of body) await setTimeout(20);
    };
    await broken(read, contentKey(digest));
  });

  it('content that is a link to a file elsewhere', async () => {
    rmSync(disk.at(contentKey(digest)));
    symlinkSync(disk.at(manifestKey(repo, manifest.digest)), disk.at(contentKey(digest)));
    const blob = await disk.driver.blobs.get(repo, digest);
    await broken(async () => blob?.open(), contentKey(digest));
  });
});
