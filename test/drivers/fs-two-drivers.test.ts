/** The suite over two drivers on one directory that take turns, as two processes behind one address do. */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import * as nodeFileSystem from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'vitest';
import { type FileSystem, type FsDriver, fsDriver } from '../../drivers/fs.ts';
import { pointerDirectory, pointerName } from '../../drivers/tree/layout.ts';
import type { Driver, Upload } from '../../lib/driver.ts';
import { testDriver } from '../../lib/testing/suite/index.ts';
import { chunkOf, emptyCheckpoint, manifestOf, newId, readTag, repo, sample } from '../../lib/testing/suite/samples.ts';
import { few } from '../support/drivers/amounts.ts';

/** A driver whose every call goes to the next of two. */
function takingTurns(pair: readonly [FsDriver, FsDriver]): Driver {
  let turn = 0;
  const next = () => pair[turn++ % 2 === 0 ? 0 : 1];
  const spread = <K extends 'blobs' | 'uploads' | 'manifests' | 'inventory'>(store: K): FsDriver[K] =>
    new Proxy(pair[0][store], { get: (_, name) => Reflect.get(next()[store], name) });
  return {
    name: 'fs',
    blobs: spread('blobs'),
    uploads: spread('uploads'),
    manifests: spread('manifests'),
    inventory: spread('inventory'),
    close: async () => void (await Promise.all(pair.map((driver) => driver.close()))),
  };
}

const roots = new WeakMap<Driver, string>();
const openAt = (root: string): Driver => {
  const driver = takingTurns([fsDriver({ root, durability: 'none' }), fsDriver({ root, durability: 'none' })]);
  roots.set(driver, root);
  return driver;
};
const again = (driver: Driver): Driver => openAt(roots.get(driver) ?? '');

testDriver(
  {
    name: 'two fsDrivers in turns',
    // Entries are in the order of the instance that adds them, which here would be another one each time.
    lacks: ['blob.url', 'outbox'],
    amounts: few,
    create: () => openAt(mkdtempSync(join(tmpdir(), 'stowage-'))),
    reopen: again,
    peer: again,
    dispose: (driver) => rmSync(roots.get(driver) ?? '', { recursive: true, force: true }),
  },
  { describe, it },
);

describe('two fsDrivers', () => {
  it('an append waits five seconds for another that goes on, and no longer', async () => {
    const root = mkdtempSync(join(tmpdir(), 'stowage-'));
    const [one, two] = [fsDriver({ root }), fsDriver({ root })];
    const id = newId();
    const begun = await one.uploads.create(repo, id, emptyCheckpoint);
    const started = performance.now();
    const wait = async () => {
      const late = await two.uploads.append(repo, id, begun, chunkOf(new Uint8Array(0), [[sample(20)]]));
      assert.equal(late, undefined);
    };
    const at = await one.uploads.append(repo, id, begun, chunkOf(new Uint8Array(0), [[sample(10)], wait]));
    assert.equal(at?.offset, 10);
    const waited = performance.now() - started;
    assert.ok(waited >= 4900 && waited < 10_000, `it took ${waited} ms`);
    await Promise.all([one.close(), two.close()]);
    rmSync(root, { recursive: true });
  });

  for (const [call, expected, moved] of [
    ['stat', undefined, true],
    ['stat', null, false],
    ['rmdir', undefined, true],
    ['rmdir', null, false],
    ['rename', undefined, true],
    ['rename', null, false],
  ] as const) {
    it(`one that creates a tag which another process creates ${call === 'stat' ? 'after its look' : `before its ${call}`} ${moved ? 'moves it' : 'is refused where it expects none'}`, async () => {
      const root = mkdtempSync(join(tmpdir(), 'stowage-'));
      const [first, second, latest] = [manifestOf('{"1":1}'), manifestOf('{"2":2}'), readTag('latest')];
      const directory = join(root, pointerDirectory(repo, latest));
      let raced = false;
      const race = (path: string): void => {
        if (path !== directory || raced) return;
        raced = true;
        mkdirSync(directory, { recursive: true });
        writeFileSync(join(directory, pointerName({ digest: first.digest, version: '0' })), '');
      };
      const fs: FileSystem = {
        ...nodeFileSystem,
        async stat(path) {
          try {
            return await nodeFileSystem.stat(path);
          } finally {
            if (call === 'stat') race(path);
          }
        },
        async rmdir(path) {
          if (call === 'rmdir') race(path);
          await nodeFileSystem.rmdir(path);
        },
        async rename(from, to) {
          if (call === 'rename') race(to);
          await nodeFileSystem.rename(from, to);
        },
      };
      const driver = fsDriver({ root, fs });
      for (const manifest of [first, second]) await driver.manifests.put(repo, manifest);
      // What an interrupted deletion leaves behind.
      if (call === 'rmdir') mkdirSync(directory, { recursive: true });
      assert.equal(await driver.manifests.tag(repo, latest, second.digest, expected), moved);
      assert.ok(raced);
      assert.equal(await driver.manifests.resolve(repo, latest), (moved ? second : first).digest);
      assert.deepEqual(readdirSync(join(root, 'staging')), []);
      await driver.close();
      rmSync(root, { recursive: true });
    });
  }

  it('a cancellation finds an upload whose name changes while it looks', async () => {
    const root = mkdtempSync(join(tmpdir(), 'stowage-'));
    const one = fsDriver({ root });
    const id = newId();
    let from: Upload = await one.uploads.create(repo, id, emptyCheckpoint);
    const more = async () => {
      const before = sample(from.offset);
      from =
        (await one.uploads.append(repo, id, from, chunkOf(before, [[sample(from.offset + 5).subarray(from.offset)]]))) ?? from;
    };
    let unlinked = 0;
    const two = fsDriver({
      root,
      fs: {
        ...nodeFileSystem,
        // The other appends as soon as this one has listed the name, three times.
        async unlink(path) {
          if (unlinked++ < 3) await more();
          return nodeFileSystem.unlink(path);
        },
      },
    });
    assert.equal(await two.uploads.delete(repo, id), true);
    assert.equal(from.offset, 15);
    assert.equal(unlinked, 4);
    assert.equal(await one.uploads.get(repo, id), undefined);
    await Promise.all([one.close(), two.close()]);
    rmSync(root, { recursive: true });
  });
});
