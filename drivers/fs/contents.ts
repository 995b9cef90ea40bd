/**
 * The bytes of blobs, once for all repositories, and their end. Nothing counts who holds them: now and then all links are looked through, and the bytes
 * without one are moved aside. The next time, those that still have none are removed, and the others are moved back; so does whoever finds
 * a link whose bytes are aside. Whoever makes a link does so before he looks at the bytes: a removal either sees the link, or the
 * maker of the link sees that the bytes are gone.
 */
import { DigestSet } from '../../lib/digest-set.ts';
import { type Digest, type Reclaimed, type RepositoryName, readDigest } from '../../lib/driver.ts';
import { nextTurn } from '../../lib/timers.ts';
import {
  blobsPrefix,
  contentKey,
  contentPrefix,
  contentTrashKey,
  contentTrashPrefix,
  trashDirectory,
  trashedPrefix,
} from '../tree/layout.ts';
import { listDigests, listRepositoryNames } from '../tree/listings.ts';
import type { Objects } from '../tree/objects.ts';
import { moveUnsynced, removeUnsynced, syncParent } from './changes.ts';
import { type Disk, type FileStats, stat } from './disk.ts';
import { scanNames } from './scanning.ts';
import type { FsTrash } from './trash.ts';

/** How many links are noted without a turn of the event loop. */
const linksPerTurn = 1_000;

/** The bytes of blobs. */
export interface Contents {
  /** Size and time of the bytes of a blob that a link leads to. They are moved back if they were aside. */
  find(digest: Digest): Promise<FileStats | undefined>;
  /** Moves bytes back that are aside. False if they are not. */
  bringBack(digest: Digest): Promise<boolean>;
  /** Frees bytes that no repository holds, as {@link Inventory.reclaim} does. */
  reclaim(signal?: AbortSignal): Promise<Reclaimed>;
}

/** The contents of a disk; `objects` are those without their trash. */
export function createContents(disk: Disk, objects: Objects, trash: FsTrash): Contents {
  async function move(from: string, to: string): Promise<boolean> {
    const moved = await moveUnsynced(disk, from, to);
    if (moved) await syncParent(disk, to);
    return moved;
  }

  const bringBack = async (digest: Digest): Promise<boolean> => {
    const aside = contentTrashKey(digest);
    return (await stat(disk, aside)) !== undefined && move(aside, contentKey(digest));
  };

  /**
   * All digests that a link leads to, also one in a trash. The trash is looked through before and after what is held: what moves from one to the other
   * meanwhile, either way, is seen in one of them.
   */
  async function linked(signal?: AbortSignal): Promise<DigestSet> {
    const digests = new DigestSet();
    let seen = 0;
    for await (const repo of listRepositoryNames(objects, undefined, signal)) {
      for await (const prefix of prefixesOf(repo)) {
        for await (const digest of listDigests(objects, prefix, undefined, Number.POSITIVE_INFINITY)) {
          digests.add(digest);
          if (++seen % linksPerTurn > 0) continue;
          signal?.throwIfAborted();
          await nextTurn();
        }
      }
    }
    return digests;
  }

  async function* prefixesOf(repo: RepositoryName): AsyncGenerator<string> {
    const discarded = async () => (await trash.times(trashDirectory(repo))).map((at) => trashedPrefix(repo, at, 'blob'));
    yield* await discarded();
    yield blobsPrefix(repo);
    yield* await discarded();
  }

  /** The digests below a prefix, in no order, some of them perhaps twice. */
  async function* digestsBelow(prefix: string, signal?: AbortSignal): AsyncGenerator<Digest> {
    for await (const algorithm of scanNames(disk, prefix.slice(0, -1))) {
      for await (const shard of scanNames(disk, (prefix + algorithm).slice(0, -1))) {
        for await (const hex of scanNames(disk, (prefix + algorithm + shard).slice(0, -1))) {
          signal?.throwIfAborted();
          const digest = readDigest(`${algorithm.slice(0, -1)}:${hex}`);
          if (digest !== undefined && prefix + algorithm + shard + hex === keyBelow(prefix, digest)) yield digest;
        }
      }
    }
  }

  return {
    bringBack,

    async find(digest) {
      const key = contentKey(digest);
      const found = await stat(disk, key);
      if (found) return found;
      // Somebody else may bring them back just before: they are looked at again all the same.
      await bringBack(digest);
      return stat(disk, key);
    },

    async reclaim(signal) {
      const freed = { blobs: 0, bytes: 0 };
      const held = await linked(signal);
      for await (const digest of digestsBelow(contentTrashPrefix, signal)) {
        const aside = contentTrashKey(digest);
        if (held.has(digest)) await bringBack(digest);
        else {
          const size = (await stat(disk, aside))?.size ?? 0;
          if (!(await removeUnsynced(disk, aside))) continue;
          freed.blobs++;
          freed.bytes += size;
        }
      }
      for await (const digest of digestsBelow(contentPrefix, signal)) {
        if (!held.has(digest)) await moveUnsynced(disk, contentKey(digest), contentTrashKey(digest));
      }
      return freed;
    },
  };
}

const keyBelow = (prefix: string, digest: Digest): string => prefix + contentKey(digest).slice(contentPrefix.length);
