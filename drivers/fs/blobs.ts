/**
 * Blobs: the bytes once for all repositories, and a link in each repository that holds them: an empty file, whose name says all. The
 * directories of both are synced at once: a link without its content, or the reverse, reads as not held.
 */
import { type Blob, type BlobStore, type ByteRange, type Digest, type RepositoryName, StorageFault } from '../../lib/driver.ts';
import { contentKey, linkKey } from '../tree/layout.ts';
import { listRepositoryNames } from '../tree/listings.ts';
import type { Objects, ValueStart } from '../tree/objects.ts';
import { createIfMissing, moveUnsynced, syncExisting, syncParent, syncParents, withStaged } from './changes.ts';
import type { Contents } from './contents.ts';
import { type Disk, isThereCached, open, readCached, stat, syncParentOnce } from './disk.ts';
import type { OpenFile } from './file.ts';
import { readOrStream } from './streams.ts';
import { type FsTrash, lookAgain } from './trash.ts';
import { writeChunk } from './writing.ts';

/** In how many repositories a blob is looked for. */
const mostLooks = 1_000;

/** A blob store, with what commits of uploads need of it. */
export interface FsBlobStore extends BlobStore {
  /** Whether the repository holds the blob, durably: what another process has just published is synced. */
  confirm(repo: RepositoryName, digest: Digest): Promise<boolean>;
  /**
   * Makes a file the content of the blob, and lets the repository hold it. The file's bytes are those of the blob, and synced. False if
   * there is no file at `key`.
   */
  publish(key: string, repo: RepositoryName, digest: Digest): Promise<boolean>;
  mount(to: RepositoryName, digest: Digest, from?: RepositoryName, signal?: AbortSignal): Promise<boolean>;
}

/** The blobs of a disk; their links are objects. */
export function createBlobStore(disk: Disk, objects: Objects, trash: Pick<FsTrash, 'fetch'>, contents: Contents): FsBlobStore {
  /** The size of a blob's content, if the repository holds the blob. */
  async function sizeIn(repo: RepositoryName, digest: Digest): Promise<number | undefined> {
    const [linked, found] = await Promise.all([objects.has(linkKey(repo, digest)), stat(disk, contentKey(digest))]);
    const content = linked ? (found ?? (await contents.find(digest))) : undefined;
    return content && (await syncParentOnce(disk, contentKey(digest))) ? content.size : undefined;
  }

  async function holds(repo: RepositoryName, digest: Digest): Promise<boolean> {
    return (await sizeIn(repo, digest)) !== undefined;
  }

  /** Whether one of the first repositories holds the blob: who mounts from nowhere in particular can upload it as well. */
  async function anyHolds(digest: Digest, signal?: AbortSignal): Promise<boolean> {
    if ((await stat(disk, contentKey(digest))) === undefined) return false;
    let looks = 0;
    for await (const repo of listRepositoryNames(objects, undefined, signal)) {
      if (await objects.has(linkKey(repo, digest))) return true;
      if (++looks === mostLooks) break;
    }
    return false;
  }

  /**
   * The link comes first: a process that dies then leaves the file where it was, so that the work can be repeated. Whoever calls this
   * knows that a client of the repository had all the bytes.
   */
  async function publish(key: string, repo: RepositoryName, digest: Digest): Promise<boolean> {
    const [link, content] = [linkKey(repo, digest), contentKey(digest)];
    await createIfMissing(disk, link);
    if (!(await moveUnsynced(disk, key, content))) return false;
    await syncParents(disk, [content, link]);
    return true;
  }

  return {
    publish,

    async confirm(repo, digest) {
      const held = await holds(repo, digest);
      if (held) await syncParents(disk, [contentKey(digest), linkKey(repo, digest)]);
      return held;
    },

    async put(repo, digest, chunk) {
      const write = (file: OpenFile) => writeChunk({ file, isActive: () => true, sync: file.sync }, 0, chunk);
      if (await withStaged(disk, write, (temporary) => publish(temporary, repo, digest))) return;
      throw new StorageFault('busy', `${digest} was removed while it was pushed: another process took this one for dead`);
    },

    async get(repo, digest) {
      const [content, link] = [contentKey(digest), linkKey(repo, digest)];
      const isLinked = () => isThereCached(disk, link);
      const [linked, kept] = await Promise.all([isLinked(), disk.cache.find(content)]);
      if (!linked && !(await lookAgain(trash, link, linked, isLinked, Boolean))) return undefined;
      if (kept instanceof Uint8Array) return { size: kept.length, open: async (range) => partOf(kept, range) };
      const stats = (await stat(disk, content)) ?? (await contents.find(digest));
      if (!stats || !(await syncParentOnce(disk, content))) return undefined;
      const { size, open } = createBlob(disk, content, stats.size);
      // Bytes whose link is newer than the last look at all links may be moved aside at any time: then they are moved back, and opened again.
      return { size, open: async (range) => (await open(range)) ?? ((await contents.find(digest)) && open(range)) };
    },

    delete: (repo, digest) => objects.delete(linkKey(repo, digest)),

    async mount(to, digest, from, signal) {
      const held = from === undefined ? await anyHolds(digest, signal) : await holds(from, digest);
      if (!held) return false;
      const link = linkKey(to, digest);
      await createIfMissing(disk, link);
      // The bytes are looked at behind the link: a removal of bytes that misses the link is then seen here. A link to nothing holds nothing.
      const content = contentKey(digest);
      const isThere =
        (await syncExisting(disk, content)) ||
        ((await contents.find(digest)) !== undefined && (await syncExisting(disk, content)));
      await syncParent(disk, link);
      return isThere;
    },
  };
}

/** A blob whose bytes are in the file at `key`. */
export function createBlob(disk: Disk, key: string, size: number): Blob {
  return {
    size,
    async open(range) {
      if (size <= disk.cache.largest) {
        const found = await readCached(disk, key, size);
        return found && partOf(wholeOf(found, key, size), range);
      }
      const { first, last } = range ?? { first: 0, last: size - 1 };
      const file = await open(disk, key, 'read');
      return file && readOrStream(file, first, last + 1);
    },
  };
}

const partOf = (bytes: Uint8Array, range?: ByteRange): Uint8Array =>
  range ? bytes.subarray(range.first, range.last + 1) : bytes;

/** All bytes of a blob. Throws a {@link StorageFault} if they are fewer than they were when it was looked up. */
function wholeOf({ bytes }: ValueStart, key: string, size: number): Uint8Array {
  if (bytes.length < size) throw new StorageFault('broken', `${key} ends at ${bytes.length}, too early`);
  return bytes.subarray(0, size);
}
