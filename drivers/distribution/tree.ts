/** A tree of distribution as it is read: links, blobs, manifests, tags and repositories. Nothing in it is changed. */
import { resolve } from 'node:path';
import {
  type Blob,
  type ByteRange,
  type ByteStream,
  type Digest,
  type Manifest,
  type RepositoryName,
  readDigest,
  readTag,
  StorageFault,
  type Tag,
} from '../../lib/driver.ts';
import { createDisk, type Disk, open, readCached, statsOf } from '../fs/disk.ts';
import { gatherNames } from '../fs/gathering.ts';
import { createObjects } from '../fs/objects.ts';
import { scanPortions } from '../fs/scanning.ts';
import { readOrStream } from '../fs/streams.ts';
import { undefinedIfMissing } from '../fs/system.ts';
import { decodeText } from '../tree/fields.ts';
import { parseDigestPath } from '../tree/layout.ts';
import { listRepositoryNames } from '../tree/listings.ts';
import type { SortedNames } from '../tree/sorted-names.ts';
import { sortedPortions } from '../tree/sorting.ts';
import { blobKey, linkKey, tagsDirectory, treeDirectory } from './layout.ts';
import { largestManifest, readManifest } from './manifest-bytes.ts';
import { createPlainFiles, isFile } from './plain-files.ts';

/** The longest text of a link, in bytes: a sha512. */
const longestLink = 135;

/** What a link file says: a digest, or nothing that can be read. Undefined if there is no such file. */
export type Link = Digest | 'damaged' | undefined;

/** A tree of distribution. Keys are relative to `docker/registry/v2`. Every method throws a `StorageFault` if the system fails. */
export interface DistributionTree {
  /** The absolute path of a key. */
  pathOf(key: string): string;
  /** Throws a `StorageFault` if there is no such tree. */
  require(): Promise<void>;
  /** What the file at a key says. */
  readLink(key: string): Promise<Link>;
  /** Whether the link to a digest in a directory is there, and says what its name says. */
  linkState(directory: string, digest: Digest): Promise<'held' | 'damaged' | 'absent'>;
  /** The size of the bytes of a digest, whichever repository holds it; undefined if there are none. */
  sizeOf(digest: Digest): Promise<number | undefined>;
  /** The bytes of a digest as a blob, which has this size. */
  blobOf(digest: Digest, size: number): Blob;
  /** The bytes of a digest as a manifest, whichever repository holds it: 'none' if they are not one, undefined if there are none. */
  manifestOf(digest: Digest): Promise<Manifest | 'none' | undefined>;
  /** The digests that have a directory in one of links, in byte order after `after`; those that were deleted are among them. */
  digestsIn(directory: string, after?: Digest): AsyncIterable<Digest>;
  /** The first tags after `after` that have a directory, in byte order, `limit` at most. Not each has a manifest. */
  tagsAfter(repo: RepositoryName, after: string, limit: number, signal?: AbortSignal): Promise<readonly Tag[]>;
  /** The directories of repositories in byte order after `after`, whether or not anything is in them. */
  repositoriesAfter(after?: string, signal?: AbortSignal, width?: number): AsyncIterable<RepositoryName>;
}

