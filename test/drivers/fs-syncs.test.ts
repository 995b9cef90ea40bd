/** What the file system driver syncs, how often and in which order. */
import assert from 'node:assert/strict';
import { appendFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, it } from 'vitest';
import { fsDriver, type SystemFile } from '../../drivers/fs.ts';
import {
  chunkOf,
  emptyCheckpoint,
  newId,
  other,
  pushBlob,
  readName,
  readTag,
  repo,
  uploadBytes,
} from '../../lib/testing/suite/samples.ts';
import { uploadFileIn } from '../support/drivers/files-below.ts';
import { content, digest, manifest, onDisk, signature } from '../support/drivers/on-disk.ts';
import { type Call, watch } from '../support/drivers/watched-file-system.ts';

const disk = onDisk({ filled: false });

/** The calls that matter for durability, as lines. Directories of uploads are never synced. */
function lines(calls: readonly Call[]): string[] {
  const matters = ({ name, key }: Call) => name !== 'mkdir' || !key.startsWith('uploads');
  const kept = calls.filter((call) => ['sync', 'datasync', 'rename', 'unlink', 'mkdir'].includes(call.name) && matters(call));
  return kept.map(({ name, key, to }) => (to === undefined ? `${name} ${key}` : `${name} ${key} ${to}`));
}

/** The same lines; the last two are of calls that are made at once, and end in any order. */
function lastTwoAtOnce(all: readonly string[]): string[] {
  return [...all.slice(0, -2), ...all.slice(-2).sort()];
}

/** The calls that a piece of work makes. */
async function during(work: () => Promise<unknown>): Promise<Call[]> {
  const before = disk.watched.calls.length;
  await work();
  return disk.watched.calls.slice(before);
}

const syncsIn = (calls: readonly Call[]): number => calls.filter(({ name }) => name === 'sync' || name === 'datasync').length;

interface Flow {
  readonly name: string;
  readonly syncs: number;
  run(): Promise<unknown>;
}

async function pushedInParts(): Promise<void> {
  const id = newId();
  const first = await uploadBytes(disk.driver, repo, id, content.subarray(0, 10));
  const chunk = chunkOf(content.subarray(0, 10), [[content.subarray(10)]]);
  const upload = await disk.driver.uploads.append(repo, id, first, chunk);
  assert.ok(upload && (await disk.driver.uploads.commit(repo, id, upload, digest)));
}

const putBlob = async () => disk.driver.blobs.put?.(repo, digest, chunkOf(new Uint8Array(0), [[content]]));

async function pushedEmpty(): Promise<void> {
  const id = newId();
  assert.ok(
    await disk.driver.uploads.commit(
      repo,
      id,
      await disk.driver.uploads.create(repo, id, emptyCheckpoint),
      emptyCheckpoint.digest,
    ),
  );
}

/** One sync is the first append's. */
async function appendedNothing(): Promise<void> {
  const id = newId();
  const upload = await uploadBytes(disk.driver, repo, id, content);
  assert.ok(await disk.driver.uploads.append(repo, id, upload, chunkOf(content, [])));
}

const flows: readonly Flow[] = [
  { name: 'a blob in one call', syncs: 3, run: putBlob },
  { name: 'a blob in one body', syncs: 3, run: () => pushBlob(disk.driver, repo, content) },
  { name: 'a blob in two bodies', syncs: 4, run: pushedInParts },
  { name: 'an empty blob', syncs: 3, run: pushedEmpty },
  { name: 'an upload that begins', syncs: 0, run: () => disk.driver.uploads.create(repo, newId(), emptyCheckpoint) },
  { name: 'an append of nothing', syncs: 1, run: appendedNothing },
  { name: 'a manifest', syncs: 2, run: () => disk.driver.manifests.put(repo, manifest) },
  { name: 'a manifest with a subject', syncs: 4, run: () => disk.driver.manifests.put(repo, signature) },
  { name: 'a tag that moves', syncs: 1, run: () => disk.driver.manifests.tag(repo, readTag('latest'), manifest.digest) },
  { name: 'a manifest with a new tag', syncs: 4, run: putTagged },
  { name: 'a new tag', syncs: 2, run: () => disk.driver.manifests.tag(repo, readTag(`new${++created}`), manifest.digest) },
  { name: 'a mount', syncs: 3, run: async () => disk.driver.blobs.mount?.(other, digest, repo) },
  { name: 'a look at everything', syncs: 0, run: look },
];

async function putTagged(): Promise<void> {
  assert.ok(await disk.driver.manifests.putTagged?.(repo, manifest, [readTag(`new${++created}`)]));
}

/** How many tags were created by flows. */
let created = 0;

