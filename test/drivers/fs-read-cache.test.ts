/** What the fs driver keeps of what it has read: it is never what another process has moved, deleted or written anew. */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { nodeCalls } from '../../drivers/fs/node-calls.ts';
import { createReadCache } from '../../drivers/fs/read-cache.ts';
import type { FileSystem, SystemStats } from '../../drivers/fs/system.ts';
import { type FsDriver, fsDriver } from '../../drivers/fs.ts';
import { contentKey, linkKey, manifestKey, pointerDirectory, referrersPrefix } from '../../drivers/tree/layout.ts';
import { type Digest, isStorageFault, readDigest, type Tag } from '../../lib/driver.ts';
import {
  assertSameBytes,
  digestOf,
  manifestOf,
  other,
  pullBlob,
  pushBlob,
  readName,
  readTag,
  referrerOf,
  repo,
  sample,
} from '../../lib/testing/suite/samples.ts';
import { type Watched, watch } from '../support/drivers/watched-file-system.ts';

const [one, two] = [manifestOf('{"1":1}'), manifestOf('{"2":2}')];
const latest = readTag('latest');
const content = sample(1_000);
const digest = digestOf(content);
/** What is younger is not kept. */
const settledMs = 80;

let root: string;
let writer: FsDriver;
let watched: Watched;
let reader: FsDriver;
/** Whether looks of the reader hold the event loop. */
let looks: { sync: number };
/** What else happens before the reader renames something. */
let beforeRename: () => Promise<void>;

function open(options: { readonly cacheBytes?: number; readonly sync?: boolean } = {}): FsDriver {
  watched = watch(root);
  looks = { sync: 0 };
  const statSync: FileSystem['statSync'] = (path) => {
    looks.sync++;
    return nodeCalls.statSync?.(path);
  };
  const rename: FileSystem['rename'] = async (from, to) => {
    await beforeRename();
    await watched.fs.rename(from, to);
  };
  const fs: FileSystem = { ...watched.fs, rename, ...(options.sync !== false && { statSync }) };
  return fsDriver({ root, fs, ...(options.cacheBytes !== undefined && { cacheBytes: options.cacheBytes }) });
}

beforeEach(async () => {
  beforeRename = async () => undefined;
  root = mkdtempSync(join(tmpdir(), 'stowage-'));
  writer = fsDriver({ root });
  await pushBlob(writer, repo, content);
  for (const manifest of [one, two]) await writer.manifests.put(repo, manifest);
  await writer.manifests.tag(repo, latest, one.digest);
  await setTimeout(settledMs);
  reader = open();
});
afterEach(async () => {
  await Promise.all([writer.close(), reader.close()]);
  rmSync(root, { recursive: true });
});

/** How many calls of the file system the work makes, other than looks that hold the event loop. */
async function callsOf(work: () => Promise<unknown>): Promise<string[]> {
  const before = watched.calls.length;
  await work();
  return watched.calls.slice(before).map(({ name }) => name);
}

async function pull(): Promise<void> {
  assert.equal(await reader.manifests.resolve(repo, latest), one.digest);
  assertSameBytes((await reader.manifests.get(repo, one.digest))?.bytes, one.bytes);
  assert.equal((await reader.manifests.describe?.(repo, one.digest))?.size, one.bytes.length);
  assertSameBytes(await pullBlob(reader, repo, digest), content);
  assertSameBytes(await pullBlob(reader, repo, digest, { first: 10, last: 19 }), content.subarray(10, 20));
}

