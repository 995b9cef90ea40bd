/**
 * Checks that a store honours conditions. If it ignored those of writes, two writers could both win, so it is refused. If it
 * ignores those of deletions, a deletion could take what was written since: it gets none, and what was emptied stays.
 */
import { randomUUID } from 'node:crypto';
import { StorageFault } from '../../lib/driver.ts';
import { scratchKey } from '../tree/layout.ts';
import { isNotImplemented } from './faults.ts';
import type { Store, WriteCondition } from './store.ts';

const otherETag = '"0123456789abcdef0123456789abcdef"';

/**
 * The store, which checks that it honours conditions: once, before its first write under a condition and before its first
 * deletion under one. On a store that ignores those, such a deletion deletes nothing and gives true; its callers have emptied
 * the object before, and an empty object reads as absent.
 */
export function createCheckedStore(store: Store): Store {
  const checkWrites = once(() => checkConditionalWrites(store));
  const honoursDeletes = once(() => honoursConditionalDeletes(store));
  return {
    ...store,
    write: async (key, bytes, options) => {
      if (options?.when) await checkWrites();
      return store.write(key, bytes, options);
    },
    delete: async (key, etag) => (etag !== undefined && !(await honoursDeletes())) || store.delete(key, etag),
  };
}

/** The result of the first call of `check` that succeeds, for this and all later callers. */
function once<T>(check: () => Promise<T>): () => Promise<T> {
  let result: Promise<T> | undefined;
  return () => {
    result ??= check().catch((error: unknown) => {
      result = undefined;
      throw error;
    });
    return result;
  };
}

/** Whether the store leaves an object alone that is to be deleted under a condition which does not hold. */
export async function honoursConditionalDeletes(store: Store): Promise<boolean> {
  const key = scratchKey(randomUUID());
  await store.write(key, Buffer.from('1'));
  try {
    await store.delete(key, otherETag);
    return (await store.size(key)) !== undefined;
  } catch (error) {
    if (isNotImplemented(error)) return false;
    throw error;
  } finally {
    await store.delete(key);
  }
}

/** Throws a StorageFault if the store writes although a condition does not hold. */
async function checkConditionalWrites(store: Store): Promise<void> {
  const key = scratchKey(randomUUID());
  const first = await store.write(key, Buffer.from('1'), { when: 'absent' });
  const refuses = async (when: WriteCondition) => (await store.write(key, Buffer.from('2'), { when })) === undefined;
  const honours = first !== undefined && (await refuses('absent')) && (await refuses({ ifMatch: otherETag }));
  await store.delete(key);
  if (honours) return;
  throw new StorageFault(
    'broken',
    'the store ignores If-None-Match and If-Match, so that two writers could both win: use one that keeps to them, or, where ' +
      'nothing but this process writes to the bucket, the option unsafeSingleWriter',
  );
}
