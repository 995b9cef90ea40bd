/** One root on one file system, and lookups in it. Absence is a value; other failures are storage faults. */
import { join } from 'node:path';
import { StorageFault } from '../../lib/driver.ts';
import { stagingKey } from '../tree/layout.ts';
import type { ValueStart } from '../tree/objects.ts';
import { createDirectoryCache, type DirectoryCache, parentOf } from './directories.ts';
import { type OpenFile, type OpenMode, openFile, readExactly } from './file.ts';
import { createInstances, type Instances } from './instances.ts';
import type { Liveness } from './liveness.ts';
import { createReadCache, type ReadCache } from './read-cache.ts';
import { type FileSystem, type SystemEntry, type SystemStats, undefinedIfMissing } from './system.ts';

/** Where the files are and how they are kept. */
export interface Disk {
  readonly fs: FileSystem;
  /** Whether changes are synced before they are reported as done. */
  readonly durable: boolean;
  readonly instances: Instances;
  readonly directories: DirectoryCache;
  readonly cache: ReadCache;
  /** The absolute path of a key. */
  pathOf(key: string): string;
  /** A new, unique key in staging. A sweep leaves it alone while this process lives. */
  newStagingKey(): Promise<string>;
}

/** The disk below `root`, an absolute path. Nothing is touched yet. */
export function createDisk(
  fs: FileSystem,
  root: string,
  { durable, alive, cacheBytes }: { readonly durable: boolean; readonly alive: Liveness; readonly cacheBytes: number },
): Disk {
  const pathOf = (key: string) => join(root, key);
  const directories = createDirectoryCache(fs, root, pathOf, durable);
  const instances = createInstances(fs, directories, pathOf, alive);
  const cache = createReadCache(fs, pathOf, cacheBytes);
  let count = 0;
  const newStagingKey = async () => stagingKey(await instances.register(), count++);
  return { fs, durable, instances, directories, cache, pathOf, newStagingKey };
}

/** Opens a file; the caller closes it. Undefined if there is no such file or, to create one, no such directory. */
export function open(disk: Disk, key: string, mode: OpenMode): Promise<OpenFile | undefined> {
  return undefinedIfMissing(`opening ${key}`, openFile(disk.fs, disk.pathOf(key), key, mode, disk.durable));
}

/** All stats of a file or directory; undefined if there is none. */
export function statsOf(disk: Disk, key: string): Promise<SystemStats | undefined> {
  return undefinedIfMissing(`looking at ${key}`, disk.fs.stat(disk.pathOf(key)));
}

/** The size and the time of a file or directory. */
export interface FileStats {
  /** In bytes. */
  readonly size: number;
  /** The time of the last modification, in milliseconds since the epoch. */
  readonly modifiedMs: number;
}

/** The stats of a file or directory; undefined if there is none. */
export async function stat(disk: Disk, key: string): Promise<FileStats | undefined> {
  const stats = await statsOf(disk, key);
  return stats && { size: Number(stats.size), modifiedMs: Number(stats.mtimeMs) };
}

/**
 * Syncs the directory of a key, unless that was done before: the presence or absence of a file may be reported only when it
 * survives a loss of power. False if the directory is gone.
 */
export async function syncParentOnce(disk: Disk, key: string): Promise<boolean> {
  return syncDirectoryOnce(disk, parentOf(key));
}

/** Syncs a directory, unless that was done before. False if there is no such directory. */
export async function syncDirectoryOnce(disk: Disk, directory: string): Promise<boolean> {
  const synced = disk.directories.syncOnce(directory).then(() => true);
  return (await undefinedIfMissing(`syncing ${directory}`, synced)) ?? false;
}

/**
 * Syncs a directory or, where it is gone, the nearest one above it, unless that was done before: what is not there has to stay away
 * after a loss of power.
 */
export async function syncAbsence(disk: Disk, directory: string): Promise<void> {
  let nearest = directory;
  while (!(await syncDirectoryOnce(disk, nearest)) && nearest !== '') nearest = parentOf(nearest);
}