describe('what was read once', () => {
  it('costs looks and no other call', async () => {
    await pull();
    const before = looks.sync;
    expect(await callsOf(pull)).toEqual([]);
    expect(looks.sync - before).toBe(8);
  });

  it('costs looks that do not hold the event loop where the file system has none that do', async () => {
    await reader.close();
    reader = open({ sync: false });
    await pull();
    expect([...new Set(await callsOf(pull))]).toEqual(['stat']);
  });

  it('is read again where nothing is kept', async () => {
    await reader.close();
    reader = open({ cacheBytes: 0 });
    await pull();
    expect(await callsOf(pull)).toContain('open');
    expect(looks.sync).toBe(0);
  });

  it('is looked at without holding the event loop once such looks are slow', async () => {
    await reader.close();
    const base = open();
    await base.close();
    let slow = 0;
    const fs: FileSystem = {
      ...watched.fs,
      statSync: (path) => {
        const end = performance.now() + 10;
        while (performance.now() < end) slow++;
        looks.sync++;
        return nodeCalls.statSync?.(path);
      },
    };
    reader = fsDriver({ root, fs });
    await pull();
    await pull();
    expect(slow).toBeGreaterThan(0);
    expect(looks.sync).toBe(1);
    expect([...new Set(await callsOf(pull))]).toEqual(['stat']);
  });

  it('that another process moves, deletes or writes anew is seen as it then is', async () => {
    await pull();
    await writer.manifests.tag(repo, latest, two.digest);
    assert.equal(await reader.manifests.resolve(repo, latest), two.digest);
    await writer.manifests.untag(repo, latest);
    assert.equal(await reader.manifests.resolve(repo, latest), undefined);
    await writer.manifests.tag(repo, latest, one.digest);
    assert.equal(await reader.manifests.resolve(repo, latest), one.digest);
    await writer.manifests.delete(repo, one.digest);
    assert.equal(await reader.manifests.resolve(repo, latest), undefined);
    assert.equal(await reader.manifests.get(repo, one.digest), undefined);
    assert.equal(await reader.manifests.describe?.(repo, one.digest), undefined);
    await writer.blobs.delete(repo, digest);
    assert.equal(await reader.blobs.get(repo, digest), undefined);
    await pushBlob(writer, repo, content);
    assertSameBytes(await pullBlob(reader, repo, digest), content);
  });

  it('and is damaged since is reported', async () => {
    await pull();
    writeFileSync(join(root, manifestKey(repo, one.digest)), 'x'.repeat(10));
    await assert.rejects(reader.manifests.get(repo, one.digest), isStorageFault);
  });

  it('is gone with the content of a blob, and with its link', async () => {
    await pull();
    rmSync(join(root, contentKey(digest)));
    assert.equal(await reader.blobs.get(repo, digest), undefined);
    await pushBlob(writer, repo, content);
    await pull();
    rmSync(join(root, linkKey(repo, digest)));
    assert.equal(await reader.blobs.get(repo, digest), undefined);
  });

  it('and cannot be looked at is a fault', async () => {
    await reader.close();
    reader = open({ sync: false });
    await pull();
    watched.failing(({ name }) => (name === 'stat' ? 'EIO' : undefined));
    await assert.rejects(reader.manifests.resolve(repo, latest), isStorageFault);
    watched.failing(() => undefined);
    await pull();
  });
});

it('moves of a tag by another process are seen one by one, however fast they come', async () => {
  const digests = [one.digest, two.digest];
  for (let turn = 0; turn < 400; turn++) {
    const expected = digests[turn % 2];
    assert.ok(expected);
    await writer.manifests.tag(repo, latest, expected);
    assert.equal(await reader.manifests.resolve(repo, latest), expected);
    if (turn % 50 === 0) await setTimeout(settledMs);
    assert.equal(await reader.manifests.resolve(repo, latest), expected);
  }
});

