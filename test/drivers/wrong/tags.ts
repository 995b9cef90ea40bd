/** Drivers whose store is wrong about tags. */
import type { Digest, ManifestStore, RepositoryName, Tag } from '../../../lib/driver.ts';
import { readTag } from '../../../lib/testing/suite/samples.ts';
import { all, everywhere, moment, tagsOn } from './material.ts';
import { type RightDriver, wrong } from './wrong-driver.ts';

const moved = 'a tag is moved only if it points where it is expected to';
const putsTagged = 'a manifest that is put with tags is stored and listed among the referrers, and all the tags point at it';
const takesItsTags = 'a deleted manifest is gone with all its tags, and other tags stay';

/** Tags that point at no manifest, and are resolved all the same. */
function dangling(
  right: RightDriver,
): Pick<ManifestStore, 'resolve'> & { leave(repo: RepositoryName, tag: Tag, digest: Digest): void } {
  const left = new Map<string, Digest>();
  const key = (repo: RepositoryName, tag: Tag): string => `${repo}:${tag}`;
  return {
    leave: (repo, tag, digest) => left.set(key(repo, tag), digest),
    resolve: async (repo, tag) => (await right.manifests.resolve(repo, tag)) ?? left.get(key(repo, tag)),
  };
}

/** Looks where the tag points, and writes it a moment later. */
async function lookThenWrite(
  right: RightDriver,
  ...[repo, tag, digest, expected]: Parameters<ManifestStore['tag']>
): Promise<boolean> {
  const now = (await right.manifests.resolve(repo, tag)) ?? null;
  if (expected !== undefined && now !== expected) return false;
  await moment();
  return right.manifests.tag(repo, tag, digest);
}

/** Reads the list of all tags, and writes it back a moment later with one more: what others wrote meanwhile is lost. */
async function writeIndex(right: RightDriver, ...[repo, tag, ...about]: Parameters<ManifestStore['tag']>): Promise<boolean> {
  const before = (await right.manifests.tags(repo, all)) ?? [];
  await moment();
  const done = await right.manifests.tag(repo, tag, ...about);
  for (const each of (await right.manifests.tags(repo, all)) ?? []) {
    if (each !== tag && !before.includes(each)) await right.manifests.untag(repo, each);
  }
  return done;
}

/** Hides the tags of a deleted manifest, and has them back when it is put again. */
function keepingTags(right: RightDriver): Partial<ManifestStore> {
  const kept = new Map<string, readonly Tag[]>();
  return {
    async delete(repo, digest) {
      kept.set(repo + digest, await tagsOn(right, repo, digest));
      return right.manifests.delete(repo, digest);
    },
    async put(repo, manifest) {
      await right.manifests.put(repo, manifest);
      for (const tag of kept.get(repo + manifest.digest) ?? []) await right.manifests.tag(repo, tag, manifest.digest);
    },
  };
}

const folded = (tag: Tag): Tag => readTag(tag.toLowerCase());

