/** Collections of a directory, and what other processes do between two calls of the file system, on which they are held up. */
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import * as node from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type FileSystem, type FsDriver, fsDriver } from '../../drivers/fs.ts';
import type { Digest } from '../../lib/driver.ts';
import {
  assertSameBytes,
  digestOf,
  manifestOf,
  other,
  pullBlob,
  pushBlob,
  readTag,
  referrerOf,
  repo,
  sample,
} from '../../lib/testing/suite/samples.ts';
import { collect } from '../../lib/upkeep/index.ts';
import { filesBelow } from '../support/drivers/files-below.ts';

const content = sample(2_000, 'collected');
const large = sample(200_000, 'collected');
const manifest = manifestOf('{"of":"a collection"}');
const at = new Date(1_700_000_000_000);
const later = new Date(at.getTime() + 1);

let root: string;
let driver: FsDriver;
/** Another process, which is held up before a call. */
let held: FsDriver;
let before: (name: string, path: string) => Promise<unknown> = async () => undefined;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'stowage-'));
  driver = fsDriver({ root, durability: 'none', cacheBytes: 0 });
  held = fsDriver({ root, durability: 'none', cacheBytes: 0, fs: heldUp() });
  before = async () => undefined;
});
afterEach(async () => {
  await Promise.all([driver.close(), held.close()]);
  rmSync(root, { recursive: true, force: true });
});

/** The file system of Node, on which each call by a path waits for `before`. */
function heldUp(): FileSystem {
  const waiting =
    <A extends [unknown, ...unknown[]], R>(name: string, call: (...about: A) => Promise<R>) =>
    async (...about: A): Promise<R> => {
      await before(name, String(about[0]));
      return call(...about);
    };
  const fs: FileSystem = node;
  return {
    ...fs,
    open: waiting('open', fs.open),
    stat: waiting('stat', fs.stat),
    rename: waiting('rename', fs.rename),
    unlink: waiting('unlink', fs.unlink),
    readdir: waiting('readdir', fs.readdir),
    opendir: waiting('readdir', fs.opendir),
  };
}

/** Has something happen once, before the call number `count` that is like this. */
function once(is: (name: string, path: string) => boolean, happen: () => Promise<unknown>, count = 1): () => boolean {
  let left = count;
  before = async (name, path) => {
    if (left > 0 && is(name, path) && --left === 0) await happen();
  };
  return () => left === 0;
}

describe('what another process takes out of the trash between two calls', () => {
  const looks: Readonly<Record<string, () => Promise<unknown>>> = {
    'a look-up of a blob': () => held.blobs.get(repo, digestOf(content)),
    'a mount': async () => (await held.blobs.mount?.(other, digestOf(content), repo)) || undefined,
    'a look-up of a manifest': () => held.manifests.get(repo, manifest.digest),
    'a tag': () => held.manifests.resolve(repo, readTag('latest')),
  };
  const moments = [
    ['the trash is listed', 'readdir', '_trash'],
    ['it is looked for in the trash', 'stat', '_trash/'],
    ['it is moved', 'rename', '_trash/'],
  ] as const;
  for (const [look, run] of Object.entries(looks)) {
    it.each(moments)(`is found by ${look}, if it goes before %s`, async (_, call, place) => {
      await pushBlob(driver, repo, content);
      await driver.manifests.put(repo, manifest);
      await driver.manifests.tag(repo, readTag('latest'), manifest.digest);
      await driver.inventory.discard(repo, 'blob', digestOf(content), at);
      await driver.inventory.discard(repo, 'manifest', manifest.digest, at);
      const happened = once(
        (name, path) => name === call && path.includes(place),
        async () => {
          await driver.blobs.get(repo, digestOf(content));
          await driver.manifests.get(repo, manifest.digest);
        },
      );
      expect(await run()).toBeDefined();
      expect(happened()).toBe(true);
    });
  }

  it.each(moments.slice(0, 2))('is deleted, if it goes before %s', async (_, call, place) => {
    await pushBlob(driver, repo, content);
    await driver.inventory.discard(repo, 'blob', digestOf(content), at);
    const happened = once(
      (name, path) => name === call && path.includes(place),
      () => driver.blobs.get(repo, digestOf(content)),
    );
    expect(await held.blobs.delete(repo, digestOf(content))).toBe(true);
    expect(happened()).toBe(true);
    expect(await driver.blobs.get(repo, digestOf(content))).toBeUndefined();
  });
});

describe('bytes that are freed while somebody has their link', () => {
  it.each([content, large])('are read, although they were moved aside behind the look-up', async (bytes) => {
    const isContent = (name: string, path: string): boolean => name === 'readdir' && path.endsWith('/content');
    let blob: Awaited<ReturnType<FsDriver['blobs']['get']>>;
    // The link is made when all links were looked through.
    const happened = once(isContent, async () => {
      await pushBlob(driver, repo, bytes);
      blob = await driver.blobs.get(repo, digestOf(bytes));
    });
    await pushBlob(driver, repo, sample(10, 'another'));
    await held.inventory.reclaim();
    expect(happened()).toBe(true);
    expect(
      filesBelow(root).filter((file) => file.startsWith('trash/')),
      'they were moved aside',
    ).toHaveLength(1);
    const opened = await blob?.open();
    assert.ok(opened, 'the blob is held, and can be opened');
    assertSameBytes(await pullBlob(driver, repo, digestOf(bytes)), bytes);
  });

  const moves: Readonly<Record<string, readonly [first: () => Promise<unknown>, then: () => Promise<unknown>]>> = {
    'out of the trash': [
      () => driver.inventory.discard(repo, 'blob', digestOf(content), at),
      () => driver.blobs.get(repo, digestOf(content)),
    ],
    'into the trash': [
      () => driver.blobs.get(repo, digestOf(content)),
      () => driver.inventory.discard(repo, 'blob', digestOf(content), at),
    ],
  };
  it.each(Object.entries(moves))('stay where their link moves %s, at whichever call', async (_, [first, then]) => {
    for (let count = 1; ; count++) {
      await pushBlob(driver, repo, content);
      await first();
      const happened = once((_name, path) => path.includes('/repositories/'), then, count);
      await held.inventory.reclaim();
      before = async () => undefined;
      expect(
        filesBelow(root).filter((file) => file.startsWith('trash/')),
        `moved before call ${count}`,
      ).toEqual([]);
      await driver.blobs.get(repo, digestOf(content));
      if (!happened()) break;
    }
  });
});

