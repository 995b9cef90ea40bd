/** The clock of the store, by which it stamps objects: it may be minutes before or behind the one of this process. */
import { randomUUID } from 'node:crypto';
import { StorageFault } from '../../lib/driver.ts';
import { scratchKey } from '../tree/layout.ts';
import type { Store } from './store.ts';

const scratchPrefix = scratchKey('');

/** Turns times of this process into those that the store would stamp. The store is asked once, when the first time is turned. */
export function createStoreClock(store: Store): (time: Date) => Promise<Date> {
  let asked: Promise<number> | undefined;
  return async (time) => {
    asked ??= offsetOf(store);
    return new Date(time.getTime() + (await asked));
  };
}

/**
 * How many milliseconds the store's clock is ahead of this one. What it gives is up to a second and the time of a call too little, for
 * stores round down to seconds: then less counts as idle than is, and never more.
 */
async function offsetOf(store: Store): Promise<number> {
  const name = randomUUID();
  await store.write(scratchKey(name), Buffer.from('?'));
  const writtenBy = Date.now();
  try {
    // Names are listed from the one before: no other begins with all but the last digit of a random id.
    for await (const entry of store.list(scratchPrefix, name.slice(0, -1))) {
      if (entry.name === name && entry.written) return entry.written.getTime() - writtenBy;
    }
  } finally {
    await store.delete(scratchKey(name));
  }
  throw new StorageFault('broken', `${scratchKey(name)} was written and is not listed with its time`);
}
