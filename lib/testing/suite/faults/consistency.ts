/** What must hold of a repository after work on it was interrupted: acknowledged objects are kept, others are whole or absent. */
import assert from 'node:assert/strict';
import type { Digest, Driver, Manifest, RepositoryName, Tag } from '../../../driver.ts';
import {
  allReferrers,
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
} from '../samples.ts';

/** The change of one object. */
export interface Step {
  /** The state after the change: `the blob is there`. */
  readonly what: string;
  /** Set if the object is the upload itself, which a loss of power may end. */
  readonly ofUpload?: true;
  /** True after the change, false before it. Fails if the object is in any other state. */
  done(driver: Driver): Promise<boolean>;
}

/** The blob that is there before the work. */
export const old = sample(900, 'old');
/** The blob that the work pushes or deletes. */
export const fresh = sample(2_000, 'fresh');
/** The manifest that is there before the work, with a tag. */
export const manifest = manifestOf('{"old":1}');
/** Another manifest. */
export const second = manifestOf('{"second":2}');
/** A manifest whose subject is the first. */
export const signature = referrerOf('{"signature":3}', manifest.digest);

const latest = readTag('latest');
const [contents, manifests] = [
  [old, fresh],
  [manifest, second, signature],
];

/** Stores objects that must survive every interruption. */
export async function storeAcknowledged(driver: Driver): Promise<void> {
  await pushBlob(driver, repo, old);
  await driver.manifests.put(repo, manifest);
  assert.equal(await driver.manifests.tag(repo, latest, manifest.digest), true);
}

/** Fails if one of the objects of {@link storeAcknowledged} is missing or changed. */
export async function assertAcknowledgedKept(driver: Driver): Promise<void> {
  assert.ok(await blobStep(repo, old, true).done(driver), 'a blob that was acknowledged before is gone');
  assert.ok(await manifestStep(repo, manifest, true).done(driver), 'a manifest that was acknowledged before is gone');
  assert.equal(
    await driver.manifests.resolve(repo, latest),
    manifest.digest,
    'a tag that was acknowledged before points elsewhere',
  );
  const tags = (await driver.manifests.tags(repo, { limit: 100 })) ?? [];
  assert.ok(tags.includes(latest), `a tag that was acknowledged before is not among ${tags}`);
  const names = await driver.manifests.repositories({ limit: 100 });
  assert.ok(names.includes(repo), `a repository that was acknowledged before is not among ${names}`);
}

/** Fails if an object is there in part: a blob, a manifest, or a tag or referrer entry whose manifest is absent. */
export async function assertNothingHalf(driver: Driver): Promise<void> {
  const names = await driver.manifests.repositories({ limit: 100 });
  for (const at of [repo, other]) {
    const held = [];
    for (const content of contents) held.push(await blobStep(at, content, true).done(driver));
    const found = [];
    for (const each of manifests) if (await manifestStep(at, each, true).done(driver)) found.push(each.digest);
    const isThere = found.length > 0 || held.includes(true);
    assert.equal(names.includes(at), isThere, `${at} is listed exactly if it holds a blob or a manifest`);
    await assertNothingDangles(driver, at, found);
  }
}

async function assertNothingDangles(driver: Driver, at: RepositoryName, found: readonly Digest[]): Promise<void> {
  for (const tag of (await driver.manifests.tags(at, { limit: 100 })) ?? []) {
    const digest = await driver.manifests.resolve(at, tag);
    assert.ok(!digest || found.includes(digest), `tag ${tag} resolves to ${digest}, which is not there`);
  }
  for (const { digest } of await allReferrers(driver, at, manifest.digest)) {
    assert.ok(found.includes(digest), `${digest} is listed as a referrer, and is not there`);
  }
}

const thereOrGone = (held: boolean): string => (held ? 'is there' : 'is gone');

/** The repository comes to hold the blob, or not to hold it any more. */
export function blobStep(at: RepositoryName, content: Uint8Array, held: boolean): Step {
  return {
    what: `the blob ${thereOrGone(held)}`,
    async done(driver) {
      const found = await pullBlob(driver, at, digestOf(content));
      if (found !== undefined) assertSameBytes(found, content);
      return (found !== undefined) === held;
    },
  };
}

/** The repository comes to have the manifest, or not to have it any more. */
export function manifestStep(at: RepositoryName, expected: Manifest, held: boolean): Step {
  return {
    what: `the manifest ${thereOrGone(held)}`,
    async done(driver) {
      const found = await driver.manifests.get(at, expected.digest);
      if (found !== undefined)
        assert.deepEqual({ ...found, bytes: [...found.bytes] }, { ...expected, bytes: [...expected.bytes] });
      return (found !== undefined) === held;
    },
  };
}

/** The manifest comes to be listed among the referrers of its subject, or not any more. */
export function referrerStep(at: RepositoryName, { digest, referrer, subject = digest }: Manifest, held: boolean): Step {
  return {
    what: `the referrer entry ${thereOrGone(held)}`,
    async done(driver) {
      const entries = await allReferrers(driver, at, subject);
      const found = entries.filter((entry) => entry.digest === digest);
      if (found.length > 0) assert.deepEqual(found, [referrer]);
      return found.length > 0 === held;
    },
  };
}

/** The tag moves from one manifest to another; undefined means that there is no tag. */
export function tagStep(at: RepositoryName, tag: Tag, from: Digest | undefined, to: Digest | undefined): Step {
  return {
    what: `tag ${tag} points at ${to ?? 'nothing'}`,
    async done(driver) {
      const found = await driver.manifests.resolve(at, tag);
      assert.ok(found === from || found === to, `tag ${tag} points at ${found}, which is neither ${from} nor ${to}`);
      return found === to;
    },
  };
}

/** Two changes in any order. */
export function bothSteps(one: Step, two: Step): Step {
  return {
    what: `${one.what}, ${two.what}`,
    async done(driver) {
      const done = [await one.done(driver), await two.done(driver)];
      return !done.includes(false);
    },
  };
}
