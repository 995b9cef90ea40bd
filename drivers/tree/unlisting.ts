/** Referrer entries of manifests that were removed. */
import { mapAhead } from '../../lib/concurrency.ts';
import type { Digest, RepositoryName } from '../../lib/driver.ts';
import { allReferrersPrefix, itemKey, parseDigestPath, referrerKey, referrersPrefix } from './layout.ts';
import { listDigests, listRepositoryNames } from './listings.ts';
import type { Objects } from './objects.ts';
import { decodeDescriptor, encodeDescriptor } from './records.ts';
import type { Trash } from './trash.ts';

/** What takes manifests out of the referrers of their subjects. */
export interface Unlisting {
  /** Takes a manifest that was removed out of the referrers of its subject, unless it was pushed again. */
  unlist(repo: RepositoryName, digest: Digest, subject: Digest): Promise<void>;
  /** Drops the entries of manifests that are gone: who removed these may have died before he came to the entry. */
  unlistGone(signal?: AbortSignal): Promise<void>;
}

/** The same over objects and their trash. */
export function createUnlisting(objects: Objects, trash: Pick<Trash, 'find'>): Unlisting {
  /** Whether the item is held or lies in the trash: it may move either way between two looks. */
  const isThere = async (key: string): Promise<boolean> =>
    (await trash.find(key)) !== undefined || (await objects.has(key)) || (await trash.find(key)) !== undefined;

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

  async function unlistGone(signal?: AbortSignal): Promise<void> {
    for await (const repo of listRepositoryNames(objects, undefined, signal)) {
      for await (const subject of subjectsIn(repo)) {
        const digests = listDigests(objects, referrersPrefix(repo, subject), undefined, Number.POSITIVE_INFINITY);
        for await (const _ of mapAhead(digests, (digest) => unlist(repo, digest, subject))) signal?.throwIfAborted();
      }
    }
  }

  return { unlist, unlistGone };
}
