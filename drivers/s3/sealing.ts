/** Sealing: staged bytes become one object. Any instance may repeat it after a failure, and then finds what was done. */
import { StorageFault } from '../../lib/driver.ts';
import { newDataKey } from '../tree/layout.ts';
import type { Location } from './content.ts';
import { lastNumber, smallestPart } from './part-plan.ts';
import type { Parts, Staged } from './sessions.ts';
import type { Part, Store } from './store.ts';

/** The fault of an upload whose parts are gone without a trace, so that its bytes are lost. */
export class PartsLost extends StorageFault {
  /** The fault of the upload whose parts were to become the object at `key`. */
  constructor(key: string) {
    super('broken', `the store does not know the parts of ${key} any more; let no rule of the bucket end young uploads`);
  }
}

/**
 * Makes one object of all `size` bytes that are staged. The tail's object is not deleted: that is for the caller to do. Throws
 * {@link PartsLost} if the parts are gone, and the object too.
 */
export async function seal(store: Store, { parts, tail }: Staged, size: number, upload: string): Promise<Location> {
  if (parts) return completeParts(store, parts, tail, size);
  if (tail) return tail;
  const key = newDataKey(upload);
  await store.write(key, new Uint8Array());
  return { key, size: 0 };
}

async function completeParts(store: Store, parts: Parts, tail: Location | undefined, size: number): Promise<Location> {
  const last = tail && (await addTail(store, parts, tail));
  const list = tail && !last ? undefined : [...parts.list, ...(last ? [last] : [])];
  const completed = list !== undefined && (await store.completeMultipart(parts, list));
  if (completed || (await store.size(parts.key)) === size) return { key: parts.key, size };
  throw new PartsLost(parts.key);
}

/** Adds the tail as the last part. Undefined if the tail or the multipart upload is gone: it may be completed already. */
async function addTail(store: Store, parts: Parts, tail: Location): Promise<Part | undefined> {
  const number = Math.min(parts.reserved + 1, lastNumber);
  if (tail.size >= smallestPart) return store.copyPart(parts, number, tail.key, { first: 0, last: tail.size - 1 });
  const found = await store.read(tail.key);
  return found && store.uploadPart(parts, number, found.bytes);
}