describe('a list of tags', () => {
  const tags = Array.from({ length: 250 }, (_, index) => readTag(`${index % 3 ? 'v' : 'V'}${1_000 + index}`)).sort();
  const list = async (after = '', limit = 1_000) => (await reader.manifests.tags(repo, { after, limit })) ?? [];
  const behind = (after: string) => tags.filter((tag) => tag > after);
  /** How often the work reads the whole directory. */
  async function readings(work: () => Promise<unknown>): Promise<number> {
    const before = watched.calls.length;
    await work();
    return watched.calls.slice(before).filter(({ name, key }) => name === 'opendir' && key.endsWith('_pointers')).length;
  }
  beforeEach(async () => {
    await writer.manifests.untag(repo, latest);
    for (const tag of tags) await writer.manifests.tag(repo, tag, one.digest);
    await setTimeout(settledMs);
  });

  it('is read once, and each page is cut out of it', async () => {
    expect(await list()).toEqual(tags);
    const before = watched.calls.length;
    for (const after of ['', 'A', 'V1000', tags[100] ?? '', 'V1001x', 'v1249', 'z']) {
      expect(await list(after, 10)).toEqual(behind(after).slice(0, 10));
      expect(await list(after)).toEqual(behind(after));
    }
    expect(watched.calls.slice(before).filter(({ key }) => key.endsWith('_pointers'))).toEqual([]);
  });

  it('has what another process creates, and not what it deletes', async () => {
    expect(await list()).toEqual(tags);
    await writer.manifests.tag(repo, latest, one.digest);
    expect(await list()).toEqual([...tags, latest].sort());
    await writer.manifests.untag(repo, latest);
    await writer.manifests.untag(repo, tags[0] ?? latest);
    expect(await list()).toEqual(tags.slice(1));
  });

  it('that is too long to be kept is read page by page', async () => {
    await reader.close();
    reader = open({ cacheBytes: 10_000 });
    for (const after of ['', tags[100] ?? '']) expect(await list(after, 10)).toEqual(behind(after).slice(0, 10));
    expect(await list()).toEqual(tags);
    expect(await readings(() => list())).toBe(1);
  });

  it('that many ask for at once is gathered once, also where others write', async () => {
    expect(await list()).toEqual(tags);
    await writer.manifests.tag(repo, latest, one.digest);
    await setTimeout(settledMs);
    const all = async () => {
      const pages = await Promise.all(Array.from({ length: 10 }, () => list('', 10)));
      for (const page of pages) expect(page).toEqual(tags.slice(0, 10));
    };
    expect(await readings(all)).toBe(1);
    expect(await readings(() => list())).toBe(0);
  });

  describe('of a driver that is alone', () => {
    const tagsOf = (letter: string) => Array.from({ length: 40 }, (_, index) => readTag(`${letter}${index}`));
    const create = (tag: Tag) => reader.manifests.tag(repo, tag, two.digest);
    const remove = (tag: Tag) => reader.manifests.untag(repo, tag);
    beforeEach(async () => {
      await writer.close();
      await create(latest);
      // The record of the driver is a change in the directory of records.
      await setTimeout(settledMs);
      expect(await list()).toEqual([...tags, latest].sort());
    });
    /** Changes tags, looks whether the list has that, and gives how often it was read anew. */
    const change = (work: () => Promise<unknown>, expected: readonly Tag[]) =>
      readings(async () => {
        await work();
        expect(await list()).toEqual([...expected].sort());
      });

    it('has what it creates and deletes itself, and is not read anew', async () => {
      expect(await change(() => create(readTag('new')), [...tags, latest, readTag('new')])).toBe(0);
      expect(await change(() => create(readTag('new')), [...tags, latest, readTag('new')])).toBe(0);
      expect(await change(() => remove(readTag('new')), [...tags, latest])).toBe(0);
      expect(await change(() => remove(readTag('new')), [...tags, latest])).toBe(0);
      expect(await change(() => reader.manifests.delete(repo, one.digest), [latest])).toBeLessThan(4);
      expect(await change(() => remove(latest), [])).toBeLessThan(2);
      expect(await change(() => create(latest), [latest])).toBeLessThan(2);
    });

    it('has each tag as soon as it is created, and not once it is deleted, while many others come and go', async () => {
      const work = [...tagsOf('a'), ...tagsOf('z')].map(async (tag, index) => {
        await create(tag);
        expect(await reader.manifests.tags(repo, { after: tag.slice(0, -1), limit: 1_000 })).toContain(tag);
        if (index % 2 === 0) return;
        await Promise.all([remove(tag), remove(tag)]);
        expect(await list()).not.toContain(tag);
      });
      await Promise.all(work);
      const left = [...tagsOf('a'), ...tagsOf('z')].filter((_, index) => index % 2 === 0);
      expect(await readings(async () => expect(await list()).toEqual([...tags, latest, ...left].sort()))).toBe(0);
    });

    it('has what comes and goes while it is gathered', async () => {
      await reader.close();
      reader = open();
      await create(readTag('new'));
      await setTimeout(settledMs);
      const [page] = await Promise.all([list(), ...tagsOf('a').map(create), remove(tags[0] ?? latest)]);
      expect(page.length).toBeGreaterThan(200);
      const left = [...tags.slice(1), latest, readTag('new'), ...tagsOf('a')].sort();
      expect(await list()).toEqual(left);
      expect(await readings(async () => expect(await list()).toEqual(left))).toBe(0);
    });

    it('has what another driver creates that has come since, however much this one changes', async () => {
      const other = fsDriver({ root });
      try {
        for (let turn = 0; turn < 20; turn++) {
          const [own, foreign] = [readTag(`own${turn}`), readTag(`foreign${turn}`)];
          await Promise.all([create(own), other.manifests.tag(repo, foreign, one.digest)]);
          expect(await list()).toEqual(expect.arrayContaining([own, foreign]));
          await Promise.all([remove(own), other.manifests.untag(repo, foreign)]);
          expect(await list()).toEqual([...tags, latest].sort());
        }
      } finally {
        await other.close();
      }
    });

    it('is read anew where a tag was put there or taken away by hand', async () => {
      mkdirSync(join(root, pointerDirectory(repo, readTag('by-hand'))));
      expect(await list()).toContain('by-hand');
      await setTimeout(settledMs);
      await list();
      rmSync(join(root, pointerDirectory(repo, tags[0] ?? latest)), { recursive: true });
      await create(readTag('new'));
      expect(await list()).not.toContain(tags[0]);
    });

    it('has what became of a change that failed', async () => {
      const failing = (code: string, call: string) =>
        watched.failing(({ name, key }) => (name === call && /_pointers(\/new)?$/.test(key) ? code : undefined));
      failing('EIO', 'sync');
      await assert.rejects(create(readTag('new')), isStorageFault);
      watched.failing(() => undefined);
      const found = await list();
      assert.equal(found.includes(readTag('new')), existsSync(join(root, pointerDirectory(repo, readTag('new')))));
    });

    it('is not read anew either where looks do not hold the event loop', async () => {
      await reader.close();
      reader = open({ sync: false });
      await create(readTag('new'));
      await setTimeout(settledMs);
      await list();
      const expected = [...tags, latest, readTag('new'), readTag('newer')];
      expect(await change(() => create(readTag('newer')), expected)).toBe(0);
    });

    for (const [who, remove] of [
      ['its own sweep', () => reader.uploads.expire?.(new Date(0))],
      ['another driver that has written nothing yet', () => fsDriver({ root }).manifests.resolve(other, readTag('left'))],
    ] as const) {
      it(`has no tag that a deletion left behind and ${who} removes while it changes another one`, async () => {
        const [left, fresh] = [readTag('left'), readTag('new')];
        const pages = () => reader.manifests.tags(other, { limit: 10 });
        await reader.manifests.put(other, two);
        mkdirSync(join(root, pointerDirectory(other, left)), { recursive: true });
        await setTimeout(settledMs);
        expect(await pages()).toEqual([left]);
        let removal: Promise<unknown> | undefined;
        beforeRename = async () => {
          removal ??= Promise.resolve(remove());
          await removal;
        };
        await reader.manifests.tag(other, fresh, two.digest);
        expect(existsSync(join(root, pointerDirectory(other, left)))).toBe(false);
        expect(await pages()).toEqual([fresh]);
      });
    }
  });
});

