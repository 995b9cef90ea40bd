/** Blobs: content once for all repositories, and a small link in each repository that holds it. */
import type { Blob, BlobStore, Digest, RepositoryName } from '../../lib/driver.ts';
import { contentKey, linkKey } from '../tree/layout.ts';
import { namesIn } from '../tree/listings.ts';
import type { Objects } from '../tree/objects.ts';
import { encodeDigest } from '../tree/records.ts';
import { vouch } from './changes.ts';
import { type Disk, look, open, settle } from './disk.ts';
import { bytesOf } from './pieces.ts';

/** A blob store that can also be asked without a handle, and told. */
export interface Blobs extends BlobStore {
  /** Whether the repository holds the blob. */
  holds(repo: RepositoryName, digest: Digest): Promise<boolean>;
  /** Lets the repository hold a blob whose content is there and durable; again, if it does already. */
  link(repo: RepositoryName, digest: Digest): Promise<void>;
  mount(to: RepositoryName, digest: Digest, from?: RepositoryName): Promise<boolean>;
}

/** The blobs of a disk, whose links are objects. */
export function blobsOn(disk: Disk, objects: Objects): Blobs {
  /** The size of a blob's content, if the repository holds the blob. */
  async function sizeIn(repo: RepositoryName, digest: Digest): Promise<number | undefined> {
    const [linked, content] = await Promise.all([objects.has(linkKey(repo, digest)), look(disk, contentKey(digest))]);
    return linked && content && (await settle(disk, contentKey(digest))) ? content.size : undefined;
  }

  async function holds(repo: RepositoryName, digest: Digest): Promise<boolean> {
    return (await sizeIn(repo, digest)) !== undefined;
  }

  async function anyHolds(digest: Digest): Promise<boolean> {
    if ((await look(disk, contentKey(digest))) === undefined) return false;
    for await (const repo of namesIn(objects)) if (await objects.has(linkKey(repo, digest))) return true;
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
      return size === undefined ? undefined : blobAt(disk, digest, size);
    },

    delete: (repo, digest) => objects.delete(linkKey(repo, digest)),

    async mount(to, digest, from) {
      const held = from === undefined ? await anyHolds(digest) : await holds(from, digest);
      if (!held || !(await vouch(disk, contentKey(digest)))) return false;
      await link(to, digest);
      return true;
    },
  };
}

function blobAt(disk: Disk, digest: Digest, size: number): Blob {
  return {
    size,
    async open({ first, last } = { first: 0, last: size - 1 }) {
      const file = await open(disk, contentKey(digest), 'read');
      return file && bytesOf(file, first, last + 1);
    },
  };
}
