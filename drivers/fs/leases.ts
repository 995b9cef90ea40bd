/**
 * Leases that exclude other processes. A resource that can be leased lies in a directory that is named after its holder:
 * `free`, or the id of an instance. To acquire it is to rename that directory. The rename is atomic and takes the old name
 * away, so of several processes that try, one succeeds. A holder changes the resource only through the directory's current
 * name: one that was declared dead and still runs finds nothing there.
 */
import { now, sleep } from '../../lib/timers.ts';
import { free, leaseKey, parseHolder } from '../tree/layout.ts';
import { type Disk, listNamesIfThere } from './disk.ts';
import { undefinedIfMissing } from './system.ts';

/** How long a lease or a lock is waited for while a living instance holds it. */
export const lockTimeoutMs = 5000;
/** The longest pause between two attempts to acquire a lease. */
const longestPauseMs = 50;
/** How often a lookup is repeated because the holder changed in between. */
const maxLookups = 5;

/** A resource that this instance holds. */
export interface Lease {
  /** The directory of the resource; the holder's directory lies in it. */
  readonly directory: string;
  /** The id of this instance, and so the name of the holder's directory. */
  readonly holder: string;
  /** The name before: `free`, a dead instance, or this instance if it failed to release an earlier lease. */
  readonly previousHolder: string;
}

/**
 * Acquires the lease on `directory`. It waits up to `timeoutMs` for a living holder, and takes over from a dead one at once.
 * Undefined if there is nothing to lease, or the timeout passed. It does not exclude callers of the same instance from each
 * other: they use a mutex.
 */
export async function acquire(disk: Disk, directory: string, timeoutMs = lockTimeoutMs): Promise<Lease | undefined> {
  const own = await disk.instances.register();
  const end = now() + timeoutMs;
  for (let pause = 1; ; pause = Math.min(2 * pause, longestPauseMs)) {
    if (await tryRename(disk, directory, free, own)) return { directory, holder: own, previousHolder: free };
    const holder = await currentHolder(disk, directory);
    if (holder === own) {
      disk.instances.retries.delete(directory);
      return { directory, holder: own, previousHolder: own };
    }
    const dead = holder !== undefined && holder !== free && !(await disk.instances.isAlive(holder));
    if (dead && (await tryRename(disk, directory, holder, own))) return { directory, holder: own, previousHolder: holder };
    if (holder === undefined || now() >= end) return undefined;
    await sleep(pause);
  }
}

/**
 * Releases a lease by renaming its directory to `to`: `free`, or the previous holder if the resource must not be used before
 * it is repaired. If the rename fails, the lease stays with this instance, and each heartbeat retries the release until the
 * lease is acquired again.
 */
export async function release(disk: Disk, { directory, holder }: Lease, to: string = free): Promise<void> {
  if (to === holder) return;
  const renameBack = () => tryRename(disk, directory, holder, to);
  try {
    await renameBack();
  } catch {
    disk.instances.retries.set(directory, renameBack);
  }
}

/**
 * Runs `lookup` under the current name of the holder's directory, and again where it found nothing: the name may have changed, and
 * have changed back since (ABA), as two appends that follow one another make it do.
 */
export async function withCurrentHolder<T>(
  disk: Disk,
  directory: string,
  lookup: (holder: string) => Promise<T | undefined>,
): Promise<T | undefined> {
  let holder: string | undefined = free;
  for (let attempt = 0; attempt < maxLookups && holder !== undefined; attempt++) {
    const found = await lookup(holder);
    if (found !== undefined) return found;
    holder = await currentHolder(disk, directory);
  }
  return undefined;
}

/** The name of the holder's directory now, `free` or an instance's id; undefined if there is nothing to lease. */
export async function currentHolder(disk: Disk, directory: string): Promise<string | undefined> {
  for (let attempt = 0; attempt < 2; attempt++) {
    const names = await listNamesIfThere(disk, directory);
    if (names === undefined) return undefined;
    const holder = names.map(parseHolder).find((name) => name !== undefined);
    // A listing may miss a directory that is renamed meanwhile: list once more before reporting that there is none.
    if (holder !== undefined) return holder;
  }
  return undefined;
}

/** Renames the holder's directory. False if there is none named `from`. */
async function tryRename(disk: Disk, directory: string, from: string, to: string): Promise<boolean> {
  const [source, target] = [from, to].map((holder) => disk.pathOf(leaseKey(directory, holder)));
  const work = disk.fs.rename(source ?? '', target ?? '').then(() => true);
  return (await undefinedIfMissing(`leasing ${directory}`, work)) ?? false;
}
