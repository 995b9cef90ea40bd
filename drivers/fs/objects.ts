/** Small values as files: links, manifests, referrer entries and tags. */
import { isTagKey, lockDirectory, parseDigestPath } from '../tree/layout.ts';
import type { ConditionalObjects } from '../tree/objects.ts';
import { paced, sorted } from '../tree/sorting.ts';
import { remove, syncParent, syncRemoval, withStaged, write } from './changes.ts';
import { parentOf } from './directories.ts';
import { type Disk, read, readStart, stat, syncAbsence, syncParentOnce } from './disk.ts';
import { fencedRemove, fencedRename, withLock } from './locks.ts';
import { createKeyedMutex } from './mutex.ts';
import { scanNames } from './scanning.ts';
import { orFault } from './system.ts';

/**
 * The files of a disk as objects. Tags are written and deleted under a lock, so a condition on a tag holds against every
 * writer of every process. A condition on any other object holds only against writers that have a condition too; no other
 * object is ever written on a condition.
 */
export function createObjects(disk: Disk): ConditionalObjects {
  const runExclusive = createKeyedMutex();

  /** Whether the object has the expected value: null for no object, undefined for any. */
  async function hasValue(key: string, expected: Uint8Array | null | undefined): Promise<boolean> {
    if (expected === undefined) return true;
    const value = await read(disk, key);
    return expected === null || value === undefined ? value === (expected ?? undefined) : Buffer.compare(value, expected) === 0;
  }

  function withLockOf(key: string, work: (leaseDirectory: string) => Promise<boolean>): Promise<boolean> {
    const lock = lockDirectory(key);
    return runExclusive(lock, () => withLock(disk, lock, work));
  }

  /** Compare-and-swap. Writing and syncing the value is slow, so it is done before the lock is acquired. */
  async function putIf(key: string, value: Uint8Array, expected: Uint8Array | null | undefined): Promise<boolean> {
    if (!(await hasValue(key, expected))) return false;
    const swap = (temporary: string) =>
      withLockOf(key, async (leaseDirectory) => {
        if (!(await hasValue(key, expected))) return false;
        await fencedRename(disk, leaseDirectory, temporary, key);
        return true;
      });
    return orFault(`writing ${key}`, withStaged(disk, [value], disk.durable, swap));
  }

  async function deleteIf(key: string, expected: Uint8Array | undefined): Promise<boolean> {
    if ((await stat(disk, key)) === undefined) {
      await syncAbsence(disk, parentOf(key));
      return false;
    }
    if (!(await hasValue(key, expected))) return false;
    return withLockOf(key, async (leaseDirectory) => (await hasValue(key, expected)) && fencedRemove(disk, leaseDirectory, key));
  }

  async function* namesIn(prefix: string, after = ''): AsyncGenerator<string> {
    const directory = prefix.slice(0, -1);
    // A manifest is deleted after its tags: the absence of a tag from this list has to survive a loss of power first.
    if (isTagKey(prefix)) await syncAbsence(disk, directory);
    for await (const name of scanNames(disk, directory)) {
      if (name > after || (after.startsWith(name) && name.endsWith('/'))) yield name;
    }
  }

  async function* beyond(last: string, names: AsyncIterable<string>): AsyncGenerator<string> {
    for await (const name of names) if (name > last) yield name;
  }

  return {
    has: async (key) => (await stat(disk, key)) !== undefined && syncParentOnce(disk, key),

    async get(key) {
      const value = await read(disk, key);
      return value !== undefined && (await syncParentOnce(disk, key)) ? value : undefined;
    },

    async getStart(key, length) {
      const start = await readStart(disk, key, length);
      return start !== undefined && (await syncParentOnce(disk, key)) ? start : undefined;
    },

    async put(key, value, expected) {
      if (isTagKey(key) || expected !== undefined) {
        const written = await putIf(key, value, expected);
        if (written) await syncParent(disk, key);
        return written;
      }
      await runExclusive(key, () => write(disk, key, value));
      return true;
    },

    async delete(key, expected) {
      if (!isTagKey(key) && expected === undefined) return runExclusive(key, () => remove(disk, key));
      const deleted = await deleteIf(key, expected);
      if (deleted) await syncRemoval(disk, key);
      return deleted;
    },

    // Of a long directory no more is sorted and kept than is wanted; whoever takes more has it read again.
    async *list(prefix, after, wanted = Number.POSITIVE_INFINITY) {
      for (let names = namesIn(prefix, after); ; ) {
        const portion = await sorted(names, wanted);
        yield* paced(portion);
        const last = portion.at(-1);
        if (last === undefined || portion.length < wanted) return;
        names = beyond(last, namesIn(prefix, last));
      }
    },

    async *scan(prefix, after) {
      for await (const name of namesIn(prefix, after)) yield { name };
    },

    async holds(prefix) {
      for await (const algorithm of namesIn(prefix)) {
        for await (const hex of namesIn(prefix + algorithm)) if (parseDigestPath(algorithm.slice(0, -1), hex)) return true;
      }
      return false;
    },
  };
}
