/** What the file system driver makes of a directory that a crash, a disk or a person has left in disorder. */
import assert from 'node:assert/strict';
import {
  appendFileSync,
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'vitest';
import { type FsDriver, fsDriver } from '../../drivers/fs.ts';
import {
  checkpointKey,
  contentKey,
  linkKey,
  manifestKey,
  referrerKey,
  tagKey,
  uploadDataKey,
  uploadDirectory,
} from '../../drivers/layout.ts';
import { isStorageFault } from '../../lib/driver.ts';
import {
  chunkOf,
  digestOf,
  drained,
  listed,
  manifestOf,
  newId,
  nothing,
  other,
  pulled,
  pushed,
  referrerOf,
  repo,
  sameBytes,
  sample,
  tagged,
  uploaded,
} from './samples.ts';
import { type Watched, watch } from './watched.ts';

const content = sample(400_000);
const digest = digestOf(content);
const manifest = manifestOf('{"a":1}');
const signature = referrerOf('{"b":1}', manifest.digest);
const latest = tagged('latest');
const hourAgo = new Date(Date.now() - 3_600_000);
const minuteAgo = new Date(Date.now() - 60_000);

let root: string;
let watched: Watched;
let driver: FsDriver;

beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), 'stowage-'));
  watched = watch(root);
  driver = fsDriver({ root, fs: watched.fs });
  await pushed(driver, repo, content);
  await driver.manifests.put(repo, manifest);
  await driver.manifests.put(repo, signature);
  await driver.manifests.tag(repo, latest, manifest.digest);
});

afterEach(() => {
  assert.equal(watched.open(), 0, 'files were left open');
  assert.deepEqual(watched.strayed, []);
  rmSync(root, { recursive: true });
});

const at = (key: string): string => join(root, key);

/** Asserts that work fails as broken storage, and names this key. */
async function broken(work: () => Promise<unknown>, key: string): Promise<void> {
  await assert.rejects(work, (error) => isStorageFault(error) && error.kind === 'broken' && error.message.includes(key));
}

describe('damaged objects are reported with their names', () => {
  const manifestObject = () => readFileSync(at(manifestKey(repo, manifest.digest)));
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
      writeFileSync(at(key), bytes());
      await broken(() => driver.manifests.get(repo, manifest.digest), key);
      await driver.manifests.put(repo, manifest);
      sameBytes((await driver.manifests.get(repo, manifest.digest))?.bytes, manifest.bytes);
    });
  }

  for (const text of ['', '\0'.repeat(71), 'sha256:', manifest.digest.slice(0, -1), `${manifest.digest}\n`]) {
    it(`a tag of ${JSON.stringify(text)}, and no other tag suffers`, async () => {
      const key = tagKey(repo, latest);
      await driver.manifests.tag(repo, tagged('whole'), manifest.digest);
      writeFileSync(at(key), text);
      await broken(() => driver.manifests.resolve(repo, latest), key);
      await broken(() => driver.manifests.tag(repo, latest, manifest.digest, null), key);
      assert.equal(await driver.manifests.resolve(repo, tagged('whole')), manifest.digest);
      assert.deepEqual(await driver.manifests.tags(repo, { limit: 10 }), ['latest', 'whole']);
      assert.equal(await driver.manifests.delete(repo, signature), true);
      assert.equal(await driver.manifests.tag(repo, latest, manifest.digest), true);
      assert.equal(await driver.manifests.resolve(repo, latest), manifest.digest);
    });
  }

  for (const text of ['', '{', '{}', 'null', JSON.stringify({ ...signature.referrer, size: -1 })]) {
    it(`a referrer entry of ${JSON.stringify(text.slice(0, 20))}`, async () => {
      const key = referrerKey(repo, manifest.digest, signature.digest);
      writeFileSync(at(key), text);
      await broken(() => listed(driver.manifests.referrers(repo, manifest.digest)), key);
      await driver.manifests.put(repo, signature);
      assert.equal((await listed(driver.manifests.referrers(repo, manifest.digest))).length, 1);
    });
  }

  it('a blob that is shorter than it was when it was looked up', async () => {
    const blob = await driver.blobs.get(repo, digest);
    truncateSync(at(contentKey(digest)), 300_000);
    await broken(async () => drained(await blob?.open()), contentKey(digest));
    await broken(async () => blob?.open({ first: 299_999, last: 300_000 }), contentKey(digest));
    sameBytes(await drained(await blob?.open({ first: 0, last: 299_999 })), content.subarray(0, 300_000));
  });

  it('content that is a link to a file elsewhere', async () => {
    rmSync(at(contentKey(digest)));
    symlinkSync(at(manifestKey(repo, manifest.digest)), at(contentKey(digest)));
    const blob = await driver.blobs.get(repo, digest);
    await broken(async () => blob?.open(), contentKey(digest));
  });
});