describe('a page of referrers', () => {
  const referrers = Array.from({ length: 300 }, (_, index) => referrerOf(`${index}`, one.digest));
  const digests = referrers.map((each) => each.digest).sort();
  const list = async (after?: Digest, limit = 1_000) => {
    const page = await reader.manifests.referrers(repo, one.digest, { limit, ...(after && { after }) });
    return page.map((each) => each.digest);
  };
  const directory = `${referrersPrefix(repo, one.digest)}sha256`;
  beforeEach(async () => {
    for (const each of referrers) await writer.manifests.put(repo, each);
    await setTimeout(settledMs);
  });

  it('is read once, and each further page is cut out of what was kept', async () => {
    expect(await list()).toEqual(digests);
    const before = watched.calls.length;
    for (const index of [0, 1, 100, 298, 299]) {
      expect(await list(digests[index], 10)).toEqual(digests.slice(index + 1, index + 11));
    }
    const last = readDigest(`sha256:${'f'.repeat(64)}`);
    expect(await list(last)).toEqual([]);
    expect(watched.calls.slice(before).filter(({ name }) => name === 'opendir')).toEqual([]);
  });

  it('has what another process pushes, and not what it deletes', async () => {
    expect(await list()).toEqual(digests);
    const fresh = referrerOf('fresh', one.digest);
    await writer.manifests.put(repo, fresh);
    expect(await list()).toEqual([...digests, fresh.digest].sort());
    await setTimeout(settledMs);
    expect(await list()).toEqual([...digests, fresh.digest].sort());
    for (const each of [fresh, ...referrers.slice(1)]) await writer.manifests.delete(repo, each.digest);
    expect(await list()).toEqual([referrers[0]?.digest]);
  });

  it('that many ask for at once is gathered once', async () => {
    const before = watched.calls.length;
    const pages = await Promise.all(Array.from({ length: 10 }, () => list(undefined, 10)));
    for (const page of pages) expect(page).toEqual(digests.slice(0, 10));
    const readings = watched.calls.slice(before).filter(({ name, key }) => name === 'opendir' && key.endsWith('<hex>/sha256'));
    expect(readings.length).toBe(1);
  });

  it('that is too long to be kept is found so once', async () => {
    await reader.close();
    reader = open({ cacheBytes: 40_000 });
    for (const after of [undefined, digests[100]]) {
      expect(await list(after, 10)).toEqual(digests.filter((each) => each > (after ?? '')).slice(0, 10));
    }
    const before = watched.calls.length;
    expect(await list(undefined, 10)).toEqual(digests.slice(0, 10));
    const readings = watched.calls.slice(before).filter(({ name, key }) => name === 'opendir' && key.endsWith('<hex>/sha256'));
    expect(readings.length).toBe(1);
  });

  it('has no file that was put among them by hand, whatever its name', async () => {
    for (const name of ['\u00e9', 'a b', '0', 'z'.repeat(200)]) writeFileSync(join(root, directory, name), '');
    await setTimeout(settledMs);
    for (let time = 0; time < 2; time++) expect(await list()).toEqual(digests);
  });
});

