/**
 * Changes on a disk. Each is atomic for readers and, unless it says otherwise, durable when it resolves: a file is synced
 * before it is renamed to its name, and its directory after that.
 */
import { mapConcurrently } from '../../lib/concurrency.ts';
import { stagingDirectory } from '../tree/layout.ts';
import { parentOf } from './directories.ts';
import { type Disk, stat, syncAbsence } from './disk.ts';
import { type OpenFile, openFile } from './file.ts';
import { createKeyedMutex } from './mutex.ts';
import { isMissing, orFault } from './system.ts';

/** Makes an empty file, and its directory where it is missing, without any fsync. Fails if it exists. */
export async function createUnsynced(disk: Disk, key: string): Promise<void> {
  const create = () => openFile(disk.fs, disk.pathOf(key), key, 'create', false);
  const created = disk.directories.withinUnsynced(parentOf(key), create);
  await (await orFault(`making ${key}`, created)).close();
}

/** Makes an empty file, or leaves the one that is there. Its directory is not synced. */
export async function createIfMissing(disk: Disk, key: string): Promise<void> {
  const create = () => openFile(disk.fs, disk.pathOf(key), key, 'createIfMissing', false);
  const created = disk.directories.within(parentOf(key), create);
  await (await orFault(`making ${key}`, created)).close();
}

/**
 * Writes a file, over any that is there. Once it has its name, runs `meanwhile` while the directory is synced, with a promise of that
 * sync.
 */
export async function write(
  disk: Disk,
  key: string,
  bytes: Uint8Array,
  meanwhile: (durable: Promise<void>) => Promise<unknown> = async () => undefined,
): Promise<void> {
  const directory = parentOf(key);
  const place = async (temporary: string) => {
    await disk.directories.within(directory, () => disk.fs.rename(disk.pathOf(temporary), disk.pathOf(key)));
    const durable = disk.directories.sync(directory);
    await mapConcurrently([durable, meanwhile(durable)], (step) => step);
    return true;
  };
  await orFault(`writing ${key}`, withStaged(disk, writing([bytes]), place));
}

/** Writes a file, over one that is there. Its bytes are synced, its directory is not. False if there is none any more. */
export async function replace(disk: Disk, key: string, bytes: AsyncIterable<Uint8Array>): Promise<boolean> {
  const put = async (temporary: string) => (await stat(disk, key)) !== undefined && renameUnsynced(disk, temporary, key);
  return orFault(`writing ${key}`, withStaged(disk, writing(bytes), put));
}

/** Renames a file, over any that is there, into a directory that exists. Not synced. False if there is none at `from`. */
export async function renameUnsynced(disk: Disk, from: string, to: string): Promise<boolean> {
  return orFault(`moving ${from} to ${to}`, falseIfMissing(disk.fs.rename(disk.pathOf(from), disk.pathOf(to))));
}

/** Renames a file, over any that is there, and makes its directory where it is missing. Not synced. False if there is none at `from`. */
export async function moveUnsynced(disk: Disk, from: string, to: string): Promise<boolean> {
  const move = () => disk.fs.rename(disk.pathOf(from), disk.pathOf(to));
  return orFault(`moving ${from} to ${to}`, falseIfMissing(disk.directories.within(parentOf(to), move)));
}

/** Removes a file, and its directories as far as they are empty. False if there is none. */
export async function remove(disk: Disk, key: string): Promise<boolean> {
  const removed = await removeUnsynced(disk, key);
  if (removed) await syncRemoval(disk, key);
  // Another process may have removed the file, and failed or died before its fsync.
  else await syncAbsence(disk, parentOf(key));
  return removed;
}

/** Removes a file, without an fsync: it may come back after a loss of power. False if there is none. */
export async function removeUnsynced(disk: Disk, key: string): Promise<boolean> {
  return orFault(`removing ${key}`, falseIfMissing(disk.fs.unlink(disk.pathOf(key))));
}

/** Syncs the directory of a key that was renamed to it. */
export async function syncParent(disk: Disk, key: string): Promise<void> {
  await syncDirectory(disk, parentOf(key));
}

/** Syncs a directory after a change of its names. */
export async function syncDirectory(disk: Disk, directory: string): Promise<void> {
  await orFault(`syncing ${directory}`, disk.directories.sync(directory));
}

/** Syncs the directories of keys, at once. */
export async function syncParents(disk: Disk, keys: readonly string[]): Promise<void> {
  await mapConcurrently(keys, (key) => syncParent(disk, key));
}

/** Removes the directories of a key that was removed, as far as they are empty, and syncs the nearest one that is left. */
async function syncRemoval(disk: Disk, key: string): Promise<void> {
  await syncEmptied(disk, parentOf(key));
}

