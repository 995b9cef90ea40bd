/** Locks that exclude other processes, for critical sections of a few renames: leases on empty directories. */
import { StorageFault } from '../../lib/driver.ts';
import { now } from '../../lib/timers.ts';
import { free, leaseKey, locksDirectory, stagingDirectory } from '../tree/layout.ts';
import { parentOf } from './directories.ts';
import { type Disk, stat } from './disk.ts';
import { acquire, currentHolder, type Lease, lockTimeoutMs, release } from './leases.ts';
import { orFault, undefinedIfMissing } from './system.ts';

/**
 * Runs `work` while no other process holds the lock. `work` gets the lease's directory and makes its changes through it, with
 * {@link fencedRename} and {@link fencedRemove}. Within one driver, callers take a mutex first. Throws a busy
 * {@link StorageFault} if the lock was not acquired in time.
 */
export async function withLock<T>(disk: Disk, lock: string, work: (leaseDirectory: string) => Promise<T>): Promise<T> {
  const end = now() + lockTimeoutMs;
  do {
    const lease = await acquire(disk, lock, end - now());
    if (lease !== undefined) return useLease(disk, lease, work);
    // `acquire` gives undefined for "missing" and for "timed out": create the lock, then try again.
    await makeLock(disk, lock);
  } while (now() < end);
  throw new StorageFault('busy', `${lock} is held by another process`);
}

async function useLease<T>(disk: Disk, lease: Lease, work: (leaseDirectory: string) => Promise<T>): Promise<T> {
  try {
    return await work(leaseKey(lease.directory, lease.holder));
  } finally {
    await release(disk, lease);
  }
}

/** Makes the lock, free, in one step: its directories are made in staging and renamed. Does nothing if it exists. */
async function makeLock(disk: Disk, lock: string): Promise<void> {
  if ((await currentHolder(disk, lock)) !== undefined) return;
  const staged = await disk.newStagingKey();
  const making = async () => {
    await disk.directories.within(stagingDirectory, () => disk.fs.mkdir(disk.pathOf(staged)));
    await disk.fs.mkdir(disk.pathOf(leaseKey(staged, free)));
    await disk.directories.within(locksDirectory, () => disk.fs.rename(disk.pathOf(staged), disk.pathOf(lock)));
  };
  try {
    await orFault(`making ${lock}`, making());
  } catch (error) {
    // If this fails too, a sweep removes the directory.
    await disk.fs.rm(disk.pathOf(staged), { recursive: true }).catch(() => undefined);
    // rename() does not replace a directory that is not empty: if there is a lock now, another process made it first.
    if ((await currentHolder(disk, lock)) === undefined) throw error;
  }
}

/**
 * Renames a synced temporary file to `key`, over any that is there, by way of the lease's directory: that step fails if
 * another process took the lease over. The directory of `key` is not synced yet. Throws a busy {@link StorageFault}, with
 * nothing changed, if the lease was lost.
 */
export async function fencedRename(disk: Disk, leaseDirectory: string, staged: string, key: string): Promise<void> {
  const value = disk.pathOf(`${leaseDirectory}/value`);
  const work = async () => {
    await disk.fs.rename(disk.pathOf(staged), value);
    await disk.directories.within(parentOf(key), () => disk.fs.rename(value, disk.pathOf(key)));
    return true;
  };
  if ((await undefinedIfMissing(`writing ${key}`, work())) === undefined) throw leaseLost(leaseDirectory);
}

/**
 * Removes a file by way of the lease's directory, as {@link fencedRename} writes one. The directory of `key` is not synced yet.
 * False if there is no such file. Throws a busy {@link StorageFault} if the lease was lost.
 */
export async function fencedRemove(disk: Disk, leaseDirectory: string, key: string): Promise<boolean> {
  const removedFile = disk.pathOf(`${leaseDirectory}/gone`);
  const work = async () => {
    await disk.fs.rename(disk.pathOf(key), removedFile);
    await disk.fs.unlink(removedFile);
    return true;
  };
  const removed = await undefinedIfMissing(`removing ${key}`, work()).catch((error: unknown) => {
    // The rename may have succeeded, and this failure skips the fsync that would follow: the next reader has to sync.
    disk.directories.forget(parentOf(key));
    throw error;
  });
  if (removed === undefined && (await stat(disk, leaseDirectory)) === undefined) throw leaseLost(leaseDirectory);
  return removed ?? false;
}

/** The fault of a holder that was silent for so long that another process took its lease over. */
function leaseLost(leaseDirectory: string): StorageFault {
  return new StorageFault('busy', `${leaseDirectory} was taken over by another process`);
}
