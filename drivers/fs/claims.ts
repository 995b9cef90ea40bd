/**
 * Claims: what an instance has while it appends to an upload or publishes it. To claim an upload is to rename its file from `free`
 * to the id of the instance, which fails unless the upload stands where it is expected: the lease and the comparison are one step, and
 * of several processes that try, one succeeds. To give it back, where it stands then, is the other rename. A holder reaches the file
 * only by its current name: one that was declared dead and still runs finds nothing there.
 */
import { type Checkpoint, type RepositoryName, StorageFault, type UploadId } from '../../lib/driver.ts';
import { now, sleep } from '../../lib/timers.ts';
import { free, type UploadName, uploadKey } from '../tree/layout.ts';
import { removeUnsynced, renameUnsynced, replace } from './changes.ts';
import { type Disk, open } from './disk.ts';
import type { OpenFile } from './file.ts';
import { createKeyedMutex } from './mutex.ts';
import type { Standings } from './standings.ts';
import { streamRange } from './streams.ts';

/** How long an upload is waited for while a living instance holds it. */
const claimTimeoutMs = 5000;
/** The longest pause between two attempts to claim one. */
const longestPauseMs = 50;

/** An upload that this instance holds. */
export interface Claim {
  readonly repo: RepositoryName;
  /** The name of its file, whose holder is this instance. */
  readonly name: UploadName;
  /** Whether the file is known to end at the offset; if not, {@link cut} it first. */
  readonly isExact: boolean;
}

/** The claims of this instance. */
export interface Claims {
  /**
   * Runs `work` while this instance holds the upload, and gives what it gives: it has then given the upload back, or moved or removed
   * its file. Where it gives undefined or throws, the upload is given back as it stood, if it is still there. Undefined if this
   * repository has no such upload, if it does not stand at `offset`, or if another living process held it until the timeout.
   */
  withClaim<T>(
    repo: RepositoryName,
    id: UploadId,
    offset: number,
    work: (claim: Claim) => Promise<T | undefined>,
  ): Promise<T | undefined>;
  /** Gives the upload back where it stands now; its file ends there and is synced. False if it was ended, or taken over. */
  giveBack(claim: Claim, at: Checkpoint): Promise<boolean>;
  /**
   * Ends the upload if no living instance holds it, and `isIdle` of its key gives true before it is claimed and after. True if it was
   * ended. Does not wait for what this instance does to it.
   */
  endIf(name: UploadName, isIdle: (key: string) => Promise<boolean>): Promise<boolean>;
}