it('what was pushed again is not in the trash for ever', async () => {
  await pushBlob(driver, repo, content);
  await driver.manifests.put(repo, manifestOf(JSON.stringify({ layer: digestOf(content) })));
  await driver.inventory.discard(repo, 'blob', digestOf(content), at);
  await pushBlob(driver, repo, content);
  for (let round = 0; round < 2; round++) {
    const { broughtBack, removed } = await collect(driver, { grace: 0, minAge: 0 });
    expect([broughtBack.blobs, removed.blobs], 'it was held all the time').toEqual([0, 0]);
  }
  expect(filesBelow(root).filter((file) => file.includes('_trash'))).toEqual([]);
  assertSameBytes(await pullBlob(driver, repo, digestOf(content)), content);
});

it('a manifest that was pushed and discarded again keeps its entry when its first copy is removed', async () => {
  const subject = manifestOf('{"is":"a subject"}');
  const referrer = {
    ...manifest,
    subject: subject.digest,
    referrer: { mediaType: manifest.mediaType, digest: manifest.digest, size: 1 },
  };
  await driver.manifests.put(repo, referrer);
  await driver.inventory.discard(repo, 'manifest', manifest.digest, at);
  const happened = once(
    (name, path) => name === 'unlink' && path.includes('_trash'),
    async () => {
      await driver.manifests.put(repo, referrer);
      await driver.inventory.discard(repo, 'manifest', manifest.digest, new Date(at.getTime() + 10));
    },
  );
  expect(await held.inventory.remove(repo, 'manifest', manifest.digest, later), 'it lies in the trash').toBe(false);
  expect(happened()).toBe(true);
  expect(await driver.manifests.referrers(repo, subject.digest, { limit: 10 })).toHaveLength(1);
});

/** Of each file that stays, what it is. */
const kindsLeft = ['_blobs', '_blobs', '_manifests', '_manifests', '_pointers', '_referrers', 'content', 'content', 'layout'];

describe('a collection that dies', () => {
  /** What is done to a directory that is collected: one of each kind goes, stays, and comes back. */
  async function fill(): Promise<void> {
    const subject = manifestOf(JSON.stringify({ layer: digestOf(content) }));
    const signature = (text: string, of: Digest) => referrerOf(JSON.stringify({ layer: digestOf(sample(100, text)) }), of);
    for (const bytes of [content, sample(100, 'kept'), sample(100, 'old'), sample(100, 'unneeded')])
      await pushBlob(driver, repo, bytes);
    await driver.manifests.put(repo, subject);
    await driver.manifests.tag(repo, readTag('latest'), subject.digest);
    await driver.manifests.put(repo, signature('kept', subject.digest));
    // Of a subject that is not there: nothing leads to it.
    await driver.manifests.put(repo, signature('old', digestOf(sample(1))));
    await driver.inventory.discard(repo, 'manifest', signature('old', digestOf(sample(1))).digest, at);
    for (const bytes of [sample(100, 'old'), content]) await driver.inventory.discard(repo, 'blob', digestOf(bytes), at);
  }

  it('before whichever call of the file system loses nothing, and the next one goes on', async () => {
    // Not before each one, which takes minutes: the steps of several repetitions meet all kinds of calls.
    for (let count = 1; ; count += 7) {
      rmSync(root, { recursive: true, force: true });
      driver = fsDriver({ root, durability: 'none', cacheBytes: 0 });
      held = fsDriver({ root, durability: 'none', cacheBytes: 0, fs: heldUp() });
      await fill();
      let left = count;
      before = async () => {
        if (left === 0 || --left === 0) throw Object.assign(new Error('it is dead'), { code: 'EIO' });
      };
      const isDead = await collect({ ...held, outbox: undefined }, { grace: 0, minAge: 0, untagged: 0 }).then(
        ({ skipped }) => skipped.length > 0,
        () => true,
      );
      for (let round = 0; round < 4; round++) {
        await collect({ ...driver, outbox: undefined }, { grace: 0, minAge: 0, untagged: 0 });
        await new Promise((resolve) => setTimeout(resolve, 2));
      }
      await driver.uploads.expire?.(new Date(0));
      const message = `it died before call ${count}`;
      assertSameBytes(await pullBlob(driver, repo, digestOf(content)), content);
      assertSameBytes(await pullBlob(driver, repo, digestOf(sample(100, 'kept'))), sample(100, 'kept'));
      const kinds = filesBelow(root).map(
        (file) => /_[a-z]+|^[a-z]+/.exec(file.replace(`repositories/${repo}/`, ''))?.[0] ?? file,
      );
      expect(kinds.filter((kind) => kind !== 'instances').sort(), message).toEqual(kindsLeft);
      expect(await driver.inventory.repositories({ limit: 10 }), message).toEqual([repo]);
      expect(existsSync(join(root, 'repositories', repo, '_trash')), message).toBe(false);
      if (!isDead) break;
    }
  }, 120_000);
});
