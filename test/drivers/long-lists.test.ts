/** Lists of hundreds of thousands of entries: in order, and the event loop has its turn all the while. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import * as nodeFileSystem from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type FileSystem, fsDriver } from '../../drivers/fs.ts';
import { memoryDriver } from '../../drivers/memory.ts';
import { encodeTag } from '../../drivers/tree/layout.ts';
import { sorted } from '../../drivers/tree/sorting.ts';
import type { Driver } from '../../lib/driver.ts';
import { digestOf, manifestOf, pushBlob, readTag, repo, sample } from '../../lib/testing/suite/samples.ts';

const count = 200_000;
/** The most that a request may hold the event loop, in milliseconds. */
const most = 50;
const manifest = manifestOf('{}');
const numbers = Array.from({ length: count }, (_, index) => (index * 7919) % count);
const tagOf = (number: number) => readTag(`${number % 5 === 0 ? 'V' : 'v'}${number}`);
const tags = numbers.map(tagOf);
const tagDirectories = tags.map(encodeTag);
const inOrder = [...tags].sort();
const repositories = numbers.map((number) => `r${number}`).sort();

/** Milliseconds by the clock, and those of processor time that this process had. */
const times = (): { clock: number; processor: number } => {
  const { user, system } = process.cpuUsage();
  return { clock: performance.now(), processor: (user + system) / 1000 };
};

/**
 * The longest time without a turn of the event loop while work is done. Others use the machine too: of clock and processor time the
 * lesser counts, and of some rounds the best.
 */
async function longestHold(work: () => Promise<unknown>): Promise<number> {
  const rounds: number[] = [];
  for (let round = 0; round < 8 && (rounds.length === 0 || Math.min(...rounds) >= most); round++) {
    let [longest, last, over] = [0, times(), false];
    const turn = (): void => {
      const now = times();
      longest = Math.max(longest, Math.min(now.clock - last.clock, now.processor - last.processor));
      last = now;
      if (!over) setImmediate(turn);
    };
    setImmediate(turn);
    await work();
    over = true;
    await new Promise((resolve) => setImmediate(resolve));
    rounds.push(longest);
  }
  return Math.min(...rounds);
}

const entry = (name: string, isDirectory: boolean) => ({ name, isDirectory: () => isDirectory });
const hex = manifest.digest.slice('sha256:'.length);
let entriesRead = 0;

/** A directory of these names, which are read as many at a time as is asked for. */
async function* entriesOf(names: Iterable<string>, isDirectory: boolean, bufferSize: number) {
  let read = 0;
  for (const name of names) {
    entriesRead++;
    if (read++ % bufferSize === 0) await new Promise((resolve) => setImmediate(resolve));
    yield entry(name, isDirectory);
  }
}

/** The file system, in which some directories have very many entries that nobody had to write. */
const crowded: FileSystem = {
  ...nodeFileSystem,
  async opendir(path, { bufferSize }) {
    const below = path.split('/repositories')[1] ?? '';
    if (below === '') return entriesOf(repositories, true, bufferSize);
    if (below === `/${repo}/_pointers`) return entriesOf(tagDirectories, true, bufferSize);
    if (/_manifests$/.test(below)) return entriesOf(['sha256'], true, bufferSize);
    if (/_manifests\/sha256$/.test(below)) return entriesOf(hexes(), false, bufferSize);
    return nodeFileSystem.opendir(path, { bufferSize });
  },
  readdir: (path) => assert.fail(`${path} is read as a whole`),
};

/** The names of the many manifests of each repository. */
function* hexes(): Generator<string> {
  yield hex;
  for (let index = 1; index < count; index++) yield index.toString(16).padStart(64, '0');
}

/** A driver on a directory of very many entries, in which nothing is left of earlier versions: to look for that takes as long as they are many. */
async function openCrowded(root: string): Promise<Driver> {
  const plain = fsDriver({ root, durability: 'none' });
  await plain.manifests.tags(repo, { limit: 1 });
  await plain.close();
  return fsDriver({ root, fs: crowded, durability: 'none' });
}

