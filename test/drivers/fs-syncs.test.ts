/** What the file system driver syncs, how often and in which order. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'vitest';
import { fsDriver } from '../../drivers/fs.ts';
import type { Driver } from '../../lib/driver.ts';
import {
  chunkOf,
  digestOf,
  manifestOf,
  named,
  newId,
  nothing,
  other,
  pushed,
  referrerOf,
  repo,
  sample,
  tagged,
  uploaded,
} from './samples.ts';
import { type Call, type Watched, watch } from './watched.ts';

const content = sample(100_000);
const digest = digestOf(content);
const manifest = manifestOf('{"a":1}');
const signature = referrerOf('{"b":1}', manifest.digest);

let root: string;
let watched: Watched;
let driver: Driver;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'stowage-'));
  watched = watch(root);
  driver = fsDriver({ root, fs: watched.fs });
});

afterEach(() => {
  assert.equal(watched.open(), 0, 'files were left open');
  assert.deepEqual(watched.strayed, []);
  rmSync(root, { recursive: true });
});

/** The calls that matter for durability, as lines. */
function lines(calls: readonly Call[]): string[] {
  const kept = calls.filter(({ name }) => ['sync', 'datasync', 'rename', 'unlink', 'mkdir'].includes(name));
  return kept.map(({ name, key, to }) => (to === undefined ? `${name} ${key}` : `${name} ${key} ${to}`));
}

/** The calls that a piece of work makes. */
async function during(work: () => Promise<unknown>): Promise<Call[]> {
  const before = watched.calls.length;
  await work();
  return watched.calls.slice(before);
}

const syncsIn = (calls: readonly Call[]): number => calls.filter(({ name }) => name === 'sync' || name === 'datasync').length;

interface Flow {
  readonly name: string;
  readonly syncs: number;
  run(): Promise<unknown>;
}

async function pushedInParts(): Promise<void> {
  const id = newId();
  const first = await uploaded(driver, repo, id, content.subarray(0, 10));
  const chunk = chunkOf(content.subarray(0, 10), [[content.subarray(10)]]);
  const upload = await driver.uploads.append(repo, id, first, chunk);
  assert.ok(upload && (await driver.uploads.commit(repo, id, upload, digest)));
}

async function pushedEmpty(): Promise<void> {
  const id = newId();
  assert.ok(await driver.uploads.commit(repo, id, await driver.uploads.create(repo, id, nothing), nothing.digest));
}

const flows: readonly Flow[] = [
  { name: 'a blob in one body', syncs: 4, run: () => pushed(driver, repo, content) },
  { name: 'a blob in two bodies', syncs: 5, run: pushedInParts },
  { name: 'an empty blob', syncs: 4, run: pushedEmpty },
  { name: 'an upload that begins', syncs: 0, run: () => driver.uploads.create(repo, newId(), nothing) },
  { name: 'a manifest', syncs: 2, run: () => driver.manifests.put(repo, manifest) },
  { name: 'a manifest with a subject', syncs: 4, run: () => driver.manifests.put(repo, signature) },
  { name: 'a tag', syncs: 2, run: () => driver.manifests.tag(repo, tagged('latest'), manifest.digest) },
  { name: 'a mount', syncs: 4, run: async () => driver.blobs.mount?.(other, digest, repo) },
  { name: 'a look at everything', syncs: 0, run: look },
];

async function look(): Promise<void> {
  await (await driver.blobs.get(repo, digest))?.open({ first: 0, last: 10 });
  await driver.manifests.get(repo, manifest.digest);
  await driver.manifests.resolve(repo, tagged('latest'));
  await driver.manifests.tags(repo, { limit: 10 });
  await driver.manifests.repositories({ limit: 10 });
}

async function everything(): Promise<void> {
  for (const flow of flows) await flow.run();
}

