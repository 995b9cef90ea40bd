/** Directories that have become empty: they go, and take nothing along that others put there. */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmdirSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fsDriver } from '../../drivers/fs.ts';
import { pointerDirectory } from '../../drivers/tree/layout.ts';
import type { Driver, RepositoryName } from '../../lib/driver.ts';
import {
  assertSameBytes,
  digestOf,
  manifestOf,
  pullBlob,
  pushBlob,
  readName,
  readTag,
  referrerOf,
  sample,
} from '../../lib/testing/suite/samples.ts';
import { modelDisk } from '../support/drivers/model-disk.ts';
import { content, digest, onDisk } from '../support/drivers/on-disk.ts';
import { buildProgram } from '../support/drivers/separate-process.ts';

const disk = onDisk({ filled: false });
const [app, below, neighbour] = ['library/app', 'library/app/below', 'library/neighbour'].map((name) => readName(name)) as [
  RepositoryName,
  RepositoryName,
  RepositoryName,
];
const manifest = manifestOf('{"a":1}');
const signature = referrerOf('{"b":1}', manifest.digest);
const namesIn = (key: string): string[] => readdirSync(disk.at(key)).sort();

async function fill(driver: Driver, repo: RepositoryName): Promise<void> {
  await pushBlob(driver, repo, content);
  for (const each of [manifest, signature]) await driver.manifests.put(repo, each);
  await driver.manifests.tag(repo, readTag('latest'), manifest.digest);
}

async function empty(driver: Driver, repo: RepositoryName): Promise<void> {
  for (const each of [signature, manifest]) assert.equal(await driver.manifests.delete(repo, each.digest), true);
  assert.equal(await driver.blobs.delete(repo, digest), true);
}

describe('a tag whose deletion was interrupted', () => {
  it('is listed until it is asked for, and then no longer', async () => {
    await fill(disk.driver, app);
    const [latest, left] = [readTag('latest'), readTag('left')];
    mkdirSync(disk.at(pointerDirectory(app, left)));
    expect(await disk.driver.manifests.tags(app, { limit: 10 })).toEqual([latest, left]);
    expect(await disk.driver.manifests.resolve(app, left)).toBeUndefined();
    expect(await disk.driver.manifests.tags(app, { limit: 10 })).toEqual([latest]);
    expect(await disk.driver.manifests.resolve(app, latest)).toBe(manifest.digest);
    await empty(disk.driver, app);
  });
});

describe('a repository that was emptied', () => {
  it('leaves no directory, and those that hold something stay', async () => {
    for (const repo of [app, below, neighbour]) await fill(disk.driver, repo);
    await empty(disk.driver, app);
    expect(namesIn('repositories/library/app')).toEqual(['below']);
    await empty(disk.driver, below);
    expect(namesIn('repositories/library')).toEqual(['neighbour']);
    await empty(disk.driver, neighbour);
    expect(namesIn('repositories')).toEqual([]);
    await fill(disk.driver, app);
    assertSameBytes(await pullBlob(disk.driver, app, digest), content);
  });

  it.each(['EIO', 'EBUSY', 'EACCES', 'EPERM'])('is deleted also where its directories cannot be removed: %s', async (code) => {
    await fill(disk.driver, app);
    disk.watched.failing(({ name }) => (name === 'rmdir' ? code : undefined));
    await empty(disk.driver, app);
    disk.watched.failing(() => undefined);
    expect(await disk.driver.manifests.repositories({ limit: 10 })).toEqual([]);
    await disk.driver.uploads.expire?.(new Date(0));
    expect(namesIn('repositories')).toEqual([]);
  });
});

describe.skipIf(process.platform === 'win32')('a directory that the owner has put on another disk, by a symbolic link', () => {
  it('is synced after a deletion in it, and the link stays', async () => {
    mkdirSync(disk.at('elsewhere'));
    mkdirSync(disk.at('repositories'));
    symlinkSync(disk.at('elsewhere'), disk.at('repositories/linked'));
    const linked = readName('linked');
    await pushBlob(disk.driver, linked, content);
    const before = disk.watched.calls.length;
    assert.equal(await disk.driver.blobs.delete(linked, digest), true);
    const synced = disk.watched.calls.slice(before).filter(({ name }) => name === 'sync');
    expect(synced.map(({ key }) => key)).toEqual(['repositories/linked']);
    expect(namesIn('repositories')).toEqual(['linked']);
  });
});

