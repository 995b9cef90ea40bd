/**
 * Manifests, tags, referrers and repositories over a few functions that any file system or object store has. They are
 * small values, one object each: a shared index would lose updates.
 */
import type { Digest, ManifestStore, RepositoryName, Tag } from '../../lib/driver.ts';
import { foldedTags, tagKey as keyOfTag, manifestKey, referrerKey, referrersPrefix, type TagNames } from './layout.ts';
import { digestsIn, exists, namesIn, tagsIn } from './listings.ts';
import { decodeDescriptor, decodeDigest, decodeManifest, encodeDescriptor, encodeDigest, encodeManifest } from './records.ts';

/**
 * Small values under keys. Each method changes one object in one step; what it reported as done is durable. Whatever
 * it throws means that the storage failed.
 */
export interface Objects {
  /** Whether there is such an object. */
  has(key: string): Promise<boolean>;
  /** The value, or undefined if there is no such object. */
  get(key: string): Promise<Uint8Array | undefined>;
  /** Writes the object. With `expected`, only if this is its value now (null: only if there is none); else false. */
  put(key: string, value: Uint8Array, expected?: Uint8Array | null): Promise<boolean>;
  /** Deletes the object. False if there was none or, with `expected`, if it has another value. */
  delete(key: string, expected?: Uint8Array): Promise<boolean>;
  /**
   * The names directly below `prefix`, which ends in `/`, in byte order; one that more names are below ends in `/`
   * itself. Left out is what sorts at or before `after`, but not the name that `after` is below.
   */
  list(prefix: string, after?: string): AsyncIterable<string>;
}

/** The manifest store over these objects, in which tags have such names. */
export function manifestsIn(objects: Objects, names: TagNames = foldedTags): ManifestStore {
  const tagKey = (repo: RepositoryName, tag: Tag) => keyOfTag(repo, tag, names);
  const has = (repo: RepositoryName, digest: Digest) => objects.has(manifestKey(repo, digest));

  /** Where the tag points, whether or not the manifest is there. */
  async function pointer(key: string): Promise<Digest | undefined> {
    const value = await objects.get(key);
    return value && decodeDigest(key, value);
  }

  async function untagAll(repo: RepositoryName, digest: Digest): Promise<void> {
    for await (const tag of tagsIn(objects, names, repo)) await objects.delete(tagKey(repo, tag), encodeDigest(digest));
  }

  /** What a tag that points there resolves to: without the manifest, nothing. */
  async function resolved(repo: RepositoryName, pointed: Digest | undefined): Promise<Digest | undefined> {
    return pointed !== undefined && (await has(repo, pointed)) ? pointed : undefined;
  }

  /** Writes the tag if what it resolves to is `expected`, which may change between the look and the write. */
  async function point(repo: RepositoryName, tag: Tag, digest: Digest, expected: Digest | null | undefined): Promise<boolean> {
    const key = tagKey(repo, tag);
    if (expected === undefined) return objects.put(key, encodeDigest(digest));
    for (;;) {
      const now = await pointer(key);
      if ((await resolved(repo, now)) !== (expected ?? undefined)) return false;
      if (await objects.put(key, encodeDigest(digest), now === undefined ? null : encodeDigest(now))) return true;
    }
  }

  return {
    async get(repo, digest) {
      const key = manifestKey(repo, digest);
      const object = await objects.get(key);
      return object && decodeManifest(key, digest, object);
    },

    async put(repo, manifest) {
      await objects.put(manifestKey(repo, manifest.digest), encodeManifest(manifest));
      if (manifest.subject === undefined || manifest.referrer === undefined) return;
      await objects.put(referrerKey(repo, manifest.subject, manifest.digest), encodeDescriptor(manifest.referrer));
    },

    async delete(repo, { digest, subject }) {
      await untagAll(repo, digest);
      if (subject !== undefined) await objects.delete(referrerKey(repo, subject, digest));
      const deleted = await objects.delete(manifestKey(repo, digest));
      // A tag that was written since the first look: its writer sees that the manifest is gone, or we see the tag.
      await untagAll(repo, digest);
      return deleted;
    },

    resolve: async (repo, tag) => resolved(repo, await pointer(tagKey(repo, tag))),

    async tag(repo, tag, digest, expected) {
      if (!(await has(repo, digest)) || !(await point(repo, tag, digest, expected))) return false;
      // The manifest was deleted since, and perhaps by someone who looked for tags before this one was there: it goes along.
      if (!(await has(repo, digest))) await objects.delete(tagKey(repo, tag), encodeDigest(digest));
      return true;
    },

    untag: (repo, tag, expected) => objects.delete(tagKey(repo, tag), expected && encodeDigest(expected)),

    async tags(repo, { after = '', limit }) {
      const page: Tag[] = [];
      if (limit > 0) for await (const tag of tagsIn(objects, names, repo, after)) if (page.push(tag) === limit) break;
      return page.length > 0 || (await exists(objects, repo)) ? page : undefined;
    },

    async *referrers(repo, subject, after) {
      for await (const digest of digestsIn(objects, referrersPrefix(repo, subject), after)) {
        const key = referrerKey(repo, subject, digest);
        const entry = await objects.get(key);
        if (entry !== undefined && (await has(repo, digest))) yield decodeDescriptor(key, entry);
      }
    },

    async repositories({ after, limit }) {
      const page: RepositoryName[] = [];
      if (limit === 0) return page;
      for await (const repo of namesIn(objects, after)) {
        if ((await exists(objects, repo)) && page.push(repo) === limit) break;
      }
      return page;
    },
  };
}
