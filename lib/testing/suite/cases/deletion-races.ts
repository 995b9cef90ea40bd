/** The rules for a deletion while others begin to hold the same content, on one driver and on two. */
import assert from 'node:assert/strict';
import type { Digest, RepositoryName } from '../../../api/formats.ts';
import type { Chunk, Driver } from '../../../driver.ts';
import type { Definition, Storage } from '../definition.ts';
import { createRandom } from '../model/random.ts';
import {
  assertSameBytes,
  chunkOf,
  digestOf,
  manifestOf,
  newId,
  pullBlob,
  pushBlob,
  readName,
  readTag,
  sample,
  uploadBytes,
} from '../samples.ts';

const empty = new Uint8Array(0);
const rounds = 24;
/** How many turns of the event loop a caller may be late. */
const latest = 6;
const [source, committer, putter, mounter, finder] = ['source', 'committer', 'putter', 'mounter', 'finder'].map((name) =>
  readName(`library/${name}`),
) as [RepositoryName, RepositoryName, RepositoryName, RepositoryName, RepositoryName];

const [emptied, below] = [readName('library/emptied'), readName('library/emptied/below')];

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Waits for several turns of the event loop. */
async function turns(count: number): Promise<void> {
  for (let passed = 0; passed < count; passed++) await turn();
}

/** Puts the blob. False if the driver does not serve that. */
async function putIfServed(driver: Driver, repo: RepositoryName, digest: Digest, chunk: Chunk): Promise<boolean> {
  await driver.blobs.put?.(repo, digest, chunk);
  return driver.blobs.put !== undefined;
}

/** What begins to hold the blob: the repository, and whether it was told that it does. */
type Holding = readonly [RepositoryName, () => Promise<boolean>];

/**
 * In each round, one repository holds a blob and deletes it while others commit, put and mount it. All have come to their last step
 * before, and take it at once or some turns of the event loop late. What was acknowledged is then there.
 */
async function deleteUnderOthers(driver: Driver, deleter: Driver, { amounts }: Storage): Promise<void> {
  for (let round = 0; round < rounds; round++) {
    const random = createRandom(amounts.seed, round);
    const about = `round ${round} of the seed ${JSON.stringify(amounts.seed)}`;
    const content = sample(3000, `${amounts.seed} ${round}`);
    const digest = await pushBlob(driver, source, content);
    const id = newId();
    const upload = await uploadBytes(driver, committer, id, content);
    let release = (): void => {};
    const released = new Promise<void>((resolve) => {
      release = resolve;
    });
    const late = async (): Promise<void> => {
      await released;
      await turns(random.between(0, latest));
    };
    const steps = [[content.subarray(0, 1000)], late, [content.subarray(1000)]];
    const holdings: Holding[] = [
      [committer, async () => late().then(() => driver.uploads.commit(committer, id, upload, digest))],
      [putter, () => putIfServed(driver, putter, digest, chunkOf(empty, steps))],
      [mounter, async () => late().then(async () => (await driver.blobs.mount?.(mounter, digest, source)) ?? false)],
      [finder, async () => late().then(async () => (await driver.blobs.mount?.(finder, digest)) ?? false)],
    ];
    const deleting = late().then(() => deleter.blobs.delete(source, digest));
    const working = Promise.all(holdings.map(([, hold]) => hold()));
    await turns(latest);
    release();
    const [deleted, acknowledged] = await Promise.all([deleting, working]);
    assert.ok(deleted, `the deletion was false in ${about}`);
    assert.ok(acknowledged[0], `the commit was false in ${about}`);
    assert.equal(await pullBlob(driver, source, digest), undefined, `the blob was deleted, and is there in ${about}`);
    for (const [index, [repo]] of holdings.entries()) {
      const found = await pullBlob(driver, repo, digest);
      assert.equal(found !== undefined, acknowledged[index], `${repo} was told ${acknowledged[index]} in ${about}`);
      if (found) assertSameBytes(found, content);
      // So that the next round begins where no repository holds anything.
      assert.equal(await deleter.blobs.delete(repo, digest), acknowledged[index]);
    }
  }
}

/**
 * In each round, what a repository holds is deleted while a blob, a manifest and a tag are put into it, and a blob into a repository
 * below it. Some storages drop what has become empty: that must not take anything along that was acknowledged.
 */
async function fillWhileEmptied(driver: Driver, deleter: Driver, { amounts }: Storage): Promise<void> {
  const [manifest, before, tag] = [manifestOf('{"after":1}'), manifestOf('{"before":1}'), readTag('latest')];
  for (let round = 0; round < rounds; round++) {
    const random = createRandom(amounts.seed, round);
    const about = `round ${round} of the seed ${JSON.stringify(amounts.seed)}`;
    const contents = ['old', 'new', 'below'].map((name) => sample(100, `${name} ${round}`));
    const [old = empty, fresh = empty, lower = empty] = contents;
    await pushBlob(driver, emptied, old);
    await driver.manifests.put(emptied, before);
    const late = () => turns(random.between(0, latest));
    const [deletedBlob, deletedManifest] = await Promise.all([
      late().then(() => deleter.blobs.delete(emptied, digestOf(old))),
      late().then(() => deleter.manifests.delete(emptied, before.digest)),
      late().then(() => pushBlob(driver, emptied, fresh)),
      late().then(() => pushBlob(driver, below, lower)),
      late().then(async () => {
        await driver.manifests.put(emptied, manifest);
        assert.ok(await driver.manifests.tag(emptied, tag, manifest.digest), `the tag was refused in ${about}`);
      }),
    ]);
    assert.deepEqual([deletedBlob, deletedManifest], [true, true], about);
    assertSameBytes(await pullBlob(driver, emptied, digestOf(fresh)), fresh);
    assertSameBytes(await pullBlob(driver, below, digestOf(lower)), lower);
    assert.equal(await driver.manifests.resolve(emptied, tag), manifest.digest, about);
    assert.deepEqual(await driver.manifests.repositories({ limit: 10 }), [emptied, below], about);
    await deleter.manifests.delete(emptied, manifest.digest);
    for (const [repo, content] of [
      [emptied, fresh],
      [below, lower],
    ] as const)
      await deleter.blobs.delete(repo, digestOf(content));
    assert.deepEqual(await driver.manifests.repositories({ limit: 10 }), [], about);
  }
}

/** Level `concurrency`. */
export const deletionRaceRules: readonly Definition[] = [
  {
    name: 'a blob that one repository deletes while others commit, put and mount it is there for those that were told so',
    promises: ['blob delete', 'kept', 'commit', 'one step'],
    run: (driver, storage) => deleteUnderOthers(driver, driver, storage),
  },
  {
    name: 'a blob that is deleted at another instance while it is committed, put and mounted is there where that was acknowledged',
    promises: ['blob delete', 'kept', 'commit', 'one step'],
    needs: ['peer'],
    run: async (driver, storage) => deleteUnderOthers(driver, await storage.peer(), storage),
  },
  {
    name: 'a repository that is emptied takes what is put into it at the same moment',
    promises: ['kept', 'repositories exist', 'one step'],
    run: (driver, storage) => fillWhileEmptied(driver, driver, storage),
  },
  {
    name: 'a repository that is emptied at another instance takes what is put into it at the same moment',
    promises: ['kept', 'repositories exist', 'one step'],
    needs: ['peer'],
    run: async (driver, storage) => fillWhileEmptied(driver, await storage.peer(), storage),
  },
];
