/** A check that a store honours conditional writes. If it ignored them, two writers could both win. */
import { randomUUID } from 'node:crypto';
import { StorageFault } from '../../lib/driver.ts';
import { scratchKey } from '../tree/layout.ts';
import type { Store, WriteCondition } from './store.ts';

/** The store, which checks once, before its first conditional write, that it honours conditions. A failed check is repeated. */
export function createCheckedStore(store: Store): Store {
  let check: Promise<void> | undefined;
  const checkOnce = (): Promise<void> => {
    check ??= checkConditions(store).catch((error: unknown) => {
      check = undefined;
      throw error;
    });
    return check;
  };
  return {
    ...store,
    write: async (key, bytes, options) => {
      if (options?.when) await checkOnce();
      return store.write(key, bytes, options);
    },
  };
}

/** Throws a StorageFault if the store writes although a condition does not hold. */
async function checkConditions(store: Store): Promise<void> {
  const key = scratchKey(randomUUID());
  const first = await store.write(key, Buffer.from('1'), { when: 'absent' });
  const refuses = async (when: WriteCondition) => (await store.write(key, Buffer.from('2'), { when })) === undefined;
  const otherETag = '"0123456789abcdef0123456789abcdef"';
  const honours = first !== undefined && (await refuses('absent')) && (await refuses({ ifMatch: otherETag }));
  await store.delete(key);
  if (honours) return;
  throw new StorageFault(
    'broken',
    'the store ignores If-None-Match and If-Match, so that two writers could both win: use one that keeps to them, or, where ' +
      'nothing but this process writes to the bucket, the option unsafeSingleWriter',
  );
}
