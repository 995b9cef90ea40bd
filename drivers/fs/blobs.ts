/** Blobs: the bytes once for all repositories, and a small link in each repository that holds them. */
import type { Blob, BlobStore, Digest, RepositoryName } from '../../lib/driver.ts';
import { contentKey, linkKey } from '../tree/layout.ts';
import { listRepositoryNames } from '../tree/listings.ts';
import type { Objects } from '../tree/objects.ts';
import { encodeDigest } from '../tree/records.ts';
import { syncExisting } from './changes.ts';
import { type Disk, open, stat, syncParentOnce } from './disk.ts';
import { readOrStream } from './streams.ts';

/** A blob store, with what commits of uploads need of it. */
export interface FsBlobStore extends BlobStore {
  /** Whether the repository holds the blob. */
  holds(repo: RepositoryName, digest: Digest): Promise<boolean>;
  /** Writes the link, also over an equal one. The blob's content must be there and durable. */
  link(repo: RepositoryName, digest: Digest): Promise<void>;
  mount(to: RepositoryName, digest: Digest, from?: RepositoryName, signal?: AbortSignal): Promise<boolean>;
}

/** The blobs of a disk; their links are objects. */
export function createBlobStore(disk: Disk, objects: Objects): FsBlobStore {
  /** The size of a blob's content, if the repository holds the blob. */
  async function sizeIn(repo: RepositoryName, digest: Digest): Promise<number | undefined> {
    const [linked, content] = await Promise.all([objects.has(linkKey(repo, digest)), stat(disk, contentKey(digest))]);
    return linked && content && (await syncParentOnce(disk, contentKey(digest))) ? content.size : undefined;
  }

  async function holds(repo: RepositoryName, digest: Digest): Promise<boolean> {
    return (await sizeIn(repo, digest)) !== undefined;
  }

  async function anyHolds(digest: Digest, signal?: AbortSignal): Promise<boolean> {
    if ((await stat(disk, contentKey(digest))) === undefined) return false;
    for await (const repo of listRepositoryNames(objects, undefined, signal)) {
      if (await objects.has(linkKey(repo, digest))) return true;
    }
    return false;
  }

  async function link(repo: RepositoryName, digest: Digest): Promise<void> {
    await objects.put(linkKey(repo, digest), encodeDigest(digest));
  }

  return {
    holds,
    link,

    async get(repo, digest) {
      const size = await sizeIn(repo, digest);
      return size === undefined ? undefined : createBlob(disk, digest, size);
    },

    delete: (repo, digest) => objects.delete(linkKey(repo, digest)),

    async mount(to, digest, from, signal) {
      const held = from === undefined ? await anyHolds(digest, signal) : await holds(from, digest);
      if (!held || !(await syncExisting(disk, contentKey(digest)))) return false;
      await link(to, digest);
      return true;
    },
  };
}

function createBlob(disk: Disk, digest: Digest, size: number): Blob {
  return {
    size,
    async open({ first, last } = { first: 0, last: size - 1 }) {
      const file = await open(disk, contentKey(digest), 'read');
      return file && readOrStream(file, first, last + 1);
    },
  };
}
