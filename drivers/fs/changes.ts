/**
 * Changes on a disk. Each is one step for whoever looks, and durable when it is reported unless it says otherwise:
 * content is synced before it gets its name, and the name before anybody hears of it.
 */
import { stagingDirectory } from '../tree/layout.ts';
import { parentOf } from './directories.ts';
import { type Disk, settle } from './disk.ts';
import { openFile } from './file.ts';
import { isMissing, orFault } from './system.ts';

/** Makes a directory that must be new, in one that need not be. It may not survive a loss of power. */
export async function makeDirectory(disk: Disk, key: string): Promise<void> {
  // The record of this process comes before anything else that it writes.
  await disk.instances.own();
  const make = () => disk.fs.mkdir(disk.pathOf(key));
  await orFault(`making ${key}`, disk.directories.within(parentOf(key), make));
}

/** Makes a directory that must be new, in one that is there. Neither may survive a loss of power. */
export async function makeDirectoryIn(disk: Disk, key: string): Promise<void> {
  await orFault(`making ${key}`, disk.fs.mkdir(disk.pathOf(key)));
}

/** Writes a file over any that is there. */
export async function write(disk: Disk, key: string, bytes: Uint8Array): Promise<void> {
  const staged = withStaged(disk, [bytes], disk.durable, (temporary) => rename(disk, temporary, key));
  await orFault(`writing ${key}`, staged);
}

/** Writes a file over any that is there. It may not survive a loss of power. False if its directory is gone. */
export async function mark(disk: Disk, key: string, bytes: Uint8Array): Promise<boolean> {
  return orFault(`writing ${key}`, withStaged(disk, [bytes], false, renameTo(disk, key)));
}

/**
 * Writes a file of these pieces in place of one that is there. Its bytes are synced, its name may not survive a loss
 * of power. False if its directory is gone.
 */
export async function replace(disk: Disk, key: string, pieces: AsyncIterable<Uint8Array>): Promise<boolean> {
  return orFault(`writing ${key}`, withStaged(disk, pieces, disk.durable, renameTo(disk, key)));
}

function renameTo(disk: Disk, key: string): (temporary: string) => Promise<boolean> {
  return (temporary) => trueIfThere(disk.fs.rename(disk.pathOf(temporary), disk.pathOf(key)));
}

/** Renames a file, over any that is there. False if there is none. */
export async function move(disk: Disk, from: string, to: string): Promise<boolean> {
  return orFault(`moving ${from} to ${to}`, trueIfThere(rename(disk, from, to)));
}

/** Removes a file. False if there is none. */
export async function remove(disk: Disk, key: string): Promise<boolean> {
  const unlink = async () => {
    await disk.fs.unlink(disk.pathOf(key));
    await disk.directories.sync(parentOf(key));
  };
  const removed = await orFault(`removing ${key}`, trueIfThere(unlink()));
  // Whoever removed it may have failed, or come to an end, before that was synced.
  if (!removed) await settle(disk, key);
  return removed;
}

/** Makes durable that a name was given or taken. */
export async function syncName(disk: Disk, key: string): Promise<void> {
  await orFault(`syncing ${parentOf(key)}`, trueIfThere(disk.directories.sync(parentOf(key))));
}

/**
 * Removes a directory with all that is in it. It may come back after a loss of power. False if there is none, or if
 * `judge` says so, which is asked when the directory is out of everybody's reach.
 */
export async function removeDirectory(
  disk: Disk,
  key: string,
  judge: (away: string) => Promise<boolean> = async () => true,
): Promise<boolean> {
  const removal = async () => {
    const away = await disk.stage();
    const leave = () => disk.fs.rename(disk.pathOf(key), disk.pathOf(away));
    await disk.directories.within(stagingDirectory, leave);
    try {
      return await judge(away);
    } finally {
      await disk.fs.rm(disk.pathOf(away), { recursive: true });
    }
  };
  return orFault(`removing ${key}`, trueIfThere(removal()));
}

/** Makes durable a file that was found, as somebody else may have made it just now. False if it is gone. */
export async function vouch(disk: Disk, key: string): Promise<boolean> {
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
  return orFault(`syncing ${key}`, trueIfThere(sync()));
}

/** Makes the root and tries to write in it. */
export async function probe(disk: Disk): Promise<void> {
  const attempt = withStaged(disk, [new Uint8Array(1)], disk.durable, async () => false);
  await orFault(`writing below ${disk.pathOf('')}`, attempt);
}

type Pieces = Iterable<Uint8Array> | AsyncIterable<Uint8Array>;

/** Does `use` with a temporary file of these pieces, which is gone if that fails or does not take it. */
export async function withStaged(
  disk: Disk,
  pieces: Pieces,
  durable: boolean,
  use: (key: string) => Promise<boolean>,
): Promise<boolean> {
  const key = await disk.stage();
  let used = false;
  try {
    await writeNew(disk, key, pieces, durable);
    used = await use(key);
    return used;
  } finally {
    // What cannot be removed now, a sweep removes; what failed before is what the caller should hear of.
    if (!used) await disk.fs.unlink(disk.pathOf(key)).catch(() => undefined);
  }
}

async function writeNew(disk: Disk, key: string, pieces: Pieces, durable: boolean): Promise<void> {
  const create = () => openFile(disk.fs, disk.pathOf(key), key, 'create', durable);
  const file = await disk.directories.within(parentOf(key), create);
  try {
    let end = 0;
    for await (const piece of pieces) end = await file.write([piece], end);
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

/** Whether what the work is about was there, and the work does not say otherwise. */
async function trueIfThere(work: Promise<unknown>): Promise<boolean> {
  try {
    return (await work) !== false;
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}
