/** Which drivers count as alive, and what becomes of what the others left. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { memfs } from 'memfs';
import { afterEach, describe, it, vi } from 'vitest';
import { isAlive, thisProcess } from '../../drivers/fs/liveness.ts';
import { type FileSystem, fsDriver, type Instance } from '../../drivers/fs.ts';
import { instanceKey } from '../../drivers/tree/layout.ts';
import { isStorageFault } from '../../lib/driver.ts';
import { chunkOf, manifestOf, newId, readTag, repo, uploadBytes } from '../../lib/testing/suite/samples.ts';
import { uploadFileIn, uploadFiles } from '../support/drivers/files-below.ts';
import { content, latest, manifest, onDisk } from '../support/drivers/on-disk.ts';

vi.mock('../../lib/timers.ts', async (load) => {
  const { fakeable } = await import('../support/fakeable-timers.ts');
  return fakeable(await load());
});

const disk = onDisk();
const ago = (milliseconds: number): Date => new Date(Date.now() - milliseconds);
const instance = '11111111-2222-3333-4444-555555555555';
const records = (): string[] => readdirSync(disk.at('instances'));

/** Leaves the record of an instance. */
function leave(process: object | string, seen = new Date(), id = instance): void {
  const path = disk.at(instanceKey(id));
  writeFileSync(path, typeof process === 'string' ? process : JSON.stringify(process));
  utimesSync(path, seen, seen);
}

afterEach(() => {
  vi.useRealTimers();
});

describe('an instance', () => {
  const about = (process: Partial<Instance['process']> | undefined, seen: Date): Instance => ({
    id: instance,
    seen,
    ...(process && { process: { ...thisProcess(), ...process } }),
  });
  const known = thisProcess().boot !== undefined;

  it('of this process is alive, however long it was silent', { skip: !known }, async () => {
    assert.equal(await isAlive(about({}, ago(3_600_000))), true);
  });

  it('of a process that began at another time is dead', { skip: !known }, async () => {
    assert.equal(await isAlive(about({ started: '1' }, new Date())), false);
  });

  it('of a process that has ended is dead', { skip: !known }, async () => {
    const child = spawn(process.execPath, ['-e', '']);
    await once(child, 'exit');
    assert.equal(await isAlive(about({ pid: child.pid ?? 0 }, new Date())), false);
  });

  const far = [{ host: 'elsewhere' }, { boot: 'another' }, undefined] as const;
  for (const process of far) {
    it(`of ${JSON.stringify(process) ?? 'an unreadable record'} is dead after a minute of silence`, async () => {
      assert.equal(await isAlive(about(process, ago(59_000))), true);
      assert.equal(await isAlive(about(process, ago(61_000))), false);
    });
  }

  it('leaves its record before anything else, and one only', async () => {
    const [first] = disk.watched.calls.filter(({ name, key }) => name === 'open' && key.includes('*'));
    assert.equal(first?.key, 'instances/*');
    assert.equal(records().length, 1);
    assert.deepEqual(JSON.parse(readFileSync(disk.at(instanceKey(records()[0] ?? '')), 'utf8')), thisProcess());
  });

  it('says every ten seconds that it lives, also if its record was removed, and no more after it was closed', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    const driver = fsDriver({ root: disk.root });
    await driver.manifests.tag(repo, readTag('more'), manifest.digest);
    const mine = records();
    for (const name of mine) utimesSync(disk.at(instanceKey(name)), ago(100_000), ago(100_000));
    const beats = async (): Promise<void> => {
      vi.advanceTimersByTime(10_000);
      await new Promise((resolve) => setTimeout(resolve, 100));
    };
    await beats();
    assert.ok(mine.some((id) => statSync(disk.at(instanceKey(id))).mtime > ago(50_000)));
    for (const name of mine) rmSync(disk.at(instanceKey(name)));
    await beats();
    assert.equal(records().length, 1);
    await driver.close();
    assert.deepEqual(records(), []);
    await beats();
    assert.deepEqual(records(), []);
  });
});