/** Removes a directory and those above it, as far as they are empty, and syncs the nearest one that is left, which it gives. */
export async function syncEmptied(disk: Disk, directory: string): Promise<string> {
  const { directories } = disk;
  const removal = async () => {
    const left = await directories.prune(directory);
    await directories.sync(left);
    return left;
  };
  return orFault(`syncing ${directory}`, removal());
}

/**
 * Removes a directory and its contents, without an fsync: it may come back after a loss of power. It is first renamed into
 * staging, where no other process reaches it. False if there is no such directory.
 */
export async function removeDirectory(disk: Disk, key: string): Promise<boolean> {
  const removal = async () => {
    const staged = await disk.newStagingKey();
    await disk.directories.within(stagingDirectory, () => disk.fs.rename(disk.pathOf(key), disk.pathOf(staged)));
    // A rename that had begun before may still add a file, so that a directory is not empty after all: rm then tries again.
    await disk.fs.rm(disk.pathOf(staged), { recursive: true, maxRetries: 5, retryDelay: 10 });
  };
  return orFault(`removing ${key}`, falseIfMissing(removal()));
}

/** Syncs a file that exists, and its directory: another process may have written it and not synced yet. False if it is gone. */
export async function syncExisting(disk: Disk, key: string): Promise<boolean> {
  const sync = async () => {
    const file = await openFile(disk.fs, disk.pathOf(key), key, 'update', disk.durable);
    try {
      await file.sync();
    } finally {
      await file.close();
    }
    const directory = parentOf(key);
    await disk.directories.within(directory, () => disk.directories.sync(directory));
  };
  return orFault(`syncing ${key}`, falseIfMissing(sync()));
}

/** Makes the root, and writes and removes a file in it. Throws a StorageFault if that fails. */
export async function probe(disk: Disk): Promise<void> {
  const attempt = withStaged(disk, writing([new Uint8Array(1)]), async () => false);
  await orFault(`writing below ${disk.pathOf('')}`, attempt);
}

/** What writes these buffers to a file, and syncs it. */
function writing(buffers: Iterable<Uint8Array> | AsyncIterable<Uint8Array>): (file: OpenFile) => Promise<void> {
  return async (file) => {
    let end = 0;
    for await (const buffer of buffers) end = await file.write([buffer], end);
    await file.sync();
  };
}

/** Has a temporary file in staging written and synced, and hands its key to `use`. It is removed if either fails, or `use` gives false. */
export async function withStaged(
  disk: Disk,
  write: (file: OpenFile) => Promise<unknown>,
  use: (temporary: string) => Promise<boolean>,
): Promise<boolean> {
  const temporary = await disk.newStagingKey();
  let used = false;
  try {
    const create = () => openFile(disk.fs, disk.pathOf(temporary), temporary, 'create', disk.durable);
    const file = await orFault(`making ${temporary}`, disk.directories.within(stagingDirectory, create));
    try {
      await write(file);
    } finally {
      await file.close();
    }
    used = await use(temporary);
    return used;
  } finally {
    // A failure here would hide the one before it, which matters more. A sweep removes the file later.
    if (!used) await disk.fs.unlink(disk.pathOf(temporary)).catch(() => undefined);
  }
}

/** False if `work` gives false, or fails because a file or directory is missing; otherwise true. */
async function falseIfMissing(work: Promise<unknown>): Promise<boolean> {
  try {
    return (await work) !== false;
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}

/**
 * Runs the rename that puts a directory in its place. Of this process, one at a time does: a file system in memory may rename a directory
 * over one that is not empty. By path, so that it is for all drivers.
 */
export const placeExclusively = createKeyedMutex();

/**
 * Makes a directory in staging, with an empty file whose key is `entryIn` that directory, and has it put in its place. False where `place`
 * says that it was not; then nothing is left of it.
 */
export async function placeWithEntry(
  disk: Disk,
  entryIn: (directory: string) => string,
  place: (staged: string) => Promise<boolean>,
): Promise<boolean> {
  const staged = await disk.newStagingKey();
  const entry = entryIn(staged);
  let placed = false;
  try {
    await disk.directories.within(stagingDirectory, () => disk.fs.mkdir(disk.pathOf(staged)));
    await (await openFile(disk.fs, disk.pathOf(entry), entry, 'create', false)).close();
    placed = await place(staged);
    return placed;
  } finally {
    // If this fails too, a sweep removes the directory.
    if (!placed) await disk.fs.rm(disk.pathOf(staged), { recursive: true }).catch(() => undefined);
  }
}