describe('syncs of fsDriver', () => {
  for (const { name, syncs, run } of flows) {
    it(`${name} costs ${syncs} where the directories are there`, async () => {
      await everything();
      assert.equal(syncsIn(await during(run)), syncs);
    });
  }

  it('a manifest with its tag costs 4 where the directories are there', async () => {
    await everything();
    const calls = await during(async () => {
      await driver.manifests.put(repo, manifest);
      await driver.manifests.tag(repo, tagged('latest'), manifest.digest);
    });
    assert.equal(syncsIn(calls), 4);
  });

  it('each directory that is made costs one more', async () => {
    await everything();
    const calls = await during(() => pushed(driver, named('library/fresh'), content));
    assert.equal(calls.filter(({ name, key }) => name === 'mkdir' && key.startsWith('repositories/')).length, 3);
    assert.equal(syncsIn(calls), 4 + 3);
  });

  it('each directory that is found costs one more, once', async () => {
    await everything();
    driver = fsDriver({ root, fs: watched.fs });
    const calls = await during(() => pushed(driver, repo, content));
    const found = calls.filter(({ name, key }) => name === 'mkdir' && key !== '' && key !== 'uploads/*');
    assert.equal(syncsIn(calls), 4 + found.length);
    assert.equal(syncsIn(await during(() => pushed(driver, repo, content))), 4);
  });

  it('nothing is synced where durability is none', async () => {
    driver = fsDriver({ root, fs: watched.fs, durability: 'none' });
    await everything();
    await driver.manifests.delete(repo, signature);
    await driver.blobs.delete(repo, digest);
    assert.equal(syncsIn(watched.calls), 0);
  });

  it('a blob is synced before its checkpoint speaks of it, content before the link, and each name before what follows', async () => {
    await everything();
    assert.deepEqual(lines(await during(() => pushed(driver, repo, content))), [
      'mkdir uploads/*',
      'rename staging/* uploads/*/checkpoint',
      'datasync uploads/*/data',
      'rename staging/* uploads/*/checkpoint',
      'rename uploads/*/data content/sha256/xx/<hex>',
      'sync content/sha256/xx',
      'datasync staging/*',
      'rename staging/* repositories/library/sample/_blobs/sha256/<hex>',
      'sync repositories/library/sample/_blobs/sha256',
      'rename uploads/* staging/*',
    ]);
  });

  it('a manifest is synced before its referrer entry, and that before the tag', async () => {
    await everything();
    const calls = await during(async () => {
      await driver.manifests.put(repo, signature);
      await driver.manifests.tag(repo, tagged('signed'), signature.digest);
    });
    assert.deepEqual(lines(calls), [
      'datasync staging/*',
      'rename staging/* repositories/library/sample/_manifests/sha256/<hex>',
      'sync repositories/library/sample/_manifests/sha256',
      'datasync staging/*',
      'rename staging/* repositories/library/sample/_referrers/sha256/<hex>/sha256/<hex>',
      'sync repositories/library/sample/_referrers/sha256/<hex>/sha256',
      'datasync staging/*',
      'rename staging/* repositories/library/sample/_tags/signed',
      'sync repositories/library/sample/_tags',
    ]);
  });

  it('a manifest is deleted in the other order, each step synced before the next', async () => {
    await everything();
    await driver.manifests.tag(repo, tagged('signed'), signature.digest);
    assert.deepEqual(lines(await during(() => driver.manifests.delete(repo, signature))), [
      'unlink repositories/library/sample/_tags/signed',
      'sync repositories/library/sample/_tags',
      'unlink repositories/library/sample/_referrers/sha256/<hex>/sha256/<hex>',
      'sync repositories/library/sample/_referrers/sha256/<hex>/sha256',
      'unlink repositories/library/sample/_manifests/sha256/<hex>',
      'sync repositories/library/sample/_manifests/sha256',
    ]);
  });

  it('a mount syncs what it found before it links it', async () => {
    await everything();
    assert.deepEqual(lines(await during(async () => driver.blobs.mount?.(other, digest))), [
      'datasync content/sha256/xx/<hex>',
      'sync content/sha256/xx',
      'datasync staging/*',
      'rename staging/* repositories/library/other/_blobs/sha256/<hex>',
      'sync repositories/library/other/_blobs/sha256',
    ]);
  });

  it('new directories are synced into their parents from the top, before anything lies in them', async () => {
    await driver.manifests.put(named('a'), manifest);
    const calls = lines(watched.calls);
    const made = ['repositories', 'repositories/a', 'repositories/a/_manifests', 'repositories/a/_manifests/sha256'];
    const expected = made.flatMap((key) => [
      `mkdir ${key}`,
      `sync ${key.includes('/') ? key.slice(0, key.lastIndexOf('/')) : ''}`,
    ]);
    const first = calls.indexOf('mkdir repositories');
    assert.deepEqual(calls.slice(first, first + 8), expected);
    assert.match(calls[first + 8] ?? '', /^rename staging\/\* repositories\/a\/_manifests/);
  });

  it('a root that is made is synced into its parent', async () => {
    const below = join(root, 'x', 'y');
    const deep = watch(below);
    await fsDriver({ root: below, fs: deep.fs }).manifests.put(repo, manifest);
    assert.deepEqual(lines(deep.calls).slice(0, 3), ['mkdir ', 'sync ..', 'sync ../..']);
  });

  it('making the driver touches nothing', () => {
    assert.deepEqual(watched.calls, []);
  });
});