describe('a page of repositories', () => {
  const names = ['a', 'a-b', 'a-b/c', 'a.b', 'a/b', 'a/b/c', 'a/b-c', 'a0', 'z'].map(readName);
  const expected = [...names, repo].sort();
  const list = (after = '', limit = 100) => reader.manifests.repositories({ after, limit });
  beforeEach(async () => {
    for (const name of names) await writer.manifests.put(name, one);
    await setTimeout(settledMs);
  });

  it('is read once, and each further page is cut out of what was kept', async () => {
    expect(await list()).toEqual(expected);
    const before = watched.calls.length;
    for (const after of [
      '',
      'a',
      'a-',
      'a-b',
      'a-b/',
      'a-b/c',
      'a/',
      'a/b',
      'a/b/c',
      'a/b/d',
      'a/zz',
      'a0',
      'b/../a',
      '../x',
      'zz',
      '/',
      '~',
    ]) {
      expect(await list(after)).toEqual(expected.filter((name) => name > after));
      expect(await list(after, 2)).toEqual(expected.filter((name) => name > after).slice(0, 2));
    }
    // A marker may name a directory that does not exist.
    const opened = watched.calls.slice(before).filter(({ name, key }) => name === 'opendir' && existsSync(join(root, key)));
    expect(opened).toEqual([]);
  });

  it('has what another process pushes, and not what it deletes', async () => {
    expect(await list()).toEqual(expected);
    const [fresh, deep] = [readName('a/b/c/d'), readName('b')];
    for (const name of [fresh, deep]) await writer.manifests.put(name, two);
    expect(await list()).toEqual([...expected, fresh, deep].sort());
    await setTimeout(settledMs);
    expect(await list()).toEqual([...expected, fresh, deep].sort());
    for (const name of [fresh, readName('a')]) {
      for (const { digest } of [one, two]) await writer.manifests.delete(name, digest);
    }
    expect(await list()).toEqual([...expected, deep].filter((name) => name !== 'a').sort());
  });

  it('has a repository of which another process has deleted what was found there, while there is more', async () => {
    expect(await list('y')).toEqual(['z']);
    await writer.manifests.put(readName('z'), two);
    await writer.manifests.delete(readName('z'), one.digest);
    expect(await list('y')).toEqual(['z']);
    await writer.manifests.delete(readName('z'), two.digest);
    expect(await list('y')).toEqual([]);
    await pushBlob(writer, readName('z'), content);
    expect(await list('y')).toEqual(['z']);
    rmSync(join(root, contentKey(digest)));
    expect(await list('y')).toEqual([]);
  });
});