/** The claims on uploads of a disk; no two run at a time on one upload. */
export function createClaims(disk: Disk, standings: Standings): Claims {
  const runExclusive = createKeyedMutex();
  /** The uploads that this instance is at. */
  const held = new Set<UploadId>();

  /** Runs `work` after all that was passed before for this upload, with the upload among those that this instance is at. */
  function whileHeld<T>(id: UploadId, work: () => Promise<T>): Promise<T> {
    return runExclusive(id, async () => {
      held.add(id);
      try {
        return await work();
      } finally {
        held.delete(id);
      }
    });
  }

  /** Does what gives an upload back. If it fails, the upload stays with this instance, and each heartbeat tries again. */
  async function release(id: UploadId, giveBack: () => Promise<unknown>): Promise<void> {
    try {
      await giveBack();
    } catch {
      disk.instances.retries.set(id, () => runExclusive(id, giveBack));
    }
  }

  /** Whether this instance may claim what has this holder: nobody, itself after it failed to give it back, or a dead instance. */
  async function isClaimable(holder: string, own: string): Promise<boolean> {
    return holder === free || holder === own || !(await disk.instances.isAlive(holder));
  }

  /** Renames the upload's file to another holder. False if it no longer has this name. */
  const pass = (name: UploadName, holder: string) => renameUnsynced(disk, uploadKey(name), uploadKey({ ...name, holder }));

  /** Claims the upload, and gives the name that it had before: `last`, if it still has that. */
  async function acquire(
    repo: RepositoryName,
    id: UploadId,
    offset: number,
    own: string,
    last: UploadName | undefined,
  ): Promise<UploadName | undefined> {
    const end = now() + claimTimeoutMs;
    let name = last?.offset === offset ? last : await standings.list(repo, id);
    for (let pause = 1; name?.offset === offset; pause = Math.min(2 * pause, longestPauseMs)) {
      if ((await isClaimable(name.holder, own)) && (await pass(name, own))) return name;
      if (now() >= end) return undefined;
      await sleep(pause);
      name = await standings.list(repo, id);
    }
    return undefined;
  }

  /** Cuts the file to its offset, and renames it to `free`. */
  async function restore(name: UploadName): Promise<void> {
    const file = await open(disk, uploadKey(name), 'update');
    try {
      if (file) await cut(disk, name, file);
    } finally {
      await file?.close();
    }
    await pass(name, free);
  }

  return {
    withClaim: (repo, id, offset, work) =>
      whileHeld(id, async () => {
        const own = await disk.instances.register();
        const last = standings.recall(repo, id);
        const before = await acquire(repo, id, offset, own, last);
        if (before === undefined) return undefined;
        standings.forget(id);
        disk.instances.retries.delete(id);
        const name = { ...before, holder: own };
        let isFenced = before.holder === free || before.holder === own;
        let value: Awaited<ReturnType<typeof work>>;
        try {
          if (!isFenced) await fence(disk, name);
          const isExact = !isFenced || (before === last && last.isExact);
          isFenced = true;
          value = await work({ repo, name, isExact });
          return value;
        } finally {
          // Without the copy, the next holder has to take over from the dead one again.
          if (value === undefined) await release(id, () => (isFenced ? restore(name) : pass(name, before.holder)));
        }
      }),

    async giveBack({ repo, name }, { offset, digest }) {
      const standing = { repo, id: name.id, mark: name.mark, holder: free, offset, digest, isExact: true };
      const given = await renameUnsynced(disk, uploadKey(name), uploadKey(standing));
      if (given) standings.remember(standing);
      return given;
    },

    async endIf(name, isIdle) {
      if (held.has(name.id)) return false;
      return whileHeld(name.id, async () => {
        const own = await disk.instances.register();
        // What this instance failed to give back, its heartbeat will.
        if (name.holder === own || !(await isClaimable(name.holder, own)) || !(await isIdle(uploadKey(name)))) return false;
        if (!(await pass(name, own))) return false;
        const mine = { ...name, holder: own };
        let ended = false;
        try {
          // An append may have ended between the first look and the claim.
          ended = (await isIdle(uploadKey(mine))) && (await removeUnsynced(disk, uploadKey(mine)));
          return ended;
        } finally {
          if (!ended) await release(name.id, () => pass(mine, name.holder));
        }
      });
    },
  };
}

/**
 * Truncates the file of a claimed upload to its offset, and syncs it: later callers find the right size, and could not know that a
 * loss of power may bring the surplus bytes back. If bytes are missing, ends the upload and throws a StorageFault.
 */
export async function cut(disk: Disk, name: UploadName, file: OpenFile): Promise<void> {
  const size = await file.size();
  if (size === name.offset) return;
  if (size < name.offset) {
    await removeUnsynced(disk, uploadKey(name));
    throw new StorageFault('broken', `upload ${name.id} has lost bytes: ${size} of ${name.offset} are left`);
  }
  await file.truncate(name.offset);
  await syncOrEnd(disk, name, file);
}

/** Syncs the file of a claimed upload. After a failed fsync its bytes may be lost, so the upload ends. */
export async function syncOrEnd(disk: Disk, name: UploadName, file: OpenFile): Promise<void> {
  try {
    await file.sync();
  } catch (error) {
    await removeUnsynced(disk, uploadKey(name));
    throw error;
  }
}

/**
 * Fences the previous holder off: it may still run and write to the file that it has open, so the bytes that count are copied to a
 * new file.
 */
async function fence(disk: Disk, name: UploadName): Promise<void> {
  const key = uploadKey(name);
  const old = await open(disk, key, 'read');
  if (old === undefined) return;
  try {
    const size = await old.size();
    if (size < name.offset) return await cut(disk, name, old);
    await replace(disk, key, await streamRange(old, 0, name.offset));
  } finally {
    await old.close();
  }
}
