/** Small values as files: what manifests, tags and referrers are kept in. */
import type { Objects } from '../objects.ts';
import { remove, write } from './changes.ts';
import { type Disk, look, names, read, settle } from './disk.ts';
import { takeTurns } from './turns.ts';

/** The files of a disk as objects. A condition holds against every writer in this process. */
export function objectsOn(disk: Disk): Objects {
  const inTurn = takeTurns();

  async function is(key: string, expected: Uint8Array | null): Promise<boolean> {
    const value = await read(disk, key);
    return expected === null || value === undefined ? value === (expected ?? undefined) : Buffer.compare(value, expected) === 0;
  }

  return {
    has: async (key) => (await look(disk, key)) !== undefined && settle(disk, key),

    async get(key) {
      const value = await read(disk, key);
      return value !== undefined && (await settle(disk, key)) ? value : undefined;
    },

    put: (key, value, expected) =>
      inTurn(key, async () => {
        if (expected !== undefined && !(await is(key, expected))) return false;
        await write(disk, key, value);
        return true;
      }),

    delete: (key, expected) =>
      inTurn(key, async () => (expected === undefined || (await is(key, expected))) && remove(disk, key)),

    async *list(prefix, after = '') {
      const found = await names(disk, prefix.slice(0, -1));
      yield* found.filter((name) => name > after || (after.startsWith(name) && name.endsWith('/'))).sort();
    },
  };
}
