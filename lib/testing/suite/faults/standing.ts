/** How a repository stands after work on it was interrupted: what was acknowledged before, and each object before or after. */
import assert from 'node:assert/strict';
import type { Digest, Driver, Manifest, RepositoryName, Tag } from '../../../driver.ts';
import { digestOf, listed, manifestOf, other, pulled, pushed, referrerOf, repo, sameBytes, sample, tagged } from '../samples.ts';

/** One object that work changes. */
export interface Step {
  /** How it is in the end: `the blob is there`. */
  readonly what: string;
  /** It is about the upload itself, which a loss of power may end. */
  readonly ofUpload?: true;
  /** Whether the object is so; false: it is as it was. Fails if it is neither. */
  done(driver: Driver): Promise<boolean>;
}

/** The blob that is there before. */
export const old = sample(900, 'old');
/** The blob that comes, or goes. */
export const fresh = sample(2_000, 'fresh');
/** The manifest that is there before, and tagged. */
export const manifest = manifestOf('{"old":1}');
/** Another one. */
export const second = manifestOf('{"second":2}');
/** One that refers to the first. */
export const signature = referrerOf('{"signature":3}', manifest.digest);

const latest = tagged('latest');
const [contents, manifests] = [
  [old, fresh],
  [manifest, second, signature],
];

/** Stores what no interruption may touch. */
export async function acknowledge(driver: Driver): Promise<void> {
  await pushed(driver, repo, old);
  await driver.manifests.put(repo, manifest);
  assert.equal(await driver.manifests.tag(repo, latest, manifest.digest), true);
}

/** Fails if something of that is missing. */
export async function acknowledgedIsThere(driver: Driver): Promise<void> {
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

/** Fails if something is there in part: content, manifests, and what points at them. */
export async function nothingIsHalf(driver: Driver): Promise<void> {
  const names = await driver.manifests.repositories({ limit: 100 });
  for (const at of [repo, other]) {
    const held = [];
    for (const content of contents) held.push(await blobStep(at, content, true).done(driver));
    const found = [];
    for (const each of manifests) if (await manifestStep(at, each, true).done(driver)) found.push(each.digest);
    const isThere = found.length > 0 || held.includes(true);
    assert.equal(names.includes(at), isThere, `${at} is listed exactly if it holds a blob or a manifest`);
    await nothingDangles(driver, at, found);
  }
}

async function nothingDangles(driver: Driver, at: RepositoryName, found: readonly Digest[]): Promise<void> {
  for (const tag of (await driver.manifests.tags(at, { limit: 100 })) ?? []) {
    const digest = await driver.manifests.resolve(at, tag);
    assert.ok(!digest || found.includes(digest), `tag ${tag} resolves to ${digest}, which is not there`);
  }
  for (const { digest } of await listed(driver.manifests.referrers(at, manifest.digest))) {
    assert.ok(found.includes(digest), `${digest} is listed as a referrer, and is not there`);
  }
}

const isOrNot = (held: boolean): string => (held ? 'is there' : 'is gone');

/** The repository holds the blob, or no longer. */
export function blobStep(at: RepositoryName, content: Uint8Array, held: boolean): Step {
  return {
    what: `the blob ${isOrNot(held)}`,
    async done(driver) {
      const found = await pulled(driver, at, digestOf(content));
      if (found !== undefined) sameBytes(found, content);
      return (found !== undefined) === held;
    },
  };
}

/** The repository has the manifest, or no longer. */
export function manifestStep(at: RepositoryName, expected: Manifest, held: boolean): Step {
  return {
    what: `the manifest ${isOrNot(held)}`,
    async done(driver) {
      const found = await driver.manifests.get(at, expected.digest);
      if (found !== undefined)
        assert.deepEqual({ ...found, bytes: [...found.bytes] }, { ...expected, bytes: [...expected.bytes] });
      return (found !== undefined) === held;
    },
  };
}

/** The manifest is listed among the referrers of its subject, or no longer. */
export function referrerStep(at: RepositoryName, { digest, referrer, subject = digest }: Manifest, held: boolean): Step {
  return {
    what: `the referrer entry ${isOrNot(held)}`,
    async done(driver) {
      const entries = await listed(driver.manifests.referrers(at, subject));
      const found = entries.filter((entry) => entry.digest === digest);
      if (found.length > 0) assert.deepEqual(found, [referrer]);
      return found.length > 0 === held;
    },
  };
}

/** The tag points from one manifest to another; undefined: there is none. */
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

/** Two objects of which neither has to come first. */
export function bothOf(one: Step, two: Step): Step {
  return {
    what: `${one.what}, ${two.what}`,
    async done(driver) {
      const done = [await one.done(driver), await two.done(driver)];
      return !done.includes(false);
    },
  };
}
