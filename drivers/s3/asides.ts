/**
 * Marks of bytes that no link led to. A reclaim marks them, and in a later call it looks at all links once more, turns the mark of what still
 * has none into one that says `freed`, and deletes the bytes. Whoever lets a repository hold bytes that are not new writes the link first and
 * then looks at the mark: the reclaim sees his link, or he sees the mark. He takes it away by compare-and-swap, as the reclaim turns it:
 * one of both succeeds. A mark that says `freed` stays for an hour, in which everybody has come to his look who had begun before.
 */
import { randomUUID } from 'node:crypto';
import { mapAhead, stepsAtOnce } from '../../lib/concurrency.ts';
import { fieldsOf, isCount, isString, parseFields } from '../tree/fields.ts';
import { allDataPrefix, asideKey, asidePrefix } from '../tree/layout.ts';
import { damaged } from '../tree/records.ts';
import type { Location } from './content.ts';
import { deleteObject } from './objects.ts';
import type { Store } from './store.ts';

/** A mark: no link led to these bytes when it was written, or they were freed by then. */
export interface Mark extends Location {
  readonly state: 'aside' | 'freed';
  /** Tells a mark from every other one of the same bytes. */
  readonly version: string;
}

/** A mark as it was read. */
export interface VersionedMark extends Mark {
  readonly etag: string;
  /** When it was written, by the clock of the store. */
  readonly written: Date | undefined;
}

/** The marks of a store. */
export interface Asides {
  /** Takes the mark away, behind a link that was written. False if the bytes were freed. */
  keep(key: string): Promise<boolean>;
  /** Marks bytes, unless they are. */
  add(location: Location): Promise<void>;
  list(): AsyncIterable<VersionedMark>;
  /** Says in the mark that the bytes are freed. False if it has changed. */
  free(mark: VersionedMark): Promise<boolean>;
  /** Takes the mark away, unless it has changed. */
  drop(mark: VersionedMark): Promise<void>;
}

/** The marks of a store. */
export function createAsides(store: Store): Asides {
  async function read(key: string): Promise<VersionedMark | undefined> {
    const found = await store.read(asideKey(key));
    if (!found || found.bytes.length === 0) return undefined;
    return { ...decode(key, found.bytes), etag: found.etag, written: found.written };
  }

  const drop = ({ key, version }: Mark): Promise<boolean> =>
    deleteObject(store, asideKey(key), (bytes) => decode(key, bytes).version === version);

  return {
    async keep(key) {
      for (;;) {
        const mark = await read(key);
        if (mark?.state === 'freed') return false;
        if (!mark || (await drop(mark))) return true;
      }
    },

    async add({ key, size }) {
      const mark = encode({ key, size, state: 'aside', version: randomUUID() });
      if ((await store.write(asideKey(key), mark, { when: 'absent' })) !== undefined) return;
      const current = await store.read(asideKey(key));
      // One that was taken away may lie there empty.
      if (current?.bytes.length === 0) await store.write(asideKey(key), mark, { when: { ifMatch: current.etag } });
    },

    async *list() {
      const names = store.walk(asidePrefix);
      for await (const mark of mapAhead(names, ({ name }) => read(allDataPrefix + name), stepsAtOnce)) if (mark) yield mark;
    },

    free: async ({ etag, written: _, ...mark }) =>
      (await store.write(asideKey(mark.key), encode({ ...mark, state: 'freed' }), { when: { ifMatch: etag } })) !== undefined,

    drop: async (mark) => void (await drop(mark)),
  };
}

const encode = ({ size, state, version }: Mark): Uint8Array => Buffer.from(JSON.stringify({ size, state, version }));

function decode(key: string, bytes: Uint8Array): Mark {
  const { size, state, version } = fieldsOf(parseFields(bytes));
  if (!isCount(size) || !(state === 'aside' || state === 'freed') || !isString(version)) throw damaged(asideKey(key));
  return { key, size, state, version };
}
