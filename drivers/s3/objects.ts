/**
 * Small values in an object store: each is one object, and changes by compare and swap. A deletion first writes nothing in
 * its place, which only one of many can do, and then removes that: an empty object reads as none.
 */
import type { Objects } from '../tree/objects.ts';
import type { Found, Store } from './store.ts';

/** Objects of a store. None of them is empty. */
export function objectsIn(store: Store): Objects {
  const find = async (key: string): Promise<Found | undefined> => {
    const found = await store.read(key);
    return found && found.bytes.length > 0 ? found : undefined;
  };

  /** Writes where there is nothing, or an object that a deletion left empty. */
  async function create(key: string, value: Uint8Array): Promise<boolean> {
    if ((await store.write(key, value, { when: 'absent' })) !== undefined) return true;
    const left = await store.read(key);
    return left?.bytes.length === 0 && (await store.write(key, value, { when: { is: left.etag } })) !== undefined;
  }

  return {
    has: async (key) => ((await store.size(key)) ?? 0) > 0,
    get: async (key) => (await find(key))?.bytes,
    put: async (key, value, expected) => {
      if (expected === undefined) {
        await store.write(key, value);
        return true;
      }
      if (expected === null) return create(key, value);
      const now = await find(key);
      if (!now || !same(now.bytes, expected)) return false;
      return (await store.write(key, value, { when: { is: now.etag } })) !== undefined;
    },
    delete: (key, expected) => remove(store, key, (bytes) => expected === undefined || same(bytes, expected)),
    async *list(prefix, after) {
      for await (const { name, size } of store.list(prefix, after)) if (size !== 0) yield name;
    },
  };
}

/** Deletes an object that is as it may be. Of many who do so at once, one is told that it did. */
export async function remove(store: Store, key: string, may: (bytes: Uint8Array) => boolean = () => true): Promise<boolean> {
  for (;;) {
    const now = await store.read(key);
    if (!now || now.bytes.length === 0 || !may(now.bytes)) return false;
    const emptied = await store.write(key, new Uint8Array(), { when: { is: now.etag } });
    if (emptied === undefined) continue;
    await store.delete(key, emptied);
    return true;
  }
}

const same = (one: Uint8Array, other: Uint8Array): boolean => Buffer.compare(one, other) === 0;