/** Each sets, moves or takes tags that it should not, or leaves them. */
export const wrongTags = [
  wrong('a tag is written whatever it is expected to be', moved, (right) => ({
    manifests: { tag: (repo, tag, digest) => right.manifests.tag(repo, tag, digest) },
  })),
  wrong(
    'a tag that is expected to be absent is written all the same',
    'a tag is made only if none is expected and none is there',
    (right) => ({
      manifests: { tag: (repo, tag, digest, expected) => right.manifests.tag(repo, tag, digest, expected ?? undefined) },
    }),
  ),
  wrong('a tag is compared, and written a moment later', 'of many conditional writes of one tag at once, one wins', (right) => ({
    manifests: { tag: (...about) => lookThenWrite(right, ...about) },
  })),
  wrong(
    'a tag that is resolved to be read is answered from memory',
    'a tag that is resolved to read its manifest points where it was pointed last',
    ({ manifests }) => {
      const known = new Map<string, Digest>();
      return {
        manifests: {
          async resolve(repo, tag, lookUp) {
            const digest = (lookUp?.thenRead ? known.get(repo + tag) : undefined) ?? (await manifests.resolve(repo, tag));
            if (digest !== undefined) known.set(repo + tag, digest);
            return digest;
          },
        },
      };
    },
  ),
  wrong('all tags are in one object', 'many different tags written at once are all there', (right) => ({
    manifests: { tag: (...about) => writeIndex(right, ...about) },
  })),
  wrong(
    'a tag is written without its manifest',
    'a tag cannot be pointed at a manifest that the repository does not have',
    (right) => {
      const { leave, resolve } = dangling(right);
      return {
        manifests: {
          resolve,
          async tag(repo, tag, digest, expected) {
            if ((await right.manifests.get(repo, digest)) !== undefined) return right.manifests.tag(repo, tag, digest, expected);
            leave(repo, tag, digest);
            return true;
          },
        },
      };
    },
  ),
  wrong(
    'a tag is written a moment after its manifest was looked for',
    'a tag and the deletion of its manifest at once leave no tag without a manifest',
    (right) => {
      const { leave, resolve } = dangling(right);
      return {
        manifests: {
          resolve,
          async tag(repo, tag, digest, expected) {
            if ((await right.manifests.get(repo, digest)) === undefined) return false;
            await moment();
            if ((await right.manifests.get(repo, digest)) !== undefined) return right.manifests.tag(repo, tag, digest, expected);
            leave(repo, tag, digest);
            return true;
          },
        },
      };
    },
  ),
  wrong('of several tags only the first is set', putsTagged, (right) => ({
    manifests: {
      putTagged: (repo, manifest, tags) => right.manifests.putTagged(repo, manifest, tags.slice(0, 1)),
    },
  })),
  wrong('a tag that is there is not moved by a manifest that is put with it', putsTagged, (right) => ({
    manifests: {
      async putTagged(repo, manifest, tags) {
        await right.manifests.put(repo, manifest);
        for (const tag of tags) await right.manifests.tag(repo, tag, manifest.digest, null);
        return true;
      },
    },
  })),
  wrong('a manifest that is put with tags is not listed among the referrers', putsTagged, (right) => ({
    manifests: {
      putTagged: (repo, { subject: _, referrer: __, ...manifest }, tags) => right.manifests.putTagged(repo, manifest, tags),
    },
  })),
  wrong(
    'a tag is set although the manifest that it was put with was deleted meanwhile',
    'a manifest that is put with a tag and deleted at once leaves no tag without a manifest',
    (right) => {
      const { leave, resolve } = dangling(right);
      return {
        manifests: {
          resolve,
          async putTagged(repo, manifest, tags) {
            await right.manifests.put(repo, manifest);
            await moment();
            for (const tag of tags)
              if (!(await right.manifests.tag(repo, tag, manifest.digest))) leave(repo, tag, manifest.digest);
            return true;
          },
        },
      };
    },
  ),
  wrong('a deleted manifest leaves its tags', takesItsTags, (right) => {
    const { leave, resolve } = dangling(right);
    return {
      manifests: {
        resolve,
        async delete(repo, digest) {
          for (const tag of await tagsOn(right, repo, digest)) leave(repo, tag, digest);
          return right.manifests.delete(repo, digest);
        },
      },
    };
  }),
  wrong(
    'tags of a deleted manifest come back with it',
    'a manifest that is put again after it was deleted has no tags',
    (right) => ({ manifests: keepingTags(right) }),
  ),
  wrong('a deleted manifest takes all tags along', takesItsTags, (right) => ({
    manifests: {
      async delete(repo, digest) {
        for (const tag of (await right.manifests.tags(repo, all)) ?? []) await right.manifests.untag(repo, tag);
        return right.manifests.delete(repo, digest);
      },
    },
  })),
  wrong(
    'a deleted manifest takes the tags of other repositories along',
    'deleting a manifest leaves the tags of other repositories',
    (right) => ({
      manifests: {
        async delete(repo, digest) {
          for (const each of await everywhere(right)) {
            for (const tag of await tagsOn(right, each, digest)) await right.manifests.untag(each, tag);
          }
          return right.manifests.delete(repo, digest);
        },
      },
    }),
  ),
  wrong('a tag of one repository is resolved in all', 'a tag is in the repository it was set in and in no other', (right) => ({
    manifests: {
      async resolve(repo, tag) {
        for (const each of [repo, ...(await everywhere(right))]) {
          const digest = await right.manifests.resolve(each, tag);
          if (digest !== undefined) return digest;
        }
        return undefined;
      },
    },
  })),
  wrong('a tag that is there already is not moved', 'a tag points where it was pointed last', (right) => ({
    manifests: {
      tag: async (repo, tag, digest, expected) =>
        expected === undefined && (await right.manifests.resolve(repo, tag)) !== undefined
          ? true
          : right.manifests.tag(repo, tag, digest, expected),
    },
  })),
  wrong('an untag takes the manifest along', 'an untag takes the tag and leaves the manifest', (right) => ({
    manifests: {
      async untag(repo, tag, expected) {
        const digest = await right.manifests.resolve(repo, tag);
        const taken = await right.manifests.untag(repo, tag, expected);
        return taken && digest ? right.manifests.delete(repo, digest) : taken;
      },
    },
  })),
  wrong(
    'an untag takes the tag wherever it is expected to point',
    'an untag takes the tag only if it points where it is expected to',
    (right) => ({ manifests: { untag: (repo, tag) => right.manifests.untag(repo, tag) } }),
  ),
  wrong('tags that differ by case are one', 'tags that differ by case are different tags', (right) => ({
    manifests: {
      resolve: (repo, tag) => right.manifests.resolve(repo, folded(tag)),
      tag: (repo, tag, ...about) => right.manifests.tag(repo, folded(tag), ...about),
      untag: (repo, tag, ...about) => right.manifests.untag(repo, folded(tag), ...about),
    },
  })),
];