async function look(): Promise<void> {
  await (await disk.driver.blobs.get(repo, digest))?.open({ first: 0, last: 10 });
  await disk.driver.manifests.get(repo, manifest.digest);
  await disk.driver.manifests.resolve(repo, readTag('latest'));
  await disk.driver.manifests.tags(repo, { limit: 10 });
  await disk.driver.manifests.repositories({ limit: 10 });
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

  it('with its manifest, a new tag is made while that is synced, and a tag that is there is moved after that', async () => {
    await everything();
    const { fs } = disk.watched;
    const events: string[] = [];
    const slowly = async (file: SystemFile) => {
      await sleep(50);
      await file.sync?.();
      events.push('the manifest is durable');
    };
    const driver = fsDriver({
      root: disk.root,
      fs: {
        ...fs,
        async open(path, flags) {
          const file = await fs.open(path, flags);
          return path.endsWith(join('_manifests', 'sha256')) ? { ...file, sync: () => slowly(file) } : file;
        },
        async rename(from, to) {
          const [tag] = /(?<=_pointers.)[a-z]+/.exec(to) ?? [];
          if (tag !== undefined) events.push(`tag ${tag}`);
          await fs.rename(from, to);
        },
      },
    });
    await driver.manifests.put(repo, manifest);
    events.length = 0;
    assert.ok(await driver.manifests.putTagged?.(repo, manifest, [readTag('fresh'), readTag('latest')]));
    await driver.close();
    assert.deepEqual(events, ['tag fresh', 'the manifest is durable', 'tag latest']);
  });

  it('each directory that is made costs one more', async () => {
    await everything();
    const calls = await during(() => pushBlob(disk.driver, readName('library/fresh'), content));
    assert.equal(calls.filter(({ name, key }) => name === 'mkdir' && key.startsWith('repositories/')).length, 3);
    assert.equal(syncsIn(calls), 3 + 3);
  });

  it('each directory that is found costs two more, itself and its parent, once', async () => {
    await everything();
    disk.reopen();
    const calls = await during(() => pushBlob(disk.driver, repo, content));
    const found = calls.filter(({ name, key }) => name === 'mkdir' && key !== '' && !key.startsWith('uploads'));
    assert.equal(syncsIn(calls), 3 + 1 + 2 * found.length);
    assert.equal(syncsIn(await during(() => pushBlob(disk.driver, repo, content))), 3);
  });

  const looks: readonly (readonly [string, () => Promise<unknown>, readonly string[]])[] = [
    ['blob', () => disk.driver.blobs.get(repo, digest), ['content/sha256/xx', 'repositories/library/sample/_blobs/sha256']],
    ['manifest', () => disk.driver.manifests.get(repo, manifest.digest), ['repositories/library/sample/_manifests/sha256']],
    [
      'tag',
      () => disk.driver.manifests.resolve(repo, readTag('latest')),
      ['repositories/library/sample/_pointers/latest', 'repositories/library/sample/_pointers'],
    ],
  ];
  for (const [what, find, directories] of looks) {
    it(`a ${what} that another process left is synced by name before anybody is told of it, once`, async () => {
      await everything();
      disk.reopen();
      const synced = (await during(find)).filter(({ name }) => name === 'sync').map(({ key }) => key);
      for (const directory of [...directories, '']) assert.ok(synced.includes(directory), `${directory} was not synced`);
      assert.equal(syncsIn(await during(find)), 0);
    });
  }

  it('a tail that a commit cuts off is gone for good before the blob has its name', async () => {
    await everything();
    const id = newId();
    const upload = await uploadBytes(disk.driver, repo, id, content);
    appendFileSync(disk.at(uploadFileIn(disk.root, id)), 'tail');
    assert.ok(await disk.driver.uploads.get(repo, id));
    const calls = (await during(() => disk.driver.uploads.commit(repo, id, upload, digest))).map(
      ({ name, key }) => `${name} ${key}`,
    );
    const steps = ['truncate', 'datasync', 'rename'].map((step) => calls.lastIndexOf(`${step} uploads/xx/*.*.${content.length}`));
    assert.ok(
      steps.every((step, at) => step > (steps[at - 1] ?? -1)),
      calls.join('\n'),
    );
  });

  it('nothing is synced where durability is none', async () => {
    disk.reopen('none');
    await everything();
    await disk.driver.manifests.delete(repo, signature.digest);
    await disk.driver.blobs.delete(repo, digest);
    assert.equal(syncsIn(disk.watched.calls), 0);
  });

  it('a blob is synced before its checkpoint speaks of it, content before the link, and each name before what follows', async () => {
    await everything();
    assert.deepEqual(lastTwoAtOnce(lines(await during(() => pushBlob(disk.driver, repo, content)))), [
      'rename uploads/xx/*.free.0 uploads/xx/*.*.0',
      'datasync uploads/xx/*.*.0',
      'rename uploads/xx/*.*.0 uploads/xx/*.free.400000',
      'rename uploads/xx/*.free.400000 uploads/xx/*.*.400000',
      'rename uploads/xx/*.*.400000 content/sha256/xx/<hex>',
      'sync content/sha256/xx',
      'sync repositories/library/sample/_blobs/sha256',
    ]);
  });

  it('a blob in one call is synced before it has its name', async () => {
    await everything();
    assert.deepEqual(lastTwoAtOnce(lines(await during(putBlob))), [
      'datasync staging/*',
      'rename staging/* content/sha256/xx/<hex>',
      'sync content/sha256/xx',
      'sync repositories/library/sample/_blobs/sha256',
    ]);
  });

  it('a commit that finds its upload published by another syncs what that may not have synced yet', async () => {
    await everything();
    const id = newId();
    const upload = await uploadBytes(disk.driver, repo, id, content);
    rmSync(disk.at(uploadFileIn(disk.root, id)));
    assert.deepEqual(lastTwoAtOnce(lines(await during(() => disk.driver.uploads.commit(repo, id, upload, digest)))), [
      'rename uploads/xx/*.free.400000 uploads/xx/*.*.400000',
      'sync content/sha256/xx',
      'sync repositories/library/sample/_blobs/sha256',
    ]);
  });

  it('a manifest is synced before its referrer entry, and that before the tag', async () => {
    await everything();
    await disk.driver.manifests.tag(repo, readTag('signed'), manifest.digest);
    const calls = await during(async () => {
      await disk.driver.manifests.put(repo, signature);
      await disk.driver.manifests.tag(repo, readTag('signed'), signature.digest);
    });
    assert.deepEqual(lines(calls), [
      'datasync staging/*',
      'rename staging/* repositories/library/sample/_manifests/sha256/<hex>',
      'sync repositories/library/sample/_manifests/sha256',
      'datasync staging/*',
      'rename staging/* repositories/library/sample/_referrers/sha256/<hex>/sha256/<hex>',
      'sync repositories/library/sample/_referrers/sha256/<hex>/sha256',
      'rename repositories/library/sample/_pointers/signed/<pointer> repositories/library/sample/_pointers/signed/<pointer>',
      'sync repositories/library/sample/_pointers/signed',
    ]);
  });

  it('a tag is created with where it points in it', async () => {
    await everything();
    assert.deepEqual(
      lastTwoAtOnce(lines(await during(() => disk.driver.manifests.tag(repo, readTag('signed'), manifest.digest)))),
      [
        'mkdir staging/*',
        'rename staging/* repositories/library/sample/_pointers/signed',
        'sync repositories/library/sample/_pointers',
        'sync repositories/library/sample/_pointers/signed',
      ],
    );
  });

  it('a manifest is deleted in the other order, each step synced before the next', async () => {
    await everything();
    await disk.driver.manifests.tag(repo, readTag('signed'), signature.digest);
    assert.deepEqual(lines(await during(() => disk.driver.manifests.delete(repo, signature.digest))), [
      'unlink repositories/library/sample/_pointers/signed/<pointer>',
      'sync repositories/library/sample/_pointers',
      'unlink repositories/library/sample/_referrers/sha256/<hex>/sha256/<hex>',
      // No referrer is left, and so none of these directories: the nearest one that is has to know.
      'sync repositories/library/sample',
      'unlink repositories/library/sample/_manifests/sha256/<hex>',
      'sync repositories/library/sample/_manifests/sha256',
    ]);
  });

  it('a mount syncs what it found before it links it', async () => {
    await everything();
    assert.deepEqual(lines(await during(async () => disk.driver.blobs.mount?.(other, digest))), [
      'datasync content/sha256/xx/<hex>',
      'sync content/sha256/xx',
      'sync repositories/library/other/_blobs/sha256',
    ]);
  });

  it('new directories are synced into their parents from the top, before anything lies in them', async () => {
    await disk.driver.manifests.put(readName('a'), manifest);
    const calls = lines(disk.watched.calls);
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
    const below = join(disk.root, 'x', 'y');
    const deep = watch(below);
    await fsDriver({ root: below, fs: deep.fs }).manifests.put(repo, manifest);
    assert.deepEqual(lines(deep.calls).slice(0, 5), ['mkdir ', 'mkdir ..', 'mkdir ', 'sync ..', 'sync ../..']);
  });

  it('making the driver touches nothing', () => {
    assert.deepEqual(disk.watched.calls, []);
  });
});
