/**
 * Small values in an object store: each is one object, changed by compare-and-swap. A deletion first overwrites the object with
 * an empty one, by compare-and-swap so that one of several deleters wins, and then deletes the empty one, unless it was written
 * since. An empty object reads as absent. A store that has no deletion under a condition keeps it. What was discarded is brought back by
 * whoever looks for it.
 */
import { discardedCopyKey } from '../tree/layout.ts';
import type { ConditionalObjects, Entry } from '../tree/objects.ts';
import type { Store, StoredObject } from './store.ts';
import { createTrash, isValue, parseNote } from './trash.ts';

/** Objects of a store, also those in its trash. Values are longer than the notes of that. */
export function createObjects(store: Store): ConditionalObjects {
  const trash = createTrash(store);
  const find = async (key: string): Promise<StoredObject | undefined> => {
    const found = await trash.read(key);
    return found && isValue(found.bytes.length) ? found : undefined;
  };

  /** Writes if there is no object, or an empty one that an interrupted deletion left. False otherwise. */
  async function create(key: string, value: Uint8Array): Promise<boolean> {
    if ((await store.write(key, value, { when: 'absent' })) !== undefined) return true;
    const current = await store.read(key);
    if (current?.bytes.length !== 0) return false;
    return (await store.write(key, value, { when: { ifMatch: current.etag } })) !== undefined;
  }

  async function* scan(prefix: string, after?: string): AsyncGenerator<Entry> {
    for await (const entry of store.list(prefix, after)) if (entry.size === undefined || isValue(entry.size)) yield entry;
  }

  const has = async (key: string): Promise<boolean> => {
    const size = (await store.size(key)) ?? 0;
    return isValue(size) || (size > 0 && trash.bringBack(key));
  };

  return {
    has,
    prefetch: has,
    get: async (key) => (await find(key))?.bytes,
    getStart: async (key, length) => {
      const start = await store.readStart(key, length);
      if (!start || isValue(start.size)) return start;
      const bytes = start.size > 0 ? (await find(key))?.bytes : undefined;
      return bytes && { bytes: bytes.subarray(0, length), size: bytes.length };
    },
    put: async (key, value, expected) => {
      if (expected === undefined) {
        await store.write(key, value);
        return true;
      }
      if (expected === null) return create(key, value);
      const current = await find(key);
      if (!current || !equal(current.bytes, expected)) return false;
      return (await store.write(key, value, { when: { ifMatch: current.etag } })) !== undefined;
    },
    putWhile: async (key, value, meanwhile) => {
      await store.write(key, value);
      await meanwhile(Promise.resolve());
    },
    delete: (key, expected) => deleteObject(store, key, (bytes) => expected === undefined || equal(bytes, expected)),
    async *list(prefix, after) {
      for await (const { name } of scan(prefix, after)) yield name;
    },
    scan,
    holds: (prefix) => store.holdsAny(prefix, isValue),
  };
}

/** Deletes an object, also one in the trash, if `matches` accepts its value. Of several calls at once, one gives true. */
export async function deleteObject(
  store: Store,
  key: string,
  matches: (bytes: Uint8Array) => boolean = () => true,
): Promise<boolean> {
  for (;;) {
    const current = await store.read(key);
    if (!current || current.bytes.length === 0 || !matches(current.bytes)) return false;
    const emptied = await store.write(key, new Uint8Array(), { when: { ifMatch: current.etag } });
    if (emptied === undefined) continue;
    await store.delete(key, emptied);
    const note = parseNote(current.bytes);
    if (note) await store.delete(discardedCopyKey(key, note.version));
    return true;
  }
}

const equal = (one: Uint8Array, other: Uint8Array): boolean => Buffer.compare(one, other) === 0;