describe('what a crash left half done reads as absent, and can be done again', () => {
  it('a link without content', async () => {
    rmSync(at(contentKey(digest)));
    assert.equal(await driver.blobs.get(repo, digest), undefined);
    assert.equal(await driver.blobs.mount?.(other, digest, repo), false);
    assert.equal(await driver.blobs.mount?.(other, digest), false);
    await pushed(driver, repo, content);
    sameBytes(await pulled(driver, repo, digest), content);
  });

  it('content without a link', async () => {
    rmSync(at(linkKey(repo, digest)));
    assert.equal(await driver.blobs.get(repo, digest), undefined);
    assert.equal(await driver.blobs.mount?.(other, digest), false);
  });

  it('a tag without its manifest', async () => {
    rmSync(at(manifestKey(repo, manifest.digest)));
    assert.equal(await driver.manifests.resolve(repo, latest), undefined);
    assert.equal(await driver.manifests.tag(repo, latest, signature.digest, manifest.digest), false);
    assert.equal(await driver.manifests.tag(repo, latest, signature.digest, null), true);
    assert.equal(await driver.manifests.resolve(repo, latest), signature.digest);
  });

  it('a referrer entry without its manifest', async () => {
    rmSync(at(manifestKey(repo, signature.digest)));
    assert.deepEqual(await listed(driver.manifests.referrers(repo, manifest.digest)), []);
  });

  it('an upload whose bytes a commit has moved, and nothing more', async () => {
    const id = newId();
    const upload = await uploaded(driver, other, id, content);
    rmSync(at(uploadDataKey(id)));
    driver = fsDriver({ root, fs: watched.fs });
    assert.equal((await driver.uploads.get(other, id))?.offset, content.length);
    assert.equal(await driver.uploads.commit(other, id, upload, digest), true);
    assert.equal(await driver.uploads.get(other, id), undefined);
    sameBytes(await pulled(driver, other, digest), content);
  });

  it('an upload whose bytes are gone', async () => {
    const [one, two] = [newId(), newId()];
    for (const id of [one, two]) await uploaded(driver, repo, id, content.subarray(0, 10));
    for (const id of [one, two]) rmSync(at(uploadDataKey(id)));
    const chunk = chunkOf(content.subarray(0, 10), [[content.subarray(10)]]);
    assert.equal(await driver.uploads.append(repo, one, { offset: 10 }, chunk), undefined);
    assert.equal(await driver.uploads.commit(repo, two, { offset: 10 }, digestOf(content.subarray(0, 10))), false);
    for (const id of [one, two]) assert.equal(await driver.uploads.get(repo, id), undefined);
  });

  it('an upload that has fewer bytes than its checkpoint says is gone once that is seen', async () => {
    const ids = [newId(), newId()];
    for (const id of ids) await uploaded(driver, repo, id, content.subarray(0, 10));
    for (const id of ids) truncateSync(at(uploadDataKey(id)), 9);
    const [one = newId(), two = newId()] = ids;
    await broken(() => driver.uploads.append(repo, one, { offset: 10 }, chunkOf(content.subarray(0, 10), [])), one);
    await broken(() => driver.uploads.commit(repo, two, { offset: 10 }, digestOf(content.subarray(0, 10))), two);
    for (const id of ids) assert.equal(await driver.uploads.get(repo, id), undefined);
    assert.equal(await driver.blobs.get(repo, digestOf(content.subarray(0, 10))), undefined);
  });

  it('bytes after the checkpoint do not count, whatever follows', async () => {
    const [one, two] = [newId(), newId()];
    for (const id of [one, two]) await uploaded(driver, repo, id, content.subarray(0, 10));
    for (const id of [one, two]) appendFileSync(at(uploadDataKey(id)), sample(100_000, 'tail'));
    driver = fsDriver({ root, fs: watched.fs });
    sameBytes(await drained(await driver.uploads.read(repo, one, { offset: 10 })), content.subarray(0, 10));
    assert.equal(await driver.uploads.commit(repo, one, { offset: 10 }, digestOf(content.subarray(0, 10))), true);
    sameBytes(await pulled(driver, repo, digestOf(content.subarray(0, 10))), content.subarray(0, 10));
    const chunk = chunkOf(content.subarray(0, 10), [[content.subarray(10, 20)]]);
    const upload = await driver.uploads.append(repo, two, { offset: 10 }, chunk);
    assert.equal(await driver.uploads.commit(repo, two, upload ?? nothing, digestOf(content.subarray(0, 20))), true);
    sameBytes(await pulled(driver, repo, digestOf(content.subarray(0, 20))), content.subarray(0, 20));
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
      const upload = await uploaded(driver, repo, id, content.subarray(0, 10));
      writeFileSync(at(checkpointKey(id)), text);
      assert.equal(await driver.uploads.get(repo, id), undefined);
      assert.equal(await driver.uploads.append(repo, id, upload, chunkOf(content.subarray(0, 10), [[sample(5)]])), undefined);
      assert.equal(await driver.uploads.commit(repo, id, upload, digestOf(sample(10))), false);
      assert.equal(await driver.uploads.delete(repo, id), false);
      await driver.uploads.expire?.(new Date(Date.now() + 1000));
      assert.deepEqual(readdirSync(at('uploads')), []);
    });
  }
});

