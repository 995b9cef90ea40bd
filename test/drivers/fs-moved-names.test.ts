/** Lists while other processes write: a name that is there all the time is listed, wherever the file system moves it to. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, statfsSync, utimesSync } from 'node:fs';
import * as nodeFileSystem from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type FileSystem, fsDriver } from '../../drivers/fs.ts';
import { pointersPrefix, referrersPrefix } from '../../drivers/tree/layout.ts';
import { manifestOf, readTag, referrerOf, repo } from '../../lib/testing/suite/samples.ts';

const count = 150;
const manifest = manifestOf('{}');
const tags = Array.from({ length: count }, (_, index) => readTag(`v${index + 1_000}`));
const moved = readTag('v1100');
const referrers = Array.from({ length: count }, (_, index) => referrerOf(`{"n":${index}}`, manifest.digest));
const inOrder = referrers.map(({ digest }) => digest).sort();

let root: string;
let other: ReturnType<typeof fsDriver>;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'stowage-'));
  other = fsDriver({ root, durability: 'none' });
});
afterEach(async () => {
  await other.close();
  rmSync(root, { recursive: true });
});

/** Does the work at all the items, some at a time. */
async function each<T>(items: readonly T[], work: (item: T) => Promise<unknown>): Promise<void> {
  for (let start = 0; start < items.length; start += 25) await Promise.all(items.slice(start, start + 25).map(work));
}

/** A driver whose file system loses the place of a name in the first `times` readings, in each of which `move` writes it again. */
function driverThatMisses(name: string, times: number, move: () => Promise<unknown>) {
  const seen = { readings: 0, read: new Map<string, number>() };
  async function* without(entries: AsyncIterable<{ readonly name: string; isDirectory(): boolean }>) {
    for await (const entry of entries) if (entry.name !== name) yield entry;
  }
  const fs: FileSystem = {
    ...nodeFileSystem,
    async opendir(path, options) {
      const names = await nodeFileSystem.readdir(path);
      const entries = await nodeFileSystem.opendir(path, options);
      if (!names.includes(name)) return entries;
      if (++seen.readings > times) return entries;
      await move();
      return without(entries);
    },
    async readdir(path, options) {
      seen.read.set(basename(path), (seen.read.get(basename(path)) ?? 0) + 1);
      return nodeFileSystem.readdir(path, options);
    },
  };
  return { driver: fsDriver({ root, fs, durability: 'none' }), seen };
}

/** A tag that is only moved stays where it is in the directory. */
async function tagAgain(): Promise<void> {
  await other.manifests.untag(repo, moved);
  await other.manifests.tag(repo, moved, manifest.digest);
}

describe('a name that is moved while its directory is read', () => {
  beforeEach(() => other.manifests.put(repo, manifest));

  it.each([1, 2, 4])('%i times is among the tags', async (times) => {
    await each(tags, (tag) => other.manifests.tag(repo, tag, manifest.digest));
    const { driver } = driverThatMisses(moved, times, tagAgain);
    expect(await driver.manifests.tags(repo, { limit: 1_000 })).toEqual(tags);
    await driver.close();
  });

  it('is among the referrers', async () => {
    await each(referrers, (referrer) => other.manifests.put(repo, referrer));
    const [first] = referrers;
    const name = first?.digest.slice('sha256:'.length) ?? '';
    const { driver } = driverThatMisses(name, 1, () => other.manifests.put(repo, first ?? manifest));
    const listed = await driver.manifests.referrers(repo, manifest.digest, { limit: 1_000 });
    expect(listed.map(({ digest }) => digest)).toEqual(inOrder);
    await driver.close();
  });

  it('is read no more often for that by a deletion, which reads each tag', async () => {
    const another = manifestOf('{"another":true}');
    await other.manifests.put(repo, another);
    await each(tags, (tag) => other.manifests.tag(repo, tag, manifest.digest));
    const { driver, seen } = driverThatMisses(moved, 1, tagAgain);
    expect(await driver.manifests.delete(repo, another.digest)).toBe(true);
    expect(seen.readings).toBeGreaterThan(2);
    // The deletion looks for tags before and after it takes the manifest.
    expect([...tags].map((tag) => seen.read.get(tag))).toEqual(tags.map(() => 2));
    await driver.close();
  });

  it('in every reading does not keep a list from its end', async () => {
    await each(tags, (tag) => other.manifests.tag(repo, tag, manifest.digest));
    const { driver, seen } = driverThatMisses(moved, Number.POSITIVE_INFINITY, tagAgain);
    expect(await driver.manifests.tags(repo, { limit: 1_000 })).toEqual(tags.filter((tag) => tag !== moved));
    expect(seen.readings).toBe(5);
    await driver.close();
  });
});