/** All bytes of a file; undefined if there is none. */
export async function read(disk: Disk, key: string): Promise<Uint8Array | undefined> {
  return (await readStart(disk, key, Number.POSITIVE_INFINITY))?.bytes;
}

/** The first bytes of a file, at most `length`, and the size of the file; undefined if there is none. */
async function readStart(disk: Disk, key: string, length: number): Promise<ValueStart | undefined> {
  return (await readWithStats(disk, key, () => length))?.start;
}

/**
 * The first bytes of a file, `length` at most or, if it is so small that the cache keeps it, all; and the size of the file. What is found
 * is synced by name before it is kept or given. Undefined if there is none.
 */
export async function readCached(disk: Disk, key: string, length: number): Promise<ValueStart | undefined> {
  const { cache } = disk;
  const kept = await cache.find(key);
  if (kept instanceof Uint8Array) return { bytes: kept, size: kept.length };
  const lookedMs = Date.now();
  const found = await readWithStats(disk, key, (size) => (size <= cache.largest ? size : length));
  if (found === undefined || !(await syncParentOnce(disk, key))) return undefined;
  const { start, stats } = found;
  if (start.bytes.length === start.size && start.size <= cache.largest) cache.keep(key, start.bytes, stats, lookedMs);
  return start;
}

/** What is kept of a file whose content is never read. */
const unread = new Uint8Array(0);

/** Whether there is a file whose content is never read. What is found is synced by name before it is kept or reported. */
export async function isThereCached(disk: Disk, key: string): Promise<boolean> {
  if ((await disk.cache.find(key)) !== undefined) return true;
  const lookedMs = Date.now();
  const stats = await statsOf(disk, key);
  if (stats === undefined || !(await syncParentOnce(disk, key))) return false;
  disk.cache.keep(key, unread, stats, lookedMs);
  return true;
}

/** The first bytes of a file, as many as `lengthOf` gives for its size, and its stats before they were read. */
async function readWithStats(
  disk: Disk,
  key: string,
  lengthOf: (size: number) => number,
): Promise<{ readonly start: ValueStart; readonly stats: SystemStats } | undefined> {
  const file = await open(disk, key, 'read');
  if (file === undefined) return undefined;
  try {
    const stats = await file.stats();
    const size = Number(stats.size);
    return { start: { bytes: await readExactly(file, 0, Math.min(size, lengthOf(size))), size }, stats };
  } finally {
    await file.close();
  }
}

/** How often a directory is read whose names go on changing while it is read. */
export const maxReadings = 5;

/** The fault of a directory that no reading came to the end of, since names went each time. */
export const namesGo = (directory: string): StorageFault =>
  new StorageFault('busy', `listing ${directory} failed: its names go while they are read`);

/** The names in a directory, unsorted; those of directories end in `/`. None if there is no such directory. */
export async function listNames(disk: Disk, directory: string): Promise<readonly string[]> {
  return (await listNamesIfThere(disk, directory)) ?? [];
}

/** The names in a directory, as {@link listNames} gives them; undefined if there is no such directory. */
export async function listNamesIfThere(disk: Disk, directory: string): Promise<readonly string[] | undefined> {
  for (let reading = 1; reading <= maxReadings; reading++) {
    const entries = disk.fs.readdir(disk.pathOf(directory), { withFileTypes: true });
    const found = await undefinedIfMissing(`listing ${directory}`, entries);
    if (found) return found.map((entry) => (typeof entry === 'object' && 'name' in entry ? nameOf(entry) : String(entry)));
    // Where a file system does not say which names are directories, each is looked at: what is missing may be one of them that went.
    if (!(await statsOf(disk, directory))) return undefined;
  }
  throw namesGo(directory);
}

/** The name of an entry; a directory's ends in `/`. */
export function nameOf(entry: SystemEntry): string {
  return entry.isDirectory() ? `${entry.name}/` : `${entry.name}`;
}
