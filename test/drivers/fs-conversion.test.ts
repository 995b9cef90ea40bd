/** A tree of 0.1, whose tags are files: it is converted when it is first used, and no tag is lost wherever that is broken off. */
import assert from 'node:assert/strict';
import { EventEmitter, once } from 'node:events';
import { constants, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import * as nodeFileSystem from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'vitest';
import { type FileSystem, fsDriver } from '../../drivers/fs.ts';
import { encodeTag, pointerDirectory, pointersPrefix, tagsPrefix } from '../../drivers/tree/layout.ts';
import { encodePointer } from '../../drivers/tree/records.ts';
import type { Driver, Tag } from '../../lib/driver.ts';
import { allOrNothing, survivals } from '../../lib/testing/suite/faults/survival.ts';
import { manifestOf, other, readTag, repo } from '../../lib/testing/suite/samples.ts';
import { type ModelDisk, modelDisk } from '../support/drivers/model-disk.ts';
import { broken } from '../support/drivers/on-disk.ts';
import { watch } from '../support/drivers/watched-file-system.ts';

const [one, two] = [manifestOf('{"1":1}'), manifestOf('{"2":2}')];
const [latest, upper, damaged] = ['latest', 'V1', 'damaged'].map(readTag) as [Tag, Tag, Tag];
/** What the files of 0.1, and of the time after it, hold. */
const files: readonly (readonly [Tag, Uint8Array])[] = [
  [latest, Buffer.from(one.digest)],
  [upper, encodePointer({ digest: two.digest, version: '0123456789abcdef'.repeat(2) })],
  [damaged, Buffer.from('sha256:00')],
];
const fileOf = (tag: Tag, at = repo): string => `${tagsPrefix(at)}${encodeTag(tag)}`;

async function isConverted(driver: Driver): Promise<void> {
  assert.equal(await driver.manifests.resolve(repo, latest), one.digest);
  assert.equal(await driver.manifests.resolve(repo, upper), two.digest);
  await broken(() => driver.manifests.resolve(repo, damaged), pointerDirectory(repo, damaged));
  assert.deepEqual(await driver.manifests.tags(repo, { limit: 10 }), ['V1', 'damaged', 'latest']);
  assert.equal(await driver.manifests.resolve(other, latest), one.digest);
}

describe('a tree of 0.1 on a disk that fails', () => {
  const root = '/registry';

  async function write(fs: FileSystem, path: string, bytes: Uint8Array): Promise<void> {
    const file = await fs.open(path, constants.O_RDWR | constants.O_CREAT);
    await file.writev([bytes], 0);
    await file.datasync();
    await file.close();
  }

  async function sync(fs: FileSystem, path: string): Promise<void> {
    const directory = await fs.open(path, constants.O_RDONLY);
    await directory.sync?.();
    await directory.close();
  }

  /** A disk with such a tree on it, which lasts. */
  async function filled(): Promise<ModelDisk> {
    const disk = modelDisk();
    const fs = disk.process();
    const driver = fsDriver({ root, fs });
    for (const at of [repo, other]) for (const manifest of [one, two]) await driver.manifests.put(at, manifest);
    for (const at of [repo, other]) await fs.mkdir(`${root}/${tagsPrefix(at)}`.slice(0, -1));
    for (const [tag, bytes] of files) await write(fs, `${root}/${fileOf(tag)}`, bytes);
    await write(fs, `${root}/${fileOf(latest, other)}`, Buffer.from(one.digest));
    for (const at of [repo, other]) {
      await sync(fs, `${root}/${tagsPrefix(at)}`.slice(0, -1));
      await sync(fs, `${root}/repositories/${at}`);
    }
    for (const path of ['locks', 'locks/00', 'locks/00/free']) await fs.mkdir(`${root}/${path}`);
    await driver.close();
    return disk;
  }

  const opened = (fs: FileSystem) => fsDriver({ root, fs, alive: () => false });

  /** How many calls the conversion makes. */
  async function countCalls(): Promise<number> {
    const disk = await filled();
    const before = disk.faults.calls();
    await opened(disk.process()).manifests.resolve(repo, latest);
    return disk.faults.calls() - before;
  }

  it('loses no tag where the process dies at any call, or one call fails', async () => {
    const calls = await countCalls();
    assert.ok(calls > 40, `there are only ${calls} calls`);
    for (const how of ['once', 'forever'] as const) {
      for (let call = 1; call <= calls; call++) {
        const disk = await filled();
        disk.faults.fail(call, how);
        await opened(disk.process())
          .manifests.resolve(repo, latest)
          .catch(() => undefined);
        disk.faults.heal();
        await isConverted(opened(disk.process()));
      }
    }
  });

  it('loses no tag where the power goes at any call', async () => {
    const calls = await countCalls();
    for (let call = 1; call <= calls + 1; call++) {
      for (const { survives, name } of [allOrNothing(false), ...survivals('conversion', call)]) {
        const disk = await filled();
        disk.faults.fail(call, 'forever');
        await opened(disk.process())
          .manifests.resolve(repo, latest)
          .catch(() => undefined);
        disk.losePower(survives);
        await isConverted(opened(disk.process())).catch((error) => assert.fail(`at call ${call}, ${name}: ${error}`));
      }
    }
  });

  for (const at of [repo, other]) {
    for (const directory of [pointersPrefix(at), tagsPrefix(at)].map((prefix) => prefix.slice(0, -1))) {
      it(`loses a tag where ${directory} is not synced`, async () => {
        const disk = await filled();
        const base = disk.process();
        const open: FileSystem['open'] = async (path, flags) => {
          const file = await base.open(path, flags);
          return path === `${root}/${directory}` ? { ...file, sync: async () => undefined } : file;
        };
        await opened({ ...base, open }).prepare();
        // The marker survives, and says that nothing is to be done.
        const fs = disk.process();
        await sync(fs, root);
        disk.losePower(() => false);
        await assert.rejects(isConverted(opened(disk.process())));
      });
    }
  }
});

describe('a tree of 0.1', () => {
  let root: string;
  beforeEach(async () => {
    root = mkdtempSync(join(tmpdir(), 'stowage-'));
    const driver = fsDriver({ root });
    for (const at of [repo, other]) for (const manifest of [one, two]) await driver.manifests.put(at, manifest);
    for (const at of [repo, other]) mkdirSync(join(root, tagsPrefix(at)));
    for (const [tag, bytes] of files) writeFileSync(join(root, fileOf(tag)), bytes);
    writeFileSync(join(root, fileOf(latest, other)), one.digest);
    mkdirSync(join(root, 'locks/00/free'), { recursive: true });
    await driver.close();
  });
  afterEach(() => rmSync(root, { recursive: true }));

  it('is converted by prepare, and nothing of it is left', async () => {
    const driver = fsDriver({ root });
    await driver.prepare();
    assert.equal(existsSync(join(root, tagsPrefix(repo))), false);
    assert.deepEqual(readdirSync(root).sort(), ['instances', 'layout-2', 'repositories', 'staging']);
    await isConverted(driver);
    await driver.close();
  });

  const uses: readonly (readonly [string, (driver: Driver) => Promise<unknown>, unknown])[] = [
    ['a tag is resolved', (driver) => driver.manifests.resolve(repo, latest), one.digest],
    ['a tag is expected to be absent', (driver) => driver.manifests.tag(repo, latest, two.digest, null), false],
    ['a tag is moved', (driver) => driver.manifests.tag(repo, latest, two.digest, one.digest), true],
    ['a tag is overwritten', (driver) => driver.manifests.tag(repo, latest, two.digest), true],
    ['a tag is deleted', (driver) => driver.manifests.untag(repo, latest), true],
    ['tags are listed', (driver) => driver.manifests.tags(repo, { limit: 1 }), ['V1']],
    ['a manifest is deleted', (driver) => driver.manifests.delete(repo, one.digest), true],
  ];
  for (const [use, act, expected] of uses) {
    it(`is converted before ${use}`, async () => {
      const driver = fsDriver({ root });
      assert.deepEqual(await act(driver), expected);
      assert.deepEqual((await driver.manifests.tags(repo, { limit: 10 }))?.includes(upper), true);
      await driver.close();
    });
  }

  it('is looked at once, and costs the next start one look', async () => {
    await fsDriver({ root }).manifests.resolve(repo, latest);
    const watched = watch(root);
    const driver = fsDriver({ root, fs: watched.fs });
    await driver.manifests.resolve(repo, latest);
    await driver.manifests.resolve(repo, latest);
    const looks = watched.calls.filter(({ name, key }) => key === 'layout-2' || (name === 'opendir' && key === 'repositories'));
    assert.deepEqual(looks, [{ name: 'stat', key: 'layout-2' }]);
  });

  it('is converted by two processes at once, and what one of them then deletes or moves stays so', async () => {
    const events = new EventEmitter();
    const arrived = once(events, 'arrived');
    const goOn = once(events, 'go on');
    const fs: FileSystem = {
      ...nodeFileSystem,
      async rename(from, to) {
        if (from.endsWith(fileOf(latest)) || from.endsWith(fileOf(upper))) {
          events.emit('arrived');
          await goOn;
        }
        await nodeFileSystem.rename(from, to);
      },
    };
    const [slow, fast] = [fsDriver({ root, fs }), fsDriver({ root })];
    const converting = slow.manifests.tags(repo, { limit: 10 });
    await arrived;
    assert.equal(await fast.manifests.untag(repo, latest), true);
    assert.equal(await fast.manifests.tag(repo, upper, one.digest, two.digest), true);
    events.emit('go on');
    assert.deepEqual(await converting, ['V1', 'damaged']);
    assert.equal(await slow.manifests.resolve(repo, latest), undefined);
    assert.equal(await slow.manifests.resolve(repo, upper), one.digest);
    await Promise.all([slow.close(), fast.close()]);
  });

  it('is converted also where it cannot be marked', async () => {
    const watched = watch(root);
    watched.failing(({ name, key }) => (name === 'open' && key === 'layout-2' ? 'EROFS' : undefined));
    const driver = fsDriver({ root, fs: watched.fs });
    await isConverted(driver);
    await driver.close();
  });

  it('of thousands of tags keeps all, in order', async () => {
    const tags = Array.from({ length: 2_500 }, (_, index) => readTag(`v${index + 10_000}`));
    for (const tag of tags) writeFileSync(join(root, fileOf(tag, other)), one.digest);
    const drivers = [fsDriver({ root, durability: 'none' }), fsDriver({ root, durability: 'none' })];
    for (const listed of await Promise.all(drivers.map((driver) => driver.manifests.tags(other, { limit: 10_000 })))) {
      assert.deepEqual(listed, [latest, ...tags]);
    }
    await Promise.all(drivers.map((driver) => driver.close()));
  });
});
