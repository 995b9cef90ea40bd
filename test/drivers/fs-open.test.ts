/** How the file system driver is made, and how its readers come to their end. */
import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'vitest';
import { fsDriver } from '../../drivers/fs.ts';
import { contentKey } from '../../drivers/tree/layout.ts';
import { assertSameBytes, newId, readAll, repo, uploadBytes } from '../../lib/testing/suite/samples.ts';
import { broken, content, digest, onDisk } from '../support/drivers/on-disk.ts';

const disk = onDisk();

describe('readers of fsDriver', () => {
  it('a reader that goes away before the first piece leaves no file open', async () => {
    const body = await (await disk.driver.blobs.get(repo, digest))?.open();
    assert.ok(body && !(body instanceof Uint8Array));
    assert.equal(disk.watched.open(), 1);
    await body[Symbol.asyncIterator]().return?.();
    assert.equal(disk.watched.open(), 0);
  });

  it('a reader that goes away in the middle leaves no file open', async () => {
    const body = await (await disk.driver.blobs.get(repo, digest))?.open();
    assert.ok(body && !(body instanceof Uint8Array));
    for await (const _ of body) break;
    assert.equal(disk.watched.open(), 0);
  });

  it('a reader of an upload that goes away leaves no file open', async () => {
    const id = newId();
    const upload = await uploadBytes(disk.driver, repo, id, content);
    for await (const _ of (await disk.driver.uploads.read(repo, id, upload)) ?? []) break;
    assert.equal(disk.watched.open(), 0);
  });

  it('a blob deleted from disk while it is read comes to its end', async () => {
    const body = await (await disk.driver.blobs.get(repo, digest))?.open();
    rmSync(disk.at(contentKey(digest)));
    assertSameBytes(await readAll(body), content);
  });
});

describe('making and preparing fsDriver', () => {
  it('prepare makes the root and leaves nothing in it but directories and the mark of its layout, and close takes its record away', async () => {
    const fresh = join(disk.root, 'deep', 'root');
    const driver = fsDriver({ root: fresh });
    await driver.prepare();
    assert.deepEqual(readdirSync(fresh).sort(), ['instances', 'layout-2', 'staging']);
    assert.deepEqual(readdirSync(join(fresh, 'staging')), []);
    assert.equal(readdirSync(join(fresh, 'instances')).length, 1);
    await driver.close();
    assert.deepEqual(readdirSync(join(fresh, 'instances')), []);
  });

  it('prepare says what is wrong with a root that cannot be', async () => {
    writeFileSync(disk.at('file'), '');
    await broken(() => fsDriver({ root: disk.at('file') }).prepare(), disk.at('file'));
    await broken(() => fsDriver({ root: disk.at('file/below') }).prepare(), disk.at('file/below'));
  });

  it.skipIf(process.getuid?.() === 0)('prepare says that a root cannot be written', async () => {
    mkdirSync(disk.at('closed'));
    chmodSync(disk.at('closed'), 0o500);
    await broken(() => fsDriver({ root: disk.at('closed') }).prepare(), disk.at('closed'));
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
      /it has no mkdir, readdir, opendir, stat, rename, unlink, rmdir, rm/,
    ],
    ['no file system', { root: 'x', fs: null }, /fs must be like/],
    ['a liveness that is no function', { root: 'x', alive: true }, /alive must be a function/],
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