/** The tree below a `rootdirectory`; so many bytes of links, manifests, small blobs and lists of names are kept in memory. */
export function openTree(rootDirectory: string, cacheBytes: number): DistributionTree {
  const top = resolve(rootDirectory, treeDirectory);
  // Nothing is written, so there is nothing to be synced, and no process that could be alive.
  const disk = createDisk(createPlainFiles(top), top, { durable: false, alive: () => true, cacheBytes });
  const objects = createObjects(disk);
  /** What was decoded, by the bytes: a disk that keeps what it has read gives the same ones again. */
  const decoded = new WeakMap<Uint8Array, Manifest | 'none'>();

  async function readLink(key: string): Promise<Link> {
    const found = await readCached(disk, key, longestLink);
    if (found === undefined) return undefined;
    return (found.size <= longestLink && readDigest(decodeText(found.bytes))) || 'damaged';
  }

  async function sizeOf(digest: Digest): Promise<number | undefined> {
    const stats = await statsOf(disk, blobKey(digest));
    return stats && isFile(stats) ? Number(stats.size) : undefined;
  }

  return {
    pathOf: disk.pathOf,
    readLink,
    sizeOf,

    async require() {
      const there = await undefinedIfMissing(`reading ${top}`, disk.fs.readdir(top, { withFileTypes: true }));
      if (!there) throw new StorageFault('broken', `there is no tree of distribution in ${rootDirectory}: ${top} is missing`);
    },

    async linkState(directory, digest) {
      const link = await readLink(linkKey(directory, digest));
      if (link === undefined) return 'absent';
      // A link that leads elsewhere would give other bytes than those that were asked for.
      return link === digest ? 'held' : 'damaged';
    },

    blobOf: (digest, size) => ({ size, open: (range) => openBlob(disk, blobKey(digest), size, range) }),

    async manifestOf(digest) {
      const size = await sizeOf(digest);
      if (size === undefined || size > largestManifest) return size === undefined ? undefined : 'none';
      const bytes = (await readCached(disk, blobKey(digest), size))?.bytes;
      const manifest = bytes && (decoded.get(bytes) ?? readManifest(digest, bytes) ?? 'none');
      if (bytes && manifest) decoded.set(bytes, manifest);
      return manifest;
    },

    async *digestsIn(directory, after) {
      const start = after?.replace(':', '/');
      for await (const algorithm of objects.list(`${directory}/`, start)) {
        if (!algorithm.endsWith('/')) continue;
        const behind = start?.startsWith(algorithm) ? start.slice(algorithm.length) : undefined;
        for await (const name of objects.list(`${directory}/${algorithm}`, behind && `${behind}/`)) {
          const digest = name.endsWith('/') ? parseDigestPath(algorithm.slice(0, -1), name.slice(0, -1)) : undefined;
          if (digest !== undefined && (after === undefined || digest > after)) yield digest;
        }
      }
    },

    async tagsAfter(repo, after, limit, signal) {
      const directory = tagsDirectory(repo);
      const kept = await keptTags(disk, directory, signal);
      if (!kept) return sortedPortions(scanTags(disk, directory, after, signal), limit);
      return tagsNamed(await kept.page({ after, limit }));
    },

    repositoriesAfter: (after, signal, width) => listRepositoryNames(objects, after, signal, width),
  };
}

async function openBlob(disk: Disk, key: string, size: number, range?: ByteRange): Promise<Uint8Array | ByteStream | undefined> {
  const { first, last } = range ?? { first: 0, last: size - 1 };
  if (size <= disk.cache.largest) {
    const found = await readCached(disk, key, size);
    if (found && found.bytes.length < size) throw new StorageFault('broken', `${key} ends at ${found.bytes.length}, too early`);
    return found?.bytes.subarray(first, last + 1);
  }
  const file = await open(disk, key, 'read');
  return file && readOrStream(file, first, last + 1);
}

/** The tags that have a directory in this one, as they are kept; undefined where they have to be read. */
async function keptTags(disk: Disk, directory: string, signal?: AbortSignal): Promise<SortedNames<string> | undefined> {
  const { cache } = disk;
  const kept = await cache.find(directory);
  if (kept && 'names' in kept) return kept.names;
  const lookedMs = Date.now();
  const stats = cache.largest > 0 ? await statsOf(disk, directory) : undefined;
  if (stats === undefined) return undefined;
  const names = await gatherNames(scanTags(disk, directory, '', signal), cache);
  cache.keep(directory, { names }, stats, lookedMs);
  return names;
}

/** The tags after a marker that have a directory in this one, in no order. */
async function* scanTags(disk: Disk, directory: string, after: string, signal?: AbortSignal): AsyncGenerator<readonly Tag[]> {
  for await (const names of scanPortions(disk, directory)) {
    signal?.throwIfAborted();
    const directories = names.flatMap((name) => (name.endsWith('/') ? [name.slice(0, -1)] : []));
    yield tagsNamed(directories).filter((tag) => tag > after);
  }
}

const tagsNamed = (names: readonly string[]): Tag[] => names.flatMap((name) => readTag(name) ?? []);
