/** Whether a store keeps to conditions: one that ignores them would let two writers win. */
import { randomUUID } from 'node:crypto';
import { StorageFault } from '../../lib/driver.ts';
import { scratchKey } from '../tree/layout.ts';
import type { Store, WriteCondition } from './store.ts';

/** The store, with writes under conditions only once it has shown that it keeps to them. */
export function distrusted(store: Store): Store {
  let shown: Promise<void> | undefined;
  const keepsConditions = (): Promise<void> => {
    shown ??= checkConditions(store).catch((error: unknown) => {
      shown = undefined;
      throw error;
    });
    return shown;
  };
  return {
    ...store,
    write: async (key, bytes, options) => {
      if (options?.when) await keepsConditions();
      return store.write(key, bytes, options);
    },
  };
}

/** Throws a StorageFault if the store writes where a condition forbids it. */
async function checkConditions(store: Store): Promise<void> {
  const key = scratchKey(randomUUID());
  const first = await store.write(key, Buffer.from('1'), { when: 'absent' });
  const refuses = async (when: WriteCondition) => (await store.write(key, Buffer.from('2'), { when })) === undefined;
  const keeps = first !== undefined && (await refuses('absent')) && (await refuses({ is: '"0123456789abcdef0123456789abcdef"' }));
  await store.delete(key);
  if (keeps) return;
  throw new StorageFault(
    'broken',
    'the store ignores If-None-Match and If-Match, so that two writers could both win: use one that keeps to them, or, where ' +
      'nothing but this process writes to the bucket, the option unsafeSingleWriter',
  );
}