describe('the cache', () => {
  const stats: SystemStats = { size: 1, mtimeMs: 1_000.5, ctimeMs: 1_000.5, ino: 7 };
  const cacheOf = (maxBytes: number, look: () => SystemStats | undefined = () => stats) =>
    createReadCache({ ...nodeCalls, statSync: look, stat: async () => stats }, (key) => key, maxBytes);
  const bytes = (length: number) => new Uint8Array(length);
  const later = 2_000;

  it('keeps what was used last, up to its bound', () => {
    const cache = cacheOf(10_000);
    for (const key of ['a', 'b', 'c']) cache.keep(key, bytes(2_500), stats, later);
    assert.ok(cache.find('a'));
    cache.keep('d', bytes(2_500), stats, later);
    expect(['a', 'b', 'c', 'd'].filter((key) => cache.find(key))).toEqual(['a', 'c', 'd']);
    cache.keep('a', bytes(1), stats, later);
    cache.keep('e', bytes(2_500), stats, later);
    expect(['a', 'c', 'd', 'e'].filter((key) => cache.find(key))).toEqual(['a', 'c', 'd', 'e']);
    cache.keep('large', bytes(10_000), stats, later);
    expect(cache.find('large')).toBe(undefined);
  });

  for (const [what, changed] of [
    ['the size', { size: 2 }],
    ['the inode', { ino: 8 }],
    ['the time of the content', { mtimeMs: 1_000.501 }],
    ['the time of the change', { ctimeMs: 1_000.501 }],
  ] as const) {
    it(`lets go of a value when ${what} is another, for good`, () => {
      let now: SystemStats | undefined = stats;
      const cache = cacheOf(10_000, () => now);
      cache.keep('a', bytes(1), stats, later);
      now = { ...stats, ...changed };
      expect(cache.find('a')).toBe(undefined);
      now = stats;
      expect(cache.find('a')).toBe(undefined);
    });
  }

  it('goes on with what was kept while a slow look at what was there before was under way', async () => {
    let answer = (): void => {};
    const slowly = new Promise<SystemStats>((resolve) => {
      answer = () => resolve(stats);
    });
    const { statSync: _, ...slow } = { ...nodeCalls, stat: () => slowly };
    const cache = createReadCache(slow, (key) => key, 10_000);
    cache.keep('a', bytes(1), stats, later);
    const found = cache.find('a');
    cache.keep('a', bytes(4_000), stats, later);
    answer();
    await found;
    expect((cache.peek('a') as Uint8Array).length).toBe(4_000);
    cache.keep('b', bytes(4_000), stats, later);
    cache.keep('c', bytes(4_000), stats, later);
    expect(['a', 'b', 'c'].filter((key) => cache.peek(key))).toEqual(['b', 'c']);
  });

  it('takes no more memory than its bound, whatever the length of names', async () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const bound = 4 * 1024 * 1024;
    for (const length of [40, 400]) {
      const cache = createReadCache(nodeCalls, (key) => `/var/lib/stowage/${key}`, bound);
      collect();
      const before = process.memoryUsage().heapUsed;
      for (let index = 0; index < 10_000; index++) {
        const seen = await nodeCalls.stat(root);
        cache.keep(`${index}`.padStart(length, 'k'), { digest, version: `${index}` }, seen, Date.now() + 60_000);
      }
      collect();
      expect(process.memoryUsage().heapUsed - before).toBeLessThan(bound);
      expect(await cache.find('absent')).toBeUndefined();
    }
  });

  it('keeps nothing that was changed within a tick before it was looked at: more of that may not show', () => {
    const cache = cacheOf(10_000);
    cache.keep('a', bytes(1), stats, 1_020);
    cache.keep('b', bytes(1), { ...stats, mtimeMs: 1 }, 1_020);
    cache.keep('c', bytes(1), { ...stats, ctimeMs: 1 }, 1_020);
    cache.keep('whole seconds', bytes(1), { ...stats, mtimeMs: 1_000, ctimeMs: 1_000 }, later);
    expect(['a', 'b', 'c', 'whole seconds'].filter((key) => cache.find(key))).toEqual([]);
  });

  it('makes sure by an ordinary look where a fast one fails', async () => {
    const cache = cacheOf(10_000, () => {
      throw new Error('EIO');
    });
    cache.keep('a', bytes(1), stats, later);
    assert.ok(await cache.find('a'));
  });
});

it('a file that is replaced by one of the same size and time of content is another', async () => {
  await reader.manifests.get(repo, one.digest);
  const path = join(root, manifestKey(repo, one.digest));
  const past = new Date(Date.now() - 100_000);
  writeFileSync(`${path}.new`, 'x'.repeat(100));
  utimesSync(`${path}.new`, past, past);
  renameSync(`${path}.new`, path);
  await assert.rejects(reader.manifests.get(repo, one.digest), isStorageFault);
});
