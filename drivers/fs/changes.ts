/**
 * Changes on a disk. Each is atomic for readers and, unless it says otherwise, durable when it resolves: a file is synced
 * before it is renamed to its name, and its directory after that.
 */
import { stagingDirectory } from '../tree/layout.ts';
import { parentOf } from './directories.ts';
import { type Disk, syncAbsence } from './disk.ts';
import { openFile } from './file.ts';
import { isMissing, orFault } from './system.ts';

/** Makes a directory, and its parents where they are missing. Fails if it exists. Not synced. */
export async function makeDirectory(disk: Disk, key: string): Promise<void> {
  // An instance writes its record before anything else, so that others can tell whether the writer of a thing is alive.
  await disk.instances.register();
  const make = () => disk.fs.mkdir(disk.pathOf(key));
  await orFault(`making ${key}`, disk.directories.within(parentOf(key), make));
}

/** Makes a directory in a parent that exists. Fails if it exists itself. Not synced. */
export async function makeSubdirectory(disk: Disk, key: string): Promise<void> {
  await orFault(`making ${key}`, disk.fs.mkdir(disk.pathOf(key)));
}

/** Writes a file, over any that is there. */
export async function write(disk: Disk, key: string, bytes: Uint8Array): Promise<void> {
  const staged = withStaged(disk, [bytes], disk.durable, (temporary) => rename(disk, temporary, key));
  await orFault(`writing ${key}`, staged);
}

/** Writes a file, over any that is there, without any fsync. False if its directory is gone. */
export async function writeUnsynced(disk: Disk, key: string, bytes: Uint8Array): Promise<boolean> {
  return orFault(`writing ${key}`, withStaged(disk, [bytes], false, renameTo(disk, key)));
}

/** Writes a file, over one that is there. Its bytes are synced, its directory is not. False if its directory is gone. */
export async function replace(disk: Disk, key: string, bytes: AsyncIterable<Uint8Array>): Promise<boolean> {
  return orFault(`writing ${key}`, withStaged(disk, bytes, disk.durable, renameTo(disk, key)));
}

function renameTo(disk: Disk, key: string): (temporary: string) => Promise<boolean> {
  return (temporary) => falseIfMissing(disk.fs.rename(disk.pathOf(temporary), disk.pathOf(key)));
}

/** Renames a file, over any that is there. False if there is none at `from`. */
export async function move(disk: Disk, from: string, to: string): Promise<boolean> {
  return orFault(`moving ${from} to ${to}`, falseIfMissing(rename(disk, from, to)));
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

/** Removes the directories of a key that was removed, as far as they are empty, and syncs the nearest one that is left. */
export async function syncRemoval(disk: Disk, key: string): Promise<void> {
  await syncEmptied(disk, parentOf(key));
}

/** Removes a directory and those above it, as far as they are empty, and syncs the nearest one that is left. */
export async function syncEmptied(disk: Disk, directory: string): Promise<void> {
  const { directories } = disk;
  await orFault(`syncing ${directory}`, directories.prune(directory).then(directories.sync));
}

/**
 * Removes a directory and its contents, without an fsync: it may come back after a loss of power. It is first renamed into
 * staging, where no other process reaches it. `inspect` may look at it there, and its result is returned. False if there
 * is no such directory.
 */
export async function removeDirectory(
  disk: Disk,
  key: string,
  inspect: (staged: string) => Promise<boolean> = async () => true,
): Promise<boolean> {
  const removal = async () => {
    const staged = await disk.newStagingKey();
    await disk.directories.within(stagingDirectory, () => disk.fs.rename(disk.pathOf(key), disk.pathOf(staged)));
    try {
      return await inspect(staged);
    } finally {
      // A rename that had begun before may still add a file, so that a directory is not empty after all: rm then tries again.
      await disk.fs.rm(disk.pathOf(staged), { recursive: true, maxRetries: 5, retryDelay: 10 });
    }
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
  const attempt = withStaged(disk, [new Uint8Array(1)], disk.durable, async () => false);
  await orFault(`writing below ${disk.pathOf('')}`, attempt);
}

type Buffers = Iterable<Uint8Array> | AsyncIterable<Uint8Array>;

/** Writes a temporary file in staging and hands its key to `use`. The file is removed if `use` fails or gives false. */
export async function withStaged(
  disk: Disk,
  buffers: Buffers,
  durable: boolean,
  use: (temporary: string) => Promise<boolean>,
): Promise<boolean> {
  const temporary = await disk.newStagingKey();
  let used = false;
  try {
    await writeNew(disk, temporary, buffers, durable);
    used = await use(temporary);
    return used;
  } finally {
    // A failure here would hide the one before it, which matters more. A sweep removes the file later.
    if (!used) await disk.fs.unlink(disk.pathOf(temporary)).catch(() => undefined);
  }
}

async function writeNew(disk: Disk, key: string, buffers: Buffers, durable: boolean): Promise<void> {
  const create = () => openFile(disk.fs, disk.pathOf(key), key, 'create', durable);
  const file = await disk.directories.within(parentOf(key), create);
  try {
    let end = 0;
    for await (const buffer of buffers) end = await file.write([buffer], end);
    await file.sync();
  } finally {
    await file.close();
  }
}

async function rename(disk: Disk, from: string, to: string): Promise<boolean> {
  const directory = parentOf(to);
  await disk.directories.within(directory, () => disk.fs.rename(disk.pathOf(from), disk.pathOf(to)));
  await disk.directories.sync(directory);
  return true;
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
