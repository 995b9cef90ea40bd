/** The inventory over objects and their trash. */
import { mapAhead, stepsAtOnce } from '../../lib/concurrency.ts';
import type { Digest, Inventory, Item, ItemKind, Page, Reclaimed, RepositoryName } from '../../lib/driver.ts';
import {
  allReferrersPrefix,
  itemKey,
  itemsPrefix,
  parseDigestPath,
  referrerKey,
  referrersPrefix,
  trashDirectory,
  trashedPrefix,
} from './layout.ts';
import { listDigests, listRepositoryNames, repositoryExists } from './listings.ts';
import type { Objects } from './objects.ts';
import { decodeDescriptor, encodeDescriptor, parseSubject } from './records.ts';
import { sorted } from './sorting.ts';
import type { Trash } from './trash.ts';

/** What an inventory has to know of how a tree is kept. */
export interface Kept {
  /** The objects without their trash. */
  readonly objects: Objects;
  readonly trash: Trash;
  /** The size and the time of an item, which is kept under this key; undefined if it is gone. */
  look(kind: ItemKind, digest: Digest, key: string): Promise<Pick<Item, 'size' | 'at'> | undefined>;
  reclaim(signal?: AbortSignal): Promise<Reclaimed>;
  readonly withdraw?: Inventory['withdraw'];
}

/** The inventory of a tree. */
export function createInventory({ objects, trash, look, reclaim, withdraw }: Kept): Inventory {
  const hasTrash = async (repo: RepositoryName): Promise<boolean> => (await trash.times(trashDirectory(repo))).length > 0;

  /** The first `limit` things that are found of the digests, as many at a time as one request takes. */
  async function pageOf<D extends Digest, T>(
    digests: AsyncIterable<D>,
    limit: number,
    find: (digest: D) => Promise<T | undefined>,
    signal?: AbortSignal,
  ): Promise<T[]> {
    const page: T[] = [];
    if (limit === 0) return page;
    for await (const found of mapAhead(digests, find, Math.min(limit, stepsAtOnce))) {
      signal?.throwIfAborted();
      if (found !== undefined && page.push(found) === limit) break;
    }
    return page;
  }

  async function* discardedDigests(repo: RepositoryName, kind: ItemKind, { after, limit }: Page<Digest>): AsyncGenerator<Digest> {
    // Few times share a trash: the first digests of each are merged. What was discarded at several times is there once.
    for (let last = after; ; ) {
      const firsts: Digest[] = [];
      for (const at of await trash.times(trashDirectory(repo))) {
        let left = limit;
        for await (const digest of listDigests(objects, trashedPrefix(repo, at, kind), last, limit)) {
          firsts.push(digest);
          if (--left === 0) break;
        }
      }
      const page = await sorted(firsts, limit);
      yield* page;
      last = page.at(-1);
      if (page.length < limit) return;
    }
  }

  /** Whether the item is held or lies in the trash: it may come out of that between the first two looks. */
  const isThere = async (key: string): Promise<boolean> =>
    (await objects.has(key)) || (await trash.find(key)) !== undefined || objects.has(key);

  /** Takes a manifest that was removed out of the referrers of its subject, unless it was pushed again. */
  async function unlist(repo: RepositoryName, digest: Digest, subject: Digest): Promise<void> {
    const [key, manifest] = [referrerKey(repo, subject, digest), itemKey(repo, 'manifest', digest)];
    if (await isThere(manifest)) return;
    const entry = await objects.get(key);
    if (entry === undefined) return;
    await objects.delete(key);
    // Who pushed it meanwhile may have listed it before this took the entry away.
    if (await isThere(manifest)) await objects.put(key, encodeDescriptor(decodeDescriptor(key, entry)));
  }

  /** The subjects that a repository lists referrers of. */
  async function* subjectsIn(repo: RepositoryName): AsyncGenerator<Digest> {
    const prefix = allReferrersPrefix(repo);
    for await (const algorithm of objects.list(prefix)) {
      for await (const hex of objects.list(prefix + algorithm)) {
        const subject = parseDigestPath(algorithm.slice(0, -1), hex.slice(0, -1));
        if (subject !== undefined) yield subject;
      }
    }
  }

  /** Drops the entries of manifests that are gone: who removed these may have died before he came to the entry. */
  async function unlistGone(signal?: AbortSignal): Promise<void> {
    for await (const repo of listRepositoryNames(objects, undefined, signal)) {
      for await (const subject of subjectsIn(repo)) {
        const digests = listDigests(objects, referrersPrefix(repo, subject), undefined, Number.POSITIVE_INFINITY);
        for await (const _ of mapAhead(digests, (digest) => unlist(repo, digest, subject))) signal?.throwIfAborted();
      }
    }
  }

  return {
    async repositories({ after, limit }, signal) {
      const page: RepositoryName[] = [];
      if (limit === 0) return page;
      const find = async (repo: RepositoryName) => ({
        repo,
        is: (await repositoryExists(objects, repo)) || (await hasTrash(repo)),
      });
      const width = Math.min(limit, stepsAtOnce);
      for await (const { repo, is } of mapAhead(listRepositoryNames(objects, after, signal, width), find, width)) {
        signal?.throwIfAborted();
        if (is && page.push(repo) === limit) break;
      }
      return page;
    },

    held(repo, kind, { after, limit }, signal) {
      const digests = listDigests(objects, itemsPrefix(repo, kind), after, limit + stepsAtOnce);
      const find = async (digest: Digest): Promise<Item | undefined> => {
        const found = await look(kind, digest, itemKey(repo, kind, digest));
        return found && { digest, ...found };
      };
      return pageOf(digests, limit, find, signal);
    },

    discarded(repo, kind, page, signal) {
      const find = async (digest: Digest): Promise<Item | undefined> => {
        const found = await trash.find(itemKey(repo, kind, digest));
        const known = found && (await look(kind, digest, found.place));
        return known && { digest, size: known.size, at: found.at };
      };
      return pageOf(discardedDigests(repo, kind, page), page.limit, find, signal);
    },

    discard: (repo, kind, digest, at) => trash.put(itemKey(repo, kind, digest), at),

    async remove(repo, kind, digest, before) {
      const key = itemKey(repo, kind, digest);
      const found = await trash.find(key);
      if (found === undefined || found.at >= before) return false;
      const start = kind === 'manifest' ? await objects.getStart(found.place, 1024) : undefined;
      const subject = start && parseSubject(start.bytes);
      const isRemoved = (await trash.drop(key, before)) && !(await isThere(key));
      if (isRemoved && subject !== undefined) await unlist(repo, digest, subject);
      return isRemoved;
    },

    async reclaim(signal) {
      await unlistGone(signal);
      return reclaim(signal);
    },

    withdraw,
  };
}
