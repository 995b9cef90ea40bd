/** A store that keeps small values, and of everything else the sizes: objects of terabytes cost it nothing. It is as strict as S3 about parts. */
import assert from 'node:assert/strict';
import type { Multipart, Part, Store } from '../../../drivers/s3/store.ts';

const mebibyte = 1024 * 1024;
/** Values up to this size are kept; longer ones read as zeros. */
const longestKept = 128 * 1024;
const zeros = new Uint8Array(16 * mebibyte);

interface Kept {
  readonly size: number;
  readonly etag: string;
  readonly bytes: Uint8Array | undefined;
}

/** A simulated store, and what it holds. */
export interface SimulatedStore extends Store {
  readonly objects: ReadonlyMap<string, { readonly size: number }>;
  /** How many parts each object that was made of parts has. */
  readonly partCounts: ReadonlyMap<string, number>;
  readonly openMultiparts: ReadonlySet<string>;
}

/** An empty store. */
export function createSimulatedStore(): SimulatedStore {
  const objects = new Map<string, Kept>();
  const partCounts = new Map<string, number>();
  const openMultiparts = new Map<string, Map<number, Part>>();
  let count = 0;
  const newName = () => `"${count++}"`;
  const add = (multipart: Multipart, number: number, size: number): Part | undefined => {
    assert.ok(number >= 1 && number <= 10_000, `a part has the number ${number}`);
    assert.ok(size > 0 && size <= 5 * 1024 * mebibyte, `part ${number} has ${size} bytes`);
    const part = { number, etag: newName(), size };
    openMultiparts.get(multipart.id)?.set(number, part);
    return openMultiparts.has(multipart.id) ? part : undefined;
  };
  return {
    objects,
    partCounts,
    get openMultiparts() {
      return new Set(openMultiparts.keys());
    },
    read: async (key) => {
      const found = objects.get(key);
      return found && { bytes: found.bytes ?? zeros.subarray(0, found.size), etag: found.etag };
    },
    readStart: async () => assert.fail('no start of an object is read'),
    stream: async () => assert.fail('nothing is streamed'),
    size: async (key) => objects.get(key)?.size,
    write: async (key, bytes, { when } = {}) => {
      const current = objects.get(key);
      if (when && (when === 'absent' ? current !== undefined : current?.etag !== when.ifMatch)) return undefined;
      const etag = newName();
      objects.set(key, { size: bytes.length, etag, bytes: bytes.length > longestKept ? undefined : Uint8Array.from(bytes) });
      return etag;
    },
    delete: async (key) => objects.delete(key),
    async *list(prefix) {
      const names = [...objects.keys()].filter((key) => key.startsWith(prefix)).sort();
      for (const key of names) yield { name: key.slice(prefix.length), size: objects.get(key)?.size ?? 0, written: new Date(0) };
    },
    walk: () => assert.fail('nothing is walked'),
    holdsAny: async (prefix, isWanted) => [...objects].some(([key, { size }]) => key.startsWith(prefix) && isWanted(size)),
    beginMultipart: async (key) => {
      const id = newName();
      openMultiparts.set(id, new Map());
      return { key, id };
    },
    uploadPart: async (multipart, number, bytes) => add(multipart, number, bytes.length),
    copyPart: async (multipart, number, from, { first, last }) => {
      const source = objects.get(from);
      if (!source) return undefined;
      assert.ok(last < source.size, 'the range is outside of the object');
      return add(multipart, number, last - first + 1);
    },
    completeMultipart: async ({ key, id }, parts) => {
      const stored = openMultiparts.get(id);
      if (!stored) return false;
      for (const [index, { number, etag, size }] of parts.entries()) {
        assert.equal(stored.get(number)?.etag, etag);
        assert.ok(number > (parts[index - 1]?.number ?? 0), 'the numbers ascend');
        assert.ok(size >= 5 * mebibyte || index === parts.length - 1, `part ${number} has ${size} bytes`);
      }
      const size = parts.reduce((sum, part) => sum + part.size, 0);
      assert.ok(size <= 5 * 1024 * 1024 * mebibyte, 'no object has more than 5 TiB');
      openMultiparts.delete(id);
      objects.set(key, { size, etag: newName(), bytes: undefined });
      partCounts.set(key, parts.length);
      return true;
    },
    abortMultipart: async ({ id }) => void openMultiparts.delete(id),
    async *listMultiparts() {},
  };
}