describe('what others did to the directory', () => {
  it('a push repairs content that has rotted', async () => {
    const rotten = content.map((byte, position) => (position === 77 ? byte ^ 1 : byte));
    writeFileSync(at(contentKey(digest)), rotten);
    await pushed(driver, repo, content);
    sameBytes(await pulled(driver, repo, digest), content);
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
      rmSync(at(directory), { recursive: true });
      // The watch is on the inside of the root; a root that is made anew is synced outside of it.
      driver = directory === '' ? fsDriver({ root }) : driver;
      await pushed(driver, repo, content);
      await driver.manifests.put(repo, signature);
      assert.equal(await driver.manifests.tag(repo, latest, signature.digest), true);
      sameBytes(await pulled(driver, repo, digest), content);
      assert.equal(await driver.manifests.resolve(repo, latest), signature.digest);
    });
  }

  it('directories that a running driver remembers were all removed', async () => {
    const running = fsDriver({ root });
    await pushed(running, repo, content);
    rmSync(root, { recursive: true });
    await pushed(running, repo, content);
    await running.manifests.put(repo, manifest);
    sameBytes(await pulled(running, repo, digest), content);
  });

  it('an upload whose directory is removed during an append is gone', async () => {
    const id = newId();
    const upload = await uploaded(driver, repo, id, content.subarray(0, 10));
    const remove = () => rmSync(at(uploadDirectory(id)), { recursive: true });
    const chunk = chunkOf(content.subarray(0, 10), [[sample(10)], remove, [sample(10)]]);
    assert.equal(await driver.uploads.append(repo, id, upload, chunk), undefined);
    assert.equal(existsSync(at(uploadDirectory(id))), false);
  });

  it('foreign files are no tags, no repositories, no uploads', async () => {
    for (const key of [
      'repositories/lost+found/x',
      'repositories/.nfs1',
      `repositories/${repo}/_tags/.nfs1`,
      'uploads/.nfs1',
      'uploads/x/y',
    ]) {
      mkdirSync(dirname(at(key)), { recursive: true });
      writeFileSync(at(key), 'foreign');
    }
    writeFileSync(at(`repositories/${repo}/_tags/Upper`), manifest.digest);
    mkdirSync(at(`repositories/${repo}/_manifests/md5`));
    assert.deepEqual(await driver.manifests.tags(repo, { limit: 10 }), ['latest']);
    assert.deepEqual(await driver.manifests.repositories({ limit: 10 }), [repo]);
    assert.equal(await driver.uploads.expire?.(new Date(Date.now() + 1000)), 0);
    assert.equal(await driver.manifests.delete(repo, manifest), true);
  });
});