describe('an instance that begins on a full disk', () => {
  const isFull = () => disk.watched.failing(({ name }) => (name === 'writev' ? 'ENOSPC' : undefined));

  it('deletes, which takes no room, and refuses what takes some', async () => {
    disk.reopen();
    isFull();
    await assert.rejects(disk.driver.prepare(), (error) => isStorageFault(error) && error.kind === 'full');
    const refused = disk.driver.manifests.put(repo, manifest);
    await assert.rejects(refused, (error) => isStorageFault(error) && error.kind === 'full');
    assert.equal(await disk.driver.manifests.untag(repo, latest), true);
    assert.equal(await disk.driver.manifests.delete(repo, manifest.digest), true);
    await disk.driver.close();
  });

  it('counts as alive for its time of birth, and completes its record at the first beat that finds room', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    const before = records();
    disk.reopen();
    isFull();
    await disk.driver.manifests.tag(repo, readTag('more'), manifest.digest);
    const [mine = ''] = records().filter((id) => !before.includes(id));
    const record = () => readFileSync(disk.at(instanceKey(mine)), 'utf8');
    assert.equal(record(), '');
    assert.equal(await isAlive({ id: mine, seen: statSync(disk.at(instanceKey(mine))).mtime }), true);
    disk.watched.failing(() => undefined);
    vi.advanceTimersByTime(10_000);
    await vi.waitUntil(() => record() !== '');
    assert.deepEqual(JSON.parse(record()), thisProcess());
    await disk.driver.close();
  });
});

describe('instances on a disk that stays full', () => {
  it('count as alive for as long as their hearts beat, and their records stay', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    const before = records();
    disk.watched.failing(({ name }) => (name === 'writev' ? 'ENOSPC' : undefined));
    const drivers = [1, 2].map(() => fsDriver({ root: disk.root, fs: disk.watched.fs }));
    for (const driver of drivers) await driver.manifests.untag(repo, latest);
    await drivers[0]?.manifests.delete(repo, manifest.digest);
    for (const driver of drivers) await assert.rejects(driver.prepare());
    const mine = records().filter((id) => !before.includes(id));
    assert.equal(mine.length, 2);
    for (const id of mine) utimesSync(disk.at(instanceKey(id)), ago(70_000), ago(70_000));
    vi.advanceTimersByTime(10_000);
    await vi.waitUntil(() => mine.every((id) => statSync(disk.at(instanceKey(id))).mtime > ago(50_000)));
    for (const driver of drivers) await driver.uploads.expire?.(ago(0));
    assert.deepEqual(
      records().filter((id) => !before.includes(id)),
      mine,
    );
    for (const driver of drivers) await driver.close();
  });
});

describe('an upload', () => {
  it('that could not be given back after an append failed is given back at the next beat, with the bytes that it had', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    const driver = fsDriver({ root: disk.root, fs: disk.watched.fs });
    const id = newId();
    const at = await uploadBytes(driver, repo, id, content.subarray(0, 1000));
    disk.watched.failing(({ name, to }) => (name === 'rename' && to?.startsWith('uploads/xx/*.free') ? 'EIO' : undefined));
    const append = () =>
      driver.uploads.append(repo, id, at, chunkOf(content.subarray(0, 1000), [[content.subarray(1000, 2000)]]));
    await assert.rejects(append, isStorageFault);
    disk.watched.failing(() => undefined);
    assert.doesNotMatch(uploadFileIn(disk.root, id), /\.free\./);
    assert.deepEqual(await driver.uploads.get(repo, id), at);
    vi.advanceTimersByTime(10_000);
    await vi.waitUntil(() => uploadFileIn(disk.root, id).includes('.free.1000.'));
    assert.equal(statSync(disk.at(uploadFileIn(disk.root, id))).size, 1000);
    assert.equal((await append())?.offset, 2000);
    await driver.close();
  });

  it('that could not be given back is gone on with by the same instance', async () => {
    const id = newId();
    const at = await uploadBytes(disk.driver, repo, id, content.subarray(0, 1000));
    const append = () =>
      disk.driver.uploads.append(repo, id, at, chunkOf(content.subarray(0, 1000), [[content.subarray(1000, 2000)]]));
    disk.watched.failing(({ name, to }) => (name === 'rename' && to?.startsWith('uploads/xx/*.free') ? 'EIO' : undefined));
    await assert.rejects(append, isStorageFault);
    disk.watched.failing(() => undefined);
    assert.equal((await append())?.offset, 2000);
  });
});