describe('sorting', () => {
  it.each([0, 1, 10, 999, 1_000, 1_001, 30_000])('%s names come in order, all and the first ones', async (length) => {
    const names = Array.from({ length }, (_, index) => `n${(index * 7919) % 30_011}`);
    const expected = [...names].sort();
    const streamed = async function* () {
      yield* names;
    };
    expect(await sorted(names)).toEqual(expected);
    expect(await sorted(streamed())).toEqual(expected);
    for (const limit of [0, 1, 10, 5_000]) expect(await sorted(names, limit)).toEqual(expected.slice(0, limit));
    for (const limit of [1, 10, 5_000]) expect(await sorted(streamed(), limit)).toEqual(expected.slice(0, limit));
  });

  it('gives each name once, and as many as are asked for, though a directory told of them twice', async () => {
    const once = Array.from({ length: 4_000 }, (_, index) => `n${(index * 7919) % 4_000}`);
    const twice = [...once, ...once.slice(0, 3_000), ...once.slice(500, 600)];
    const expected = [...once].sort();
    expect(await sorted(twice)).toEqual(expected);
    for (const limit of [1, 10, 999, 1_500, 3_999]) expect(await sorted(twice, limit)).toEqual(expected.slice(0, limit));
  });
});

describe.each(['fs', 'memory'])('%s', (kind) => {
  let root: string;
  let driver: Driver;
  beforeAll(async () => {
    root = mkdtempSync(join(tmpdir(), 'stowage-'));
    driver = kind === 'fs' ? await openCrowded(root) : memoryDriver();
    if (kind === 'fs') return;
    await driver.manifests.put(repo, manifest);
    for (const tag of tags) await driver.manifests.tag(repo, tag, manifest.digest);
  }, 60_000);
  afterAll(async () => {
    await driver.close?.();
    rmSync(root, { recursive: true, force: true });
  });

  const pages = [
    ['ten', { limit: 10 }, inOrder.slice(0, 10)],
    ['ten behind some', { limit: 10, after: 'v1' }, inOrder.slice(inOrder.indexOf(readTag('v1')) + 1).slice(0, 10)],
    ['ten thousand', { limit: 10_000 }, inOrder.slice(0, 10_000)],
    ['all', { limit: 1_000_000 }, inOrder],
  ] as const;
  it.each(pages)(
    `of ${count} tags lists %s, and holds the event loop for no more than ${most} ms`,
    async (_, page, expected) => {
      expect(await driver.manifests.tags(repo, page)).toEqual(expected);
      expect(await longestHold(() => driver.manifests.tags(repo, page))).toBeLessThan(most);
    },
    60_000,
  );
});

describe('fs', () => {
  const root = mkdtempSync(join(tmpdir(), 'stowage-'));
  let driver: Driver;
  beforeAll(async () => {
    driver = await openCrowded(root);
  });
  afterAll(async () => {
    await driver.close?.();
    rmSync(root, { recursive: true, force: true });
  });

  it(`of ${count} repositories lists ten, and holds the event loop for no more than ${most} ms`, async () => {
    const page = { limit: 10, after: 'r5' };
    const start = repositories.indexOf('r5') + 1;
    expect(await driver.manifests.repositories(page)).toEqual(repositories.slice(start, start + 10));
    expect(await longestHold(() => driver.manifests.repositories(page))).toBeLessThan(most);
  }, 60_000);

  it('looks into none of them for a blob to mount once the signal of that is aborted', async () => {
    const digest = await pushBlob(driver, repo, sample(10));
    const reason = new Error('not needed any longer');
    await expect(driver.blobs.mount?.(repo, digest, undefined, AbortSignal.abort(reason))).rejects.toBe(reason);
  });

  it('looks into none of them for a blob to mount that is nowhere', async () => {
    entriesRead = 0;
    expect(await driver.blobs.mount?.(repo, digestOf(sample(11)))).toBe(false);
    expect(entriesRead).toBe(0);
  });

  it('reads no more of a directory than one portion to know that a repository exists', async () => {
    entriesRead = 0;
    expect(await driver.manifests.tags(repo, { limit: 0 })).toEqual([]);
    expect(entriesRead).toBeLessThan(10);
  });
});