describe('where the system looks at each name to tell whether it is a directory, one that goes meanwhile', () => {
  const missing = Object.assign(new Error('ENOENT: no such file or directory, lstat'), { code: 'ENOENT', syscall: 'lstat' });
  async function* broken<T>(entries: AsyncIterable<T>): AsyncGenerator<T> {
    let given = 0;
    for await (const entry of entries) {
      if (given++ === 3) throw missing;
      yield entry;
    }
  }
  /** A driver whose first `times` readings of the tags, and of the moved one, break off. */
  function driverThatBreaksOff(times: number) {
    let readings = 0;
    const breaks = (path: string, name: string): boolean => basename(path) === name && readings++ < times;
    const fs: FileSystem = {
      ...nodeFileSystem,
      async opendir(path, options) {
        const entries = await nodeFileSystem.opendir(path, options);
        return breaks(path, '_pointers') ? broken(entries) : entries;
      },
      async readdir(path, options) {
        if (breaks(path, moved)) throw missing;
        return nodeFileSystem.readdir(path, options);
      },
    };
    return fsDriver({ root, fs, durability: 'none' });
  }
  const busy = expect.objectContaining({ kind: 'busy' });
  beforeEach(async () => {
    await other.manifests.put(repo, manifest);
    await each(tags, (tag) => other.manifests.tag(repo, tag, manifest.digest));
  });

  it('does not make a list end, nor a tag absent', async () => {
    const [lists, looks] = [driverThatBreaksOff(2), driverThatBreaksOff(2)];
    expect(await lists.manifests.tags(repo, { limit: 1_000 })).toEqual(tags);
    expect(await looks.manifests.resolve(repo, moved)).toBe(manifest.digest);
    await Promise.all([lists.close(), looks.close()]);
  });

  it('makes the storage busy if that does not end', async () => {
    const driver = driverThatBreaksOff(Number.POSITIVE_INFINITY);
    await expect(driver.manifests.tags(repo, { limit: 1_000 })).rejects.toEqual(busy);
    await expect(driver.manifests.resolve(repo, moved)).rejects.toEqual(busy);
    await driver.close();
  });
});

describe('a directory', () => {
  beforeEach(() => other.manifests.put(repo, manifest));

  it('that was not changed of late is read once', async () => {
    await each(tags, (tag) => other.manifests.tag(repo, tag, manifest.digest));
    const before = new Date(Date.now() - 1_000);
    utimesSync(join(root, pointersPrefix(repo)), before, before);
    const { driver, seen } = driverThatMisses(moved, 0, tagAgain);
    expect(await driver.manifests.tags(repo, { limit: 1_000 })).toEqual(tags);
    expect(seen.readings).toBe(1);
    await driver.close();
  });

  it('of few names, which a system gives in one call, is read once', async () => {
    await each(tags.slice(0, 100), (tag) => other.manifests.tag(repo, tag, manifest.digest));
    const { driver, seen } = driverThatMisses(tags[0] ?? moved, 0, tagAgain);
    expect(await driver.manifests.tags(repo, { limit: 1_000 })).toEqual(tags.slice(0, 100));
    expect(seen.readings).toBe(1);
    await driver.close();
  });
});

const memory = '/dev/shm';
const tmpfsType = 0x01021994;
const isTmpfs = existsSync(memory) && statfsSync(memory).type === tmpfsType;

/** Renames copies of the files of a directory over them, in no order, as fast as it can. */
const mover = `
  const { readdirSync, readFileSync, renameSync, writeFileSync } = require('node:fs');
  const [directory, staged] = process.argv.slice(1);
  const files = readdirSync(directory).map((name) => [directory + '/' + name, readFileSync(directory + '/' + name)]);
  const move = () => {
    for (let turn = 0; turn < 20; turn++) {
      const [path, bytes] = files[Math.floor(Math.random() * files.length)];
      writeFileSync(staged, bytes);
      renameSync(staged, path);
    }
    setImmediate(move);
  };
  move();
  console.log('moving');
`;

it.skipIf(!isTmpfs)(
  'on tmpfs no list misses one of 1,000 referrers that another process moves all the time',
  async () => {
    const place = mkdtempSync(join(memory, 'stowage-'));
    const many = Array.from({ length: 1_000 }, (_, index) => referrerOf(`{"m":${index}}`, manifest.digest));
    const driver = fsDriver({ root: join(place, 'root'), durability: 'none' });
    await each(many, (referrer) => driver.manifests.put(repo, referrer));
    const directory = join(place, 'root', referrersPrefix(repo, manifest.digest), 'sha256');
    const moving = spawn(process.execPath, ['-e', mover, directory, join(place, 'staged')]);
    await once(moving.stdout, 'data');
    const missed: number[] = [];
    for (let turn = 0; turn < 30; turn++) {
      const listed = await driver.manifests.referrers(repo, manifest.digest, { limit: 10_000 });
      if (listed.length < many.length) missed.push(many.length - listed.length);
    }
    moving.kill();
    await once(moving, 'exit');
    await driver.close();
    rmSync(place, { recursive: true });
    expect(missed).toEqual([]);
  },
  30_000,
);
