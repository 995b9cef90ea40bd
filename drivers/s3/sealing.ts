/** From staged bytes to one object. It may be done again after a failure, by anyone, and then finds what is done. */
import { StorageFault } from '../../lib/driver.ts';
import { newDataKey } from '../tree/layout.ts';
import type { Place } from './content.ts';
import type { Parts, Staged } from './sessions.ts';
import type { Part, Store } from './store.ts';

/** Makes one object of all `size` bytes that are staged. What waited in an object of its own stays there until it is dropped. */
export async function sealed(store: Store, { parts, tail }: Staged, size: number, upload: string): Promise<Place> {
  if (parts) return completed(store, parts, tail, size);
  if (tail) return tail;
  const key = newDataKey(upload);
  await store.write(key, new Uint8Array());
  return { key, size: 0 };
}

async function completed(store: Store, parts: Parts, tail: Place | undefined, size: number): Promise<Place> {
  const last = tail && (await lastPart(store, parts, tail));
  const list = tail && !last ? undefined : [...parts.list, ...(last ? [last] : [])];
  const done = list !== undefined && (await store.complete(parts, list));
  if (done || (await store.size(parts.key)) === size) return { key: parts.key, size };
  throw new StorageFault(
    'broken',
    `the store does not know the parts of ${parts.key} any more; let no rule of the bucket end young uploads`,
  );
}

/** Undefined if there is nothing to add to, or nothing to add: the object is complete already, or never will be. */
async function lastPart(store: Store, parts: Parts, tail: Place): Promise<Part | undefined> {
  const found = await store.read(tail.key);
  return found && store.part(parts, parts.reserved + 1, found.bytes);
}
