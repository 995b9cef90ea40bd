/** The rules for a deletion that meets those who begin to hold the same content, or fill the same repository. */
import assert from 'node:assert/strict';
import type { RepositoryName } from '../../../api/formats.ts';
import type { Driver } from '../../../driver.ts';
import type { Definition } from '../definition.ts';
import { type Race, type Round, ruleOf } from '../race.ts';
import {
  assertSameBytes,
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
const source = readName('library/source');
const [emptied, below] = [readName('library/emptied'), readName('library/emptied/below')];

/** A way in which a repository begins to hold a blob. */
interface Holder {
  readonly repo: RepositoryName;
  /** Whether the driver serves it. */
  isServed(driver: Driver): boolean;
  /** Does all but the last step; gives that: whether the repository was told that it holds the blob. */
  prepare(driver: Driver, round: Round, repo: RepositoryName, content: Uint8Array): Promise<() => Promise<boolean>>;
}

const committer: Holder = {
  repo: readName('library/committer'),
  isServed: () => true,
  async prepare(driver, round, repo, content) {
    const id = newId();
    const upload = await uploadBytes(driver, repo, id, content);
    return () =>
      round.call(async () => {
        const committed = await driver.uploads.commit(repo, id, upload, digestOf(content));
        assert.ok(committed, 'the upload stands there, so its commit must be true');
        return committed;
      });
  },
};

const putter: Holder = {
  repo: readName('library/putter'),
  isServed: ({ blobs }) => blobs.put !== undefined,
  async prepare({ blobs }, round, repo, content) {
    const chunk = round.hold(empty, content);
    return async () => {
      await blobs.put?.(repo, digestOf(content), chunk);
      return true;
    };
  },
};

const mounting = (name: string, from?: RepositoryName): Holder => ({
  repo: readName(name),
  isServed: ({ blobs }) => blobs.mount !== undefined,
  prepare: async ({ blobs }, round, repo, content) => {
    const mount = async (): Promise<boolean> => (await blobs.mount?.(repo, digestOf(content), from)) ?? false;
    return () => round.call(mount);
  },
});

const mounter = mounting('library/mounter', source);
const finder = mounting('library/finder');

/**
 * One repository holds a blob and deletes it while another begins to hold it, or, as each of them keeps the content for the others,
 * sometimes many others at once. What was acknowledged is then there, until each deletes it in its turn.
 */
const deleteUnder =
  (...alone: readonly Holder[]): Race['run'] =>
  async (driver, deleter, round) => {
    const content = sample(3000, `round ${round.number}`);
    const digest = await pushBlob(driver, source, content);
    const served = [committer, putter, mounter, finder].filter(({ isServed }) => isServed(driver));
    const chosen = round.random.chance(0.2) ? served : [round.random.oneOf(alone)];
    const steps = await Promise.all(chosen.map(({ repo, prepare }) => prepare(driver, round, repo, content)));
    const [deleted, ...told] = await round.meet([
      round.call(() => deleter.blobs.delete(source, digest)),
      ...steps.map((step) => step()),
    ]);
    assert.ok(deleted, 'the blob was there, so its deletion must be true');
    assert.equal(await pullBlob(driver, source, digest), undefined, 'the blob was deleted, and is there');
    for (const [turn, { repo }] of chosen.entries()) {
      const found = await pullBlob(driver, repo, digest);
      const isThere = found !== undefined;
      assert.equal(isThere, told[turn], `${repo} was told ${told[turn]}, and the blob is ${isThere ? 'there' : 'absent'}`);
      if (found) assertSameBytes(found, content);
      // So that the next round begins where no repository holds anything.
      assert.equal(await deleter.blobs.delete(repo, digest), isThere, 'a deletion must say whether the blob was there');
    }
  };

/**
 * What a repository holds is deleted while a blob, a manifest and a tag are put into it, and a blob into a repository below it. Some
 * storages drop what has become empty: that must not take anything along that was acknowledged.
 */
async function fillWhileEmptied(driver: Driver, deleter: Driver, round: Round): Promise<void> {
  const [manifest, before, tag] = [manifestOf('{"after":1}'), manifestOf('{"before":1}'), readTag('latest')];
  const [old, fresh, lower] = [
    sample(100, `old ${round.number}`),
    sample(100, `fresh ${round.number}`),
    sample(100, `lower ${round.number}`),
  ];
  await pushBlob(driver, emptied, old);
  await driver.manifests.put(emptied, before);
  const [deletedBlob, deletedManifest] = await round.meet([
    round.call(() => deleter.blobs.delete(emptied, digestOf(old))),
    round.call(() => deleter.manifests.delete(emptied, before.digest)),
    round.call(() => pushBlob(driver, emptied, fresh)),
    round.call(() => pushBlob(driver, below, lower)),
    round.call(async () => {
      await driver.manifests.put(emptied, manifest);
      assert.ok(await driver.manifests.tag(emptied, tag, manifest.digest), 'a tag must be set on a manifest that is there');
    }),
  ]);
  assert.deepEqual([deletedBlob, deletedManifest], [true, true]);
  assertSameBytes(await pullBlob(driver, emptied, digestOf(fresh)), fresh);
  assertSameBytes(await pullBlob(driver, below, digestOf(lower)), lower);
  assert.equal(await driver.manifests.resolve(emptied, tag), manifest.digest);
  assert.deepEqual(await driver.manifests.repositories({ limit: 10 }), [emptied, below]);
  await deleter.manifests.delete(emptied, manifest.digest);
  await deleter.blobs.delete(emptied, digestOf(fresh));
  await deleter.blobs.delete(below, digestOf(lower));
  assert.deepEqual(await driver.manifests.repositories({ limit: 10 }), []);
}

const races: readonly Race[] = [
  {
    name: 'a blob that one repository deletes while another commits it is there for the other',
    promises: ['blob delete', 'kept', 'commit', 'one step'],
    run: deleteUnder(committer),
  },
  {
    name: 'a blob that one repository deletes while another mounts it is there for the other if the mount was true',
    promises: ['blob delete', 'kept', 'mount', 'mount absent', 'one step'],
    needs: ['blobs.mount'],
    run: deleteUnder(mounter, finder),
  },
  {
    name: 'a blob that one repository deletes while it is put into another is there for the other',
    promises: ['blob delete', 'kept', 'put', 'one step'],
    needs: ['blobs.put'],
    run: deleteUnder(putter),
  },
  {
    name: 'a repository that is emptied takes what is put into it at the same moment',
    promises: ['kept', 'repositories exist', 'one step'],
    run: fillWhileEmptied,
  },
];

/** Level `concurrency`, area `races`. */
export const deletionRaceRules: readonly Definition[] = races.map(ruleOf);
