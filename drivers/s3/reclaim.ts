/**
 * The end of bytes that no link leads to, in a repository or in its trash. A link says where its bytes are, so each is read. Bytes that are young
 * or of an upload that has its session are left alone: their link may come yet. `asides.ts` says why nobody loses what he links meanwhile.
 */
import { createHash } from 'node:crypto';
import { mapAhead, mapConcurrently, stepsAtOnce } from '../../lib/concurrency.ts';
import { DigestSet } from '../../lib/digest-set.ts';
import { type Digest, type Inventory, type RepositoryName, readDigest, type UploadId } from '../../lib/driver.ts';
import {
  allDataPrefix,
  blobsPrefix,
  contentKey,
  contentPrefix,
  discardedItemKey,
  parseDataKey,
  parseDigestPath,
  publishedKey,
  sessionKey,
  trashDirectory,
} from '../tree/layout.ts';
import { listRepositoryNames } from '../tree/listings.ts';
import type { Objects } from '../tree/objects.ts';
import type { Asides, VersionedMark } from './asides.ts';
import { createStoreClock } from './clock.ts';
import { decodeLocation, type Location } from './content.ts';
import { deleteObject } from './objects.ts';
import type { ListEntry, Store } from './store.ts';
import type { StoreTrash } from './trash.ts';

/** How old bytes, copies and marks have to be, to be taken for what they seem to be, in milliseconds. Nobody takes so long to write what follows. */
const settledMs = 3_600_000;

/** What frees the bytes of a store that no link leads to, once they are older than so many milliseconds. */
export function createReclaim(
  store: Store,
  objects: Objects,
  trash: StoreTrash,
  asides: Asides,
  afterMs = settledMs,
): Inventory['reclaim'] {
  /** Deletes copies in the trash of a repository of which no note speaks: of items that were pushed again, or whose discard ended in the middle. */
  async function clearCopies(repo: RepositoryName, isOld: (entry: ListEntry) => boolean): Promise<void> {
    const prefix = `${trashDirectory(repo)}/`;
    const clear = async (entry: ListEntry) => {
      const key = isOld(entry) ? discardedItemKey(repo, entry.name) : undefined;
      if (key !== undefined && (await trash.find(key))?.place !== prefix + entry.name) await store.delete(prefix + entry.name);
    };
    for await (const _ of mapAhead(store.walk(prefix), clear, stepsAtOnce));
  }

  /** What all links lead to, and their digests. An item does not move as it is discarded or brought back: none is missed. */
  async function readLinks(isOld: (entry: ListEntry) => boolean, signal?: AbortSignal) {
    const [keys, digests] = [new DigestSet(), new DigestSet()];
    for await (const repo of listRepositoryNames(objects, undefined, signal)) {
      const prefix = blobsPrefix(repo);
      const read = async ({ name, size }: ListEntry) => {
        const key = prefix + name;
        const link = size === 0 ? undefined : await trash.peek(key);
        return link && { name, location: decodeLocation(key, link) };
      };
      for await (const link of mapAhead(store.walk(prefix), read, stepsAtOnce)) {
        signal?.throwIfAborted();
        if (!link) continue;
        keys.add(hashOf(link.location.key));
        const digest = digestAt(link.name);
        if (digest !== undefined) digests.add(digest);
      }
      await clearCopies(repo, isOld);
    }
    return { keys, digests };
  }

  const hasSession = async (upload: UploadId): Promise<boolean> => (await store.size(sessionKey(upload))) !== undefined;

  /** Objects below `data/` that are old: bytes that no link leads to, and records of uploads that have no bytes any more. */
  async function* unlinked(keys: DigestSet, isOld: (entry: ListEntry) => boolean, signal?: AbortSignal) {
    let last: UploadId | undefined;
    for await (const entry of store.walk(allDataPrefix)) {
      signal?.throwIfAborted();
      const key = allDataPrefix + entry.name;
      const upload = parseDataKey(key);
      if (upload === undefined) continue;
      // The record sorts behind the bytes.
      const isRecord = key === publishedKey(upload);
      if (isOld(entry) && (isRecord ? last !== upload : !keys.has(hashOf(key))))
        yield { upload, isRecord, location: { key, size: entry.size ?? 0 } };
      last = upload;
    }
  }

  /** Takes pointers away that lead to bytes which are gone. */
  async function clearPointers(digests: DigestSet, signal?: AbortSignal): Promise<void> {
    const clear = async ({ name, size }: ListEntry) => {
      const digest = digestAt(name);
      if (size === 0 || digest === undefined || digests.has(digest)) return;
      const key = contentKey(digest);
      const found = await store.read(key);
      if (!found || found.bytes.length === 0) return;
      const location = decodeLocation(key, found.bytes);
      if ((await store.size(location.key)) !== undefined) return;
      await deleteObject(store, key, (bytes) => Buffer.compare(bytes, found.bytes) === 0);
    };
    for await (const _ of mapAhead(store.walk(contentPrefix), clear, stepsAtOnce)) signal?.throwIfAborted();
  }

  return async (signal) => {
    const freed = { blobs: 0, bytes: 0 };
    const before = await createStoreClock(store)(new Date(Date.now() - afterMs));
    const isOld = ({ written }: Pick<ListEntry, 'written'>): boolean => written !== undefined && written < before;
    // Before the links: what is marked by now has none that could be made unseen.
    const marks: VersionedMark[] = [];
    for await (const mark of asides.list()) marks.push(mark);
    const { keys, digests } = await readLinks(isOld, signal);

    await mapConcurrently(marks, async (mark) => {
      signal?.throwIfAborted();
      if (mark.state === 'freed') {
        if (!isOld({ ...(mark.written && { written: mark.written }) })) return;
        // Who freed them may have died before he deleted them.
        await store.delete(mark.key);
        await asides.drop(mark);
      } else if (keys.has(hashOf(mark.key))) await asides.drop(mark);
      else if (await asides.free(mark)) {
        await store.delete(mark.key);
        freed.blobs++;
        freed.bytes += mark.size;
      }
    });

    const marked = new Set(marks.map(({ key }) => key));
    const mark = async ({ upload, isRecord, location }: { upload: UploadId; isRecord: boolean; location: Location }) => {
      if (marked.has(location.key) || (await hasSession(upload))) return;
      await (isRecord ? store.delete(location.key) : asides.add(location));
    };
    for await (const _ of mapAhead(unlinked(keys, isOld, signal), mark, stepsAtOnce));
    await clearPointers(digests, signal);
    return freed;
  };
}

/** A key as a digest, of which a set keeps few bytes. */
function hashOf(key: string): Digest {
  const digest = readDigest(`sha256:${createHash('sha256').update(key).digest('hex')}`);
  if (digest === undefined) throw new TypeError('a hash is a digest');
  return digest;
}

/** The digest that a name ends with, as `<algorithm>/<hex>` or `<algorithm>/<xx>/<hex>`. */
function digestAt(name: string): Digest | undefined {
  const parts = name.split('/');
  return parseDigestPath(parts[0] ?? '', parts.at(-1) ?? '');
}
