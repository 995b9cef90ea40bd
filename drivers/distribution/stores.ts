/** The stores of a driver that serves a tree of distribution as it lies. What would change it is refused, and what is not there is absent. */
import { mapAhead, mapConcurrently, stepsAtOnce } from '../../lib/concurrency.ts';
import {
  type BlobStore,
  type Descriptor,
  type Digest,
  type Manifest,
  type ManifestStore,
  type RepositoryName,
  StorageFault,
  type Tag,
  type UploadStore,
} from '../../lib/driver.ts';
import { damaged } from '../tree/records.ts';
import { blobKey, layersDirectory, linkKey, revisionsDirectory, tagKey } from './layout.ts';
import type { DistributionTree } from './tree.ts';

/** A page of referrers ends with the entry with which it has so many bytes. */
const largePage = 2 ** 20;
/** Of how many manifests it is remembered what they refer to. */
const maxRemembered = 100_000;

/** Refuses a change. */
async function refuse(): Promise<never> {
  throw new StorageFault('broken', 'a tree of distribution is served read-only: nothing can be pushed to it or deleted from it');
}

/** Whether the repository holds the digest by a link in a directory. Throws a {@link StorageFault} if that link is damaged. */
async function isLinked(tree: DistributionTree, directory: string, digest: Digest): Promise<boolean> {
  const state = await tree.linkState(directory, digest);
  if (state === 'damaged') throw damaged(linkKey(directory, digest));
  return state === 'held';
}

/** The blobs of the tree: what is linked among the layers of a repository. */
export function createBlobStore(tree: DistributionTree): BlobStore {
  const get: BlobStore['get'] = async (repo, digest) => {
    const [linked, size] = await Promise.all([isLinked(tree, layersDirectory(repo), digest), tree.sizeOf(digest)]);
    return linked && size !== undefined ? tree.blobOf(digest, size) : undefined;
  };
  return { get, delete: async (repo, digest) => ((await get(repo, digest)) ? refuse() : false) };
}

/** Uploads that cannot be begun, so that there is none. */
export function createUploadStore(blobs: BlobStore): UploadStore {
  return {
    create: refuse,
    get: async () => undefined,
    append: async () => undefined,
    read: async () => undefined,
    commit: async (repo, _id, _at, digest) => (await blobs.get(repo, digest)) !== undefined,
    delete: async () => false,
  };
}

/** The manifests of the tree, its tags, and what its manifests refer to. */
export function createManifestStore(tree: DistributionTree): ManifestStore {
  /** The subjects of manifests that were read, null where they have none. The bytes of a digest never change. */
  const subjects = new Map<Digest, Digest | null>();

  /** The manifest of a digest that the repository holds. Throws a {@link StorageFault} if it is damaged. */
  async function get(repo: RepositoryName, digest: Digest): Promise<Manifest | undefined> {
    if (!(await isLinked(tree, revisionsDirectory(repo), digest))) return undefined;
    const manifest = await tree.manifestOf(digest);
    if (manifest === 'none') throw damaged(blobKey(digest));
    return manifest;
  }

  /** Whether the repository holds the manifest. It does not where the link is damaged. */
  async function holds(repo: RepositoryName, digest: Digest): Promise<boolean> {
    const state = await tree.linkState(revisionsDirectory(repo), digest);
    return state === 'held' && (await tree.sizeOf(digest)) !== undefined;
  }

  /** Whether a tag leads to a manifest. */
  async function isWhole(repo: RepositoryName, tag: Tag): Promise<boolean> {
    const link = await tree.readLink(tagKey(repo, tag));
    return link !== undefined && link !== 'damaged' && (await holds(repo, link));
  }

  const resolve: ManifestStore['resolve'] = async (repo, tag, { thenRead } = {}) => {
    const key = tagKey(repo, tag);
    const link = await tree.readLink(key);
    if (link === 'damaged') throw damaged(key);
    return link !== undefined && (thenRead || (await holds(repo, link))) ? link : undefined;
  };

  /** Whether the repository holds anything by a link in a directory. */
  async function holdsAny(directory: string): Promise<boolean> {
    for await (const digest of tree.digestsIn(directory)) {
      if ((await tree.linkState(directory, digest)) === 'held' && (await tree.sizeOf(digest)) !== undefined) return true;
    }
    return false;
  }

  async function exists(repo: RepositoryName): Promise<boolean> {
    return (await holdsAny(revisionsDirectory(repo))) || (await holdsAny(layersDirectory(repo)));
  }

  async function subjectOf(digest: Digest): Promise<Digest | null> {
    const known = subjects.get(digest);
    if (known !== undefined) return known;
    const manifest = await tree.manifestOf(digest);
    if (manifest === undefined) return null;
    const subject = manifest === 'none' ? null : (manifest.subject ?? null);
    subjects.set(digest, subject);
    for (const oldest of subjects.keys()) {
      if (subjects.size <= maxRemembered) break;
      subjects.delete(oldest);
    }
    return subject;
  }

  return {
    get,
    resolve,
    put: refuse,
    delete: async (repo, digest) => ((await holds(repo, digest)) ? refuse() : false),
    tag: async (repo, _tag, digest) => ((await holds(repo, digest)) ? refuse() : false),

    async untag(repo, tag, expected) {
      const digest = await resolve(repo, tag);
      return digest === undefined || (expected ?? digest) !== digest ? false : refuse();
    },

    async tags(repo, { after = '', limit }, signal) {
      const page: Tag[] = [];
      for (let last = after; page.length < limit; ) {
        signal?.throwIfAborted();
        const wanted = limit - page.length;
        const names = await tree.tagsAfter(repo, last, wanted, signal);
        const whole = await mapConcurrently(names, (tag) => isWhole(repo, tag));
        page.push(...names.filter((_, index) => whole[index]));
        if (names.length < wanted) break;
        last = names.at(-1) ?? last;
      }
      return page.length > 0 || (await exists(repo)) ? page : undefined;
    },

    async referrers(repo, subject, { after, limit }, signal) {
      const page: Descriptor[] = [];
      if (limit === 0) return page;
      const read = async (digest: Digest) => {
        signal?.throwIfAborted();
        const refers = (await subjectOf(digest)) === subject;
        const held = refers && (await tree.linkState(revisionsDirectory(repo), digest)) === 'held';
        const manifest = held ? await tree.manifestOf(digest) : undefined;
        return manifest === 'none' ? undefined : manifest?.referrer;
      };
      let bytes = 0;
      for await (const referrer of mapAhead(tree.digestsIn(revisionsDirectory(repo), after), read)) {
        if (referrer === undefined) continue;
        bytes += Buffer.byteLength(JSON.stringify(referrer));
        if (page.push(referrer) === limit || bytes >= largePage) break;
      }
      return page;
    },

    async repositories({ after, limit }, signal) {
      const page: RepositoryName[] = [];
      if (limit === 0) return page;
      const width = Math.min(limit, stepsAtOnce);
      const look = async (repo: RepositoryName) => ({ repo, there: await exists(repo) });
      for await (const { repo, there } of mapAhead(tree.repositoriesAfter(after, signal, width), look, width)) {
        signal?.throwIfAborted();
        if (there && page.push(repo) === limit) break;
      }
      return page;
    },
  };
}
