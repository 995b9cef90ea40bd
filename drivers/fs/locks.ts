/** Locks that hold against other processes, for work that takes no longer than a few renames. */
import { StorageFault } from '../../lib/driver.ts';
import { claimKey, free, locksDirectory, stagingDirectory } from '../tree/layout.ts';
import { type Claim, claim, holderOf, patience, release } from './claims.ts';
import { parentOf } from './directories.ts';
import { type Disk, look } from './disk.ts';
import { ifThere, orFault } from './system.ts';

/**
 * Does `work` while no other process is at it under the same lock. It is told the directory that is ours, through which
 * it changes things. Within this driver, one at a time may ask for a lock.
 */
export async function underLock<T>(disk: Disk, lock: string, work: (ours: string) => Promise<T>): Promise<T> {
  const end = performance.now() + patience;
  do {
    const held = await claim(disk, lock, end - performance.now());
    if (held !== undefined) return workWith(disk, held, work);
    // That there was no lock and that it was not to be had look the same, and it may be there by now.
    await makeLock(disk, lock);
  } while (performance.now() < end);
  throw new StorageFault('busy', `${lock} is held by another process`);
}

async function workWith<T>(disk: Disk, held: Claim, work: (ours: string) => Promise<T>): Promise<T> {
  try {
    return await work(claimKey(held.directory, held.holder));
  } finally {
    await release(disk, held);
  }
}

/** Makes a lock that nobody holds, in one step, unless it is there. */
async function makeLock(disk: Disk, lock: string): Promise<void> {
  if ((await holderOf(disk, lock)) !== undefined) return;
  const staged = await disk.stage();
  const making = async () => {
    await disk.directories.within(stagingDirectory, () => disk.fs.mkdir(disk.pathOf(staged)));
    await disk.fs.mkdir(disk.pathOf(claimKey(staged, free)));
    await disk.directories.within(locksDirectory, () => disk.fs.rename(disk.pathOf(staged), disk.pathOf(lock)));
  };
  try {
    await orFault(`making ${lock}`, making());
  } catch (error) {
    // What cannot be removed now, a sweep removes.
    await disk.fs.rm(disk.pathOf(staged), { recursive: true }).catch(() => undefined);
    // A directory takes the place of no other that has something in it: another process was faster.
    if ((await holderOf(disk, lock)) === undefined) throw error;
  }
}

/** Gives a synced temporary file its name, over any that is there. The name is not synced yet. */
export async function writeThrough(disk: Disk, ours: string, staged: string, key: string): Promise<void> {
  const value = disk.pathOf(`${ours}/value`);
  const work = async () => {
    await disk.fs.rename(disk.pathOf(staged), value);
    await disk.directories.within(parentOf(key), () => disk.fs.rename(value, disk.pathOf(key)));
  };
  if (
    (await ifThere(
      `writing ${key}`,
      work().then(() => true),
    )) === undefined
  )
    throw lost(ours);
}

/** Removes a file. That is not synced yet. False if there is none. */
export async function removeThrough(disk: Disk, ours: string, key: string): Promise<boolean> {
  const away = disk.pathOf(`${ours}/gone`);
  const work = disk.fs.rename(disk.pathOf(key), away).then(() => disk.fs.unlink(away));
  const removed = await ifThere(
    `removing ${key}`,
    work.then(() => true),
  ).catch((error: unknown) => {
    // Its name may be gone, which nobody will sync.
    disk.directories.unsettle(parentOf(key));
    throw error;
  });
  if (removed === undefined && (await look(disk, ours)) === undefined) throw lost(ours);
  return removed ?? false;
}

/** The fault of one who was silent for so long that another process took over. Nothing was changed. */
function lost(ours: string): StorageFault {
  return new StorageFault('busy', `${ours} went to another process`);
}
