/** Small values as files: what manifests, tags and referrers are kept in. */
import { isTagKey, lockDirectory } from '../tree/layout.ts';
import type { Objects } from '../tree/objects.ts';
import { remove, syncName, withStaged, write } from './changes.ts';
import { type Disk, look, names, read, settle, settleNames } from './disk.ts';
import { removeThrough, underLock, writeThrough } from './locks.ts';
import { orFault } from './system.ts';
import { takeTurns } from './turns.ts';

/**
 * The files of a disk as objects. A condition on a tag holds against every writer of every process, and no other
 * object is ever written on a condition; one on any other object holds against writers that have one too.
 */
export function objectsOn(disk: Disk): Objects {
  const inTurn = takeTurns();

  async function is(key: string, expected: Uint8Array | null | undefined): Promise<boolean> {
    if (expected === undefined) return true;
    const value = await read(disk, key);
    return expected === null || value === undefined ? value === (expected ?? undefined) : Buffer.compare(value, expected) === 0;
  }

  function locked(key: string, work: (ours: string) => Promise<boolean>): Promise<boolean> {
    const lock = lockDirectory(key);
    return inTurn(lock, () => underLock(disk, lock, work));
  }

  /** What is slow, the writing and syncing of the value, comes before the lock is asked for. */
  async function putIf(key: string, value: Uint8Array, expected: Uint8Array | null | undefined): Promise<boolean> {
    if (!(await is(key, expected))) return false;
    const giveName = (staged: string) =>
      locked(key, async (ours) => {
        if (!(await is(key, expected))) return false;
        await writeThrough(disk, ours, staged, key);
        return true;
      });
    return orFault(`writing ${key}`, withStaged(disk, [value], disk.durable, giveName));
  }

  async function deleteIf(key: string, expected: Uint8Array | undefined): Promise<boolean> {
    if ((await look(disk, key)) === undefined) {
      await settle(disk, key);
      return false;
    }
    if (!(await is(key, expected))) return false;
    return locked(key, async (ours) => (await is(key, expected)) && removeThrough(disk, ours, key));
  }

  return {
    has: async (key) => (await look(disk, key)) !== undefined && settle(disk, key),

    async get(key) {
      const value = await read(disk, key);
      return value !== undefined && (await settle(disk, key)) ? value : undefined;
    },

    async put(key, value, expected) {
      if (isTagKey(key) || expected !== undefined) {
        const done = await putIf(key, value, expected);
        if (done) await syncName(disk, key);
        return done;
      }
      await inTurn(key, () => write(disk, key, value));
      return true;
    },

    async delete(key, expected) {
      if (!isTagKey(key) && expected === undefined) return inTurn(key, () => remove(disk, key));
      const done = await deleteIf(key, expected);
      if (done) await syncName(disk, key);
      return done;
    },

    async *list(prefix, after = '') {
      // Else a manifest could be deleted, and the deletion of its tags be lost with the power.
      if (isTagKey(prefix)) await settleNames(disk, prefix.slice(0, -1));
      const found = await names(disk, prefix.slice(0, -1));
      yield* found.filter((name) => name > after || (after.startsWith(name) && name.endsWith('/'))).sort();
    },
  };
}
