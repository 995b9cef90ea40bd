/**
 * The trash of an object store, which cannot rename. To discard an item, its value is copied below the trash of its repository, and its object is
 * replaced by a note of 24 bytes: when, and which copy is its value. To bring it back, the note is replaced by the value of the copy; to
 * remove it, by an empty object, which reads as absent. Each of these is one compare-and-swap of the same object, and each note is unlike
 * every other: of a look and a removal at once one succeeds, and the other sees that, before it answers. The copy is written before the
 * note and deleted behind it, so a note has its copy; a copy whose note is gone is a leftover, which a reclaim deletes.
 *
 * All values are longer than a note, so that a listing tells by the size what is held; and since the note lies where the item was, a look that
 * finds nothing has looked for it, too.
 */
import { randomBytes } from 'node:crypto';
import { decodeText } from '../tree/fields.ts';
import { discardedCopyKey, trashDirectory } from '../tree/layout.ts';
import type { Trash } from '../tree/trash.ts';
import type { Store, StoredObject } from './store.ts';

/** How many bytes a note has: ten digits of base 36, and the version in hex. No value has so few. */
const noteBytes = 24;
const versionBytes = 7;

/** How long a discard may take that has written its copy: behind that, it writes the copy again, which may count as a leftover by then. */
const discardMs = 1_800_000;

/** What stands in the place of an item that was discarded. */
export interface Note {
  /** The time of the caller. */
  readonly at: Date;
  /** Names the copy. */
  readonly version: string;
}

/** The trash of a store. */
export interface StoreTrash extends Trash {
  /** An object; one that was discarded is brought back with that. What it gives is no value if its copy is gone. */
  read(key: string): Promise<StoredObject | undefined>;
  /** The value of an item, also where it lies in the trash, which it does not leave; undefined if there is none. */
  peek(key: string): Promise<Uint8Array | undefined>;
}

/** Whether an object of so many bytes has a value: it is neither a note nor empty, as one that was deleted. */
export function isValue(size: number): boolean {
  return size > noteBytes;
}

/** The note in an object; undefined if it is none. */
export function parseNote(bytes: Uint8Array): Note | undefined {
  if (bytes.length !== noteBytes) return undefined;
  const [, time = '', version] = /^([0-9a-z]{10})([0-9a-f]{14})$/.exec(decodeText(bytes)) ?? [];
  return version === undefined ? undefined : { at: new Date(Number.parseInt(time, 36)), version };
}

/** Times that no clock shows become the last or the first that ten digits can say. */
function encodeNote({ at, version }: Note): Uint8Array {
  const milliseconds = Math.min(Math.max(at.getTime(), 0), 36 ** 10 - 1);
  return Buffer.from(milliseconds.toString(36).padStart(10, '0') + version);
}

/** The trash of a store. */
export function createTrash(store: Store): StoreTrash {
  const noteAt = async (key: string): Promise<(Note & Pick<StoredObject, 'etag'>) | undefined> => {
    const current = await store.read(key);
    const note = current && parseNote(current.bytes);
    return note && { ...note, etag: current.etag };
  };

  /** An object, with its note and the copy that this names if it was discarded. Without copy: that is lost. */
  async function readBoth(key: string): Promise<{ current: StoredObject; note?: Note; copy?: StoredObject } | undefined> {
    for (let etag: string | undefined; ; ) {
      const current = await store.read(key);
      const note = current && parseNote(current.bytes);
      if (!note) return current && { current };
      const copy = await store.read(discardedCopyKey(key, note.version));
      if (copy) return { current, note, copy };
      // Its note was replaced meanwhile; or, if it still stands there, the copy was taken away by somebody else in the bucket.
      if (current.etag === etag) return { current, note };
      etag = current.etag;
    }
  }

  async function read(key: string): Promise<StoredObject | undefined> {
    for (;;) {
      const found = await readBoth(key);
      if (!found?.note || !found.copy) return found?.current;
      const { current, note, copy } = found;
      const etag = await store.write(key, copy.bytes, { when: { ifMatch: current.etag } });
      if (etag === undefined) continue;
      await store.delete(discardedCopyKey(key, note.version));
      return { bytes: copy.bytes, etag };
    }
  }

  return {
    read,

    async peek(key) {
      const { current, copy } = (await readBoth(key)) ?? {};
      const bytes = (copy ?? current)?.bytes;
      return bytes && isValue(bytes.length) ? bytes : undefined;
    },

    holds: (repo) => store.holdsAny(`${trashDirectory(repo)}/`, isValue),

    async find(key) {
      const note = await noteAt(key);
      return note && { place: discardedCopyKey(key, note.version), at: note.at };
    },

    async put(key, at) {
      for (;;) {
        const current = await store.read(key);
        if (!current || !isValue(current.bytes.length)) return false;
        const note: Note = { at, version: randomBytes(versionBytes).toString('hex') };
        const copy = discardedCopyKey(key, note.version);
        const begunMs = Date.now();
        await store.write(copy, current.bytes);
        const noted = await store.write(key, encodeNote(note), { when: { ifMatch: current.etag } });
        if (noted === undefined) {
          await store.delete(copy);
          continue;
        }
        if (Date.now() - begunMs > discardMs) await store.write(copy, current.bytes);
        return true;
      }
    },

    bringBack: async (key) => isValue((await read(key))?.bytes.length ?? 0),

    async drop(key, before) {
      for (;;) {
        const note = await noteAt(key);
        if (!note || (before && note.at >= before)) return false;
        const emptied = await store.write(key, new Uint8Array(), { when: { ifMatch: note.etag } });
        if (emptied === undefined) continue;
        await store.delete(key, emptied);
        await store.delete(discardedCopyKey(key, note.version));
        return true;
      }
    },
  };
}
