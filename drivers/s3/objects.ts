/**
 * Small values in an object store: each is one object, changed by compare-and-swap. A deletion first overwrites the object with
 * an empty one, by compare-and-swap so that one of several deleters wins, and then deletes the empty one, unless it was written
 * since. An empty object reads as absent. A store that has no deletion under a condition keeps it.
 */
import type { ConditionalObjects, Entry } from '../tree/objects.ts';
import type { Store, StoredObject } from './store.ts';

/** Objects of a store. Values must not be empty. */
export function createObjects(store: Store): ConditionalObjects {
  const find = async (key: string): Promise<StoredObject | undefined> => {
    const found = await store.read(key);
    return found && found.bytes.length > 0 ? found : undefined;
  };

  /** Writes if there is no object, or an empty one that an interrupted deletion left. False otherwise. */
  async function create(key: string, value: Uint8Array): Promise<boolean> {
    if ((await store.write(key, value, { when: 'absent' })) !== undefined) return true;
    const current = await store.read(key);
    if (current?.bytes.length !== 0) return false;
    return (await store.write(key, value, { when: { ifMatch: current.etag } })) !== undefined;
  }

  async function* scan(prefix: string, after?: string): AsyncGenerator<Entry> {
    for await (const entry of store.list(prefix, after)) if (entry.size !== 0) yield entry;
  }

  const has = async (key: string): Promise<boolean> => ((await store.size(key)) ?? 0) > 0;

  return {
    has,
    prefetch: has,
    get: async (key) => (await find(key))?.bytes,
    getStart: async (key, length) => {
      const start = await store.readStart(key, length);
      return start && start.size > 0 ? start : undefined;
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
    holds: (prefix) => store.holdsAny(prefix),
  };
}

/** Deletes an object if `matches` accepts its value. Of several calls at once, one gives true. */
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
    return true;
  }
}

const equal = (one: Uint8Array, other: Uint8Array): boolean => Buffer.compare(one, other) === 0;