describe('a sweep', () => {
  it('removes the empty directories that earlier versions left, some in each sweep, and no other', {
    timeout: 30_000,
  }, async () => {
    await fill(disk.driver, neighbour);
    const before = namesIn('repositories/library/neighbour');
    for (const name of ['a/b/c', 'library/neighbour/x']) {
      for (const child of ['_blobs/sha256', '_manifests/sha512', '_pointers/left', '_referrers/sha256/00/sha256']) {
        mkdirSync(disk.at(`repositories/${name}/${child}`), { recursive: true });
      }
    }
    for (let turn = 0; turn < 2_100; turn++) mkdirSync(disk.at(`repositories/many/r${turn}/_blobs/sha256`), { recursive: true });
    await disk.driver.uploads.expire?.(new Date(0));
    expect(namesIn('repositories/many').length).toBeGreaterThan(100);
    await disk.driver.uploads.expire?.(new Date(0));
    await disk.driver.uploads.expire?.(new Date(0));
    expect(namesIn('repositories')).toEqual(['library']);
    expect(namesIn('repositories/library/neighbour')).toEqual(before);
    expect(existsSync(disk.at('content'))).toBe(true);
  });
});

describe('a directory that another process has made again', () => {
  it('is synced into its parents before what is put into it is acknowledged', async () => {
    const model = modelDisk();
    const [one, two] = [model.process(), model.process()].map((fs) => fsDriver({ root: '/registry', fs, alive: () => true }));
    assert.ok(one && two);
    await pushBlob(one, app, content);
    const [first, second] = [sample(10, 'first'), sample(10, 'second')];
    // The third process makes the directories that the second one removed, and comes to no sync of a directory.
    const base = model.process();
    const open: typeof base.open = async (path, flags) => ({ ...(await base.open(path, flags)), sync: async () => undefined });
    const three = fsDriver({ root: '/registry', fs: { ...base, open }, alive: () => true });
    await two.blobs.delete(app, digest);
    await pushBlob(three, app, first);
    await pushBlob(one, app, second);
    model.losePower(() => false);
    const after = fsDriver({ root: '/registry', fs: model.process(), alive: () => false });
    assertSameBytes(await pullBlob(after, app, digestOf(second)), second);
  });
});

describe('a writer', () => {
  it('gets its directory also where others remove it whenever something is synced', async () => {
    const own = disk.watched.fs;
    /** Removes what is empty, as far as the system lets it: what any number of processes do that delete at this moment. */
    const removeEmpty = (path: string): void => {
      for (const { name } of readdirSync(path, { withFileTypes: true }).filter((entry) => entry.isDirectory())) {
        removeEmpty(join(path, name));
      }
      if (readdirSync(path).length === 0) rmdirSync(path);
    };
    const open: typeof own.open = async (path, flags, mode) => {
      const file = await own.open(path, flags, mode);
      const sync = async (): Promise<void> => {
        await file.sync?.();
        if (existsSync(disk.at('repositories/library'))) removeEmpty(disk.at('repositories/library'));
      };
      return { ...file, ...(file.sync && { sync }) };
    };
    const driver = fsDriver({ root: disk.root, fs: { ...own, open } });
    for (const repo of [app, below]) {
      await fill(driver, repo);
      assertSameBytes(await pullBlob(driver, repo, digest), content);
      expect(await driver.manifests.resolve(repo, readTag('latest'))).toBe(manifest.digest);
      await empty(driver, repo);
    }
    await driver.close();
  });
});

describe('two processes', () => {
  let program: Awaited<ReturnType<typeof buildProgram>>;
  beforeAll(async () => {
    program = await buildProgram();
  });
  afterAll(() => program.remove());

  it('one that fills a repository while the other empties it loses nothing that was acknowledged', {
    timeout: 60_000,
  }, async () => {
    const root = mkdtempSync(join(tmpdir(), 'stowage-'));
    const two = await program.start(root);
    const driver = fsDriver({ root, durability: 'none' });
    const emptying = two.ask({ what: 'empty', milliseconds: 3_000 });
    const end = Date.now() + 3_000;
    let put = 0;
    while (Date.now() < end) {
      const bytes = sample(20, `kept ${put++}`);
      const kept = await pushBlob(driver, app, bytes);
      assertSameBytes(await pullBlob(driver, app, kept), bytes);
      await driver.manifests.put(app, manifest);
      assert.equal(await driver.manifests.tag(app, readTag('latest'), manifest.digest), true);
      assert.equal(await driver.manifests.resolve(app, readTag('latest')), manifest.digest);
      assert.equal(await driver.manifests.delete(app, manifest.digest), true);
      assert.equal(await driver.blobs.delete(app, kept), true);
    }
    expect(put).toBeGreaterThan(20);
    expect(Number(await emptying)).toBeGreaterThan(20);
    await Promise.all([two.kill(), driver.close()]);
    expect(readdirSync(join(root, 'repositories'))).toEqual([]);
    rmSync(root, { recursive: true });
  });
});