describe('what the dead leave', () => {
  it('is swept whatever its age, and what the living have is not', async () => {
    const living = '22222222-2222-3333-4444-555555555555';
    leave({ ...thisProcess(), started: '1', boot: thisProcess().boot ?? 'gone', host: 'elsewhere' }, ago(61_000));
    leave({ ...thisProcess(), host: 'elsewhere' }, new Date(), living);
    writeFileSync(disk.at(`staging/${instance}-0`), 'left');
    mkdirSync(disk.at(`staging/${instance}-1/data`), { recursive: true });
    writeFileSync(disk.at(`staging/${living}-0`), 'at work');
    utimesSync(disk.at(`staging/${living}-0`), ago(1e9), ago(1e9));
    assert.equal(await disk.driver.uploads.expire?.(ago(1e9)), 0);
    assert.deepEqual(readdirSync(disk.at('staging')), [`${living}-0`]);
    assert.equal(records().includes(instance), false);
    assert.equal(records().includes(living), true);
  });

  it('that cannot be removed hinders nothing else, and the first failure is told at the end', async () => {
    const ids = [newId(), newId(), newId()];
    for (const id of ids) await uploadBytes(disk.driver, repo, id, content.subarray(0, 10));
    writeFileSync(disk.at(`staging/${instance}-0`), 'left');
    utimesSync(disk.at(`staging/${instance}-0`), ago(1e6), ago(1e6));
    let failed = 0;
    disk.watched.failing(({ name, key }) =>
      name === 'unlink' && key.startsWith('uploads') && failed++ === 0 ? 'EIO' : undefined,
    );
    await assert.rejects(async () => disk.driver.uploads.expire?.(ago(-1000)), isStorageFault);
    disk.watched.failing(() => undefined);
    assert.equal(uploadFiles(disk.root).length, 1);
    assert.deepEqual(readdirSync(disk.at('staging')), []);
  });

  it("an upload that cannot be copied stays the dead one's, for others to try", async () => {
    const id = newId();
    const at = await uploadBytes(disk.driver, repo, id, content.subarray(0, 1000));
    const file = uploadFileIn(disk.root, id);
    const held = file.replace('.free.', `.${instance}.`);
    renameSync(disk.at(file), disk.at(held));
    disk.watched.failing(({ name, key }) => (name === 'writev' && key.startsWith('staging') ? 'ENOSPC' : undefined));
    const append = () =>
      disk.driver.uploads.append(repo, id, at, chunkOf(content.subarray(0, 1000), [[content.subarray(1000, 2000)]]));
    await assert.rejects(append, (error) => isStorageFault(error) && error.kind === 'full');
    disk.watched.failing(() => undefined);
    assert.deepEqual(uploadFiles(disk.root, id), [held]);
    assert.equal((await append())?.offset, 2000);
    assert.match(uploadFileIn(disk.root, id), /\.free\.2000\./);
  });
});

describe('a file system that takes V1 and v1 for the same name', () => {
  it('keeps tags apart', async () => {
    const base: FileSystem = memfs({ '/registry': null }).fs.promises;
    const fold = (path: string): string => path.toLowerCase();
    const fs: FileSystem = {
      open: (path, flags) => base.open(fold(path), flags),
      mkdir: (path, options) => base.mkdir(fold(path), options),
      readdir: (path, options) => base.readdir(fold(path), options),
      opendir: (path, options) => base.opendir(fold(path), options),
      stat: (path) => base.stat(fold(path)),
      rename: (from, to) => base.rename(fold(from), fold(to)),
      unlink: (path) => base.unlink(fold(path)),
      rmdir: (path) => base.rmdir(fold(path)),
      rm: (path, options) => base.rm(fold(path), options),
    };
    const driver = fsDriver({ root: '/Registry', fs });
    const tags = ['V1', 'v1', 'V1-Beta', 'v1-Beta', 'V1-beta'].map(readTag);
    const manifests = tags.map((tag) => manifestOf(JSON.stringify(tag)));
    for (const [turn, tag] of tags.entries()) {
      const each = manifests[turn] ?? manifest;
      await driver.manifests.put(repo, each);
      assert.equal(await driver.manifests.tag(repo, tag, each.digest, null), true);
    }
    for (const [turn, tag] of tags.entries()) assert.equal(await driver.manifests.resolve(repo, tag), manifests[turn]?.digest);
    assert.deepEqual(await driver.manifests.tags(repo, { limit: 10 }), [...tags].sort());
    assert.equal(await driver.manifests.untag(repo, readTag('V1')), true);
    assert.equal(await driver.manifests.resolve(repo, readTag('v1')), manifests[1]?.digest);
    await driver.close();
  });
});