describe('expiry of fsDriver', () => {
  const age = (key: string, to: Date) => utimesSync(at(key), to, to);

  it('counts from the last change of the bytes or the checkpoint', async () => {
    const [old, written, begun] = [newId(), newId(), newId()];
    for (const id of [old, written, begun]) await uploaded(driver, repo, id, content.subarray(0, 10));
    for (const id of [old, written]) age(checkpointKey(id), hourAgo);
    for (const id of [old, begun]) age(uploadDataKey(id), hourAgo);
    assert.equal(await driver.uploads.expire?.(minuteAgo), 1);
    assert.equal(await driver.uploads.get(repo, old), undefined);
    assert.deepEqual(readdirSync(at('uploads')).sort(), [written, begun].sort());
  });

  it('takes no upload that an append is writing to', async () => {
    const id = newId();
    const upload = await uploaded(driver, repo, id, content.subarray(0, 10));
    const expire = async () => assert.equal(await driver.uploads.expire?.(new Date(Date.now() + 60_000)), 0);
    const chunk = chunkOf(content.subarray(0, 10), [[content.subarray(10, 20)], expire, [content.subarray(20, 30)]]);
    assert.equal((await driver.uploads.append(repo, id, upload, chunk))?.offset, 30);
  });

  it('takes uploads that never came to their first checkpoint, and what other drivers left in staging', async () => {
    const id = newId();
    mkdirSync(at(uploadDirectory(id)));
    writeFileSync(at('staging/left-0'), 'left');
    mkdirSync(at('staging/left-1'));
    writeFileSync(at('staging/left-1/data'), 'left');
    writeFileSync(at('staging/new-0'), 'new');
    for (const key of [uploadDirectory(id), 'staging/left-0', 'staging/left-1']) age(key, hourAgo);
    assert.equal(await driver.uploads.expire?.(minuteAgo), 1);
    assert.deepEqual(readdirSync(at('staging')), ['new-0']);
    assert.deepEqual(readdirSync(at('uploads')), []);
  });
});

describe('readers of fsDriver', () => {
  it('a reader that goes away before the first piece leaves no file open', async () => {
    const body = await (await driver.blobs.get(repo, digest))?.open();
    assert.ok(body && !(body instanceof Uint8Array));
    assert.equal(watched.open(), 1);
    await body[Symbol.asyncIterator]().return?.();
    assert.equal(watched.open(), 0);
  });

  it('a reader that goes away in the middle leaves no file open', async () => {
    const body = await (await driver.blobs.get(repo, digest))?.open();
    assert.ok(body && !(body instanceof Uint8Array));
    for await (const _ of body) break;
    assert.equal(watched.open(), 0);
  });

  it('a reader of an upload that goes away leaves no file open', async () => {
    const id = newId();
    const upload = await uploaded(driver, repo, id, content);
    for await (const _ of await driver.uploads.read(repo, id, upload)) break;
    assert.equal(watched.open(), 0);
  });

  it('a blob deleted from disk while it is read comes to its end', async () => {
    const body = await (await driver.blobs.get(repo, digest))?.open();
    rmSync(at(contentKey(digest)));
    sameBytes(await drained(body), content);
  });
});

describe('making and preparing fsDriver', () => {
  it('prepare makes the root and leaves nothing in it but a directory', async () => {
    const fresh = join(root, 'deep', 'root');
    await fsDriver({ root: fresh }).prepare();
    assert.deepEqual(readdirSync(fresh), ['staging']);
    assert.deepEqual(readdirSync(join(fresh, 'staging')), []);
  });

  it('prepare says what is wrong with a root that cannot be', async () => {
    writeFileSync(at('file'), '');
    await broken(() => fsDriver({ root: at('file') }).prepare(), at('file'));
    await broken(() => fsDriver({ root: at('file/below') }).prepare(), at('file/below'));
  });

  it.skipIf(process.getuid?.() === 0)('prepare says that a root cannot be written', async () => {
    mkdirSync(at('closed'));
    chmodSync(at('closed'), 0o500);
    await broken(() => fsDriver({ root: at('closed') }).prepare(), at('closed'));
  });

  const wrong: readonly (readonly [string, unknown, RegExp])[] = [
    ['nothing', undefined, /root/],
    ['no root', {}, /root must be the path of a directory/],
    ['an empty root', { root: '' }, /root/],
    ['a root that is no text', { root: 7 }, /root/],
    ['an unknown durability', { root: 'x', durability: 'some' }, /durability must be 'full' or 'none'/],
    ['a misspelt option', { root: 'x', durabilty: 'none' }, /no option 'durabilty'/],
    [
      'a file system without its functions',
      { root: 'x', fs: { open() {} } },
      /it has no mkdir, readdir, stat, rename, unlink, rm/,
    ],
    ['no file system', { root: 'x', fs: null }, /fs must be like/],
    ['several', { root: '', durability: 1, more: 1 }, /no option 'more'.*root.*durability/],
  ];
  for (const [what, options, message] of wrong) {
    it(`options with ${what} are refused, with all that is wrong`, () => {
      assert.throws(
        () => Reflect.apply(fsDriver, undefined, [options]),
        (error) => error instanceof TypeError && message.test(error.message),
      );
    });
  }
});
