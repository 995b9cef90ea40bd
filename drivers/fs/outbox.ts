/**
 * Streams of entries and leases as files. A file has the entries that one instance has added at once, and its name says when, by whom and
 * which of that instance's they are: so the place of a reader is, for each instance, how many of its entries it has had. Instances need
 * not agree on an order to add, and what comes late is missed by nobody.
 */
import type { OutboxStore } from '../../lib/driver.ts';
import {
  type LeaseName,
  leaseDirectory,
  leaseKey,
  leaseStateKey,
  type OutboxName,
  outboxDirectory,
  outboxKey,
  parseLeaseName,
  parseOutboxName,
} from '../tree/layout.ts';
import { placeExclusively, placeWithEntry, removeUnsynced, renameUnsynced, write } from './changes.ts';
import { parentOf } from './directories.ts';
import { type Disk, listNames, read } from './disk.ts';
import { createKeyedMutex } from './mutex.ts';
import { orFault } from './system.ts';

/** The streams and leases of a disk. */
export function createOutboxStore(disk: Disk): OutboxStore {
  const writers = new Map<string, (entries: readonly Uint8Array[]) => Promise<void>>();
  /** One call of this instance at a time on each lease. */
  const leasing = createKeyedMutex();

  function createWriter(stream: string): (entries: readonly Uint8Array[]) => Promise<void> {
    let first = 0;
    let lastMs = 0;
    return gathered(async (entries) => {
      await disk.instances.register();
      // The clock may go back, and the entries of an instance keep their order.
      lastMs = Math.max(lastMs, Date.now());
      const name: OutboxName = { addedMs: lastMs, instance: disk.instances.id, first, count: entries.length };
      // Counted also if it fails: the file may be there all the same.
      first += entries.length;
      await write(disk, outboxKey(stream, name), framed(entries));
    });
  }

  async function filesOf(stream: string): Promise<OutboxFile[]> {
    const names = [...(await listNames(disk, outboxDirectory(stream)))].sort();
    return names.flatMap((text) => {
      const name = parseOutboxName(text);
      return name ? [{ key: outboxKey(stream, name), name }] : [];
    });
  }

  /**
   * The files of a stream for a reader who has had so many entries of each instance: none is missing before one that is there. A
   * listing can have a file that was added meanwhile without one that was added before it; a listing that begins after that has both.
   */
  async function filesBehind(stream: string, had: Had, limit: number): Promise<OutboxFile[]> {
    const files = await filesOf(stream);
    if (!hasGap(files, had, limit)) return files;
    const last = new Map(files.map(({ name }) => [name.instance, name.first]));
    return (await filesOf(stream)).filter(({ name }) => name.first <= (last.get(name.instance) ?? -1));
  }

  async function currentOf(lease: string): Promise<LeaseName | undefined> {
    const names = await listNames(disk, leaseDirectory(lease));
    return names.map(parseLeaseName).find((name) => name !== undefined);
  }

  /** Makes a lease that nobody ever had. False if another was faster. */
  function make(lease: string, first: LeaseName): Promise<boolean> {
    const directory = leaseDirectory(lease);
    const place = async (staged: string): Promise<boolean> => {
      if (await currentOf(lease)) return false;
      try {
        await disk.directories.within(parentOf(directory), () => disk.fs.rename(disk.pathOf(staged), disk.pathOf(directory)));
        return true;
      } catch (error) {
        // A directory that is not empty is not renamed over: what the refusal is called differs from system to system.
        if (await currentOf(lease)) return false;
        throw error;
      }
    };
    const making = placeWithEntry(
      disk,
      (staged) => leaseKey(staged, first),
      (staged) => placeExclusively(disk.pathOf(directory), () => place(staged)),
    );
    return orFault(`making ${directory}`, making);
  }

  /** Takes the lease, or keeps it: its name is its state, so that of several one succeeds. */
  async function take(lease: string, holder: string, untilMs: number): Promise<boolean> {
    const next = { holder, untilMs };
    const current = await currentOf(lease);
    if (current === undefined) return make(lease, next);
    if (current.holder !== holder && current.untilMs > Date.now()) return false;
    const directory = leaseDirectory(lease);
    return renameUnsynced(disk, leaseKey(directory, current), leaseKey(directory, next));
  }

  return {
    async append(stream, entries) {
      if (entries.length === 0) return;
      const writer = writers.get(stream) ?? createWriter(stream);
      writers.set(stream, writer);
      await writer(entries);
    },

    async read(stream, after, limit) {
      const had = new Map(Object.entries(after === undefined ? {} : parsePlace(after)));
      const next = new Map<string, number>();
      const entries: Uint8Array[] = [];
      for (const { key, name } of await filesBehind(stream, had, limit)) {
        const { instance, first, count } = name;
        const place = next.get(instance) ?? had.get(instance) ?? 0;
        next.set(instance, place);
        if (first + count <= place || entries.length === limit) continue;
        const taken = unframed((await read(disk, key)) ?? new Uint8Array(0)).slice(Math.max(0, place - first), count);
        const room = limit - entries.length;
        entries.push(...taken.slice(0, room));
        next.set(instance, taken.length > room ? first + count - (taken.length - room) : first + count);
      }
      return { entries, next: JSON.stringify(Object.fromEntries(next)) };
    },

    async trim(stream, before) {
      for (const { key, name } of await filesOf(stream)) {
        if (name.addedMs < before.getTime()) await removeUnsynced(disk, key);
      }
    },

    lease: (name, holder, milliseconds, state) =>
      leasing(name, async () => {
        await disk.instances.register();
        if (!(await take(name, holder, Date.now() + milliseconds))) return undefined;
        const key = leaseStateKey(name);
        if (state !== undefined) await write(disk, key, state);
        return { state: state ?? (await read(disk, key)) };
      }),
  };
}

/** A file of a stream, and what its name says. */
interface OutboxFile {
  readonly key: string;
  readonly name: OutboxName;
}

/** How many entries of each instance a reader has had. */
type Had = ReadonlyMap<string, number>;

/** Whether the next entries of an instance are missing before others of it, in what a page of so many would take. */
function hasGap(files: readonly OutboxFile[], had: Had, limit: number): boolean {
  const ends = new Map(had);
  let room = limit;
  for (const { name } of files) {
    const { instance, first, count } = name;
    const end = ends.get(instance) ?? 0;
    if (first + count <= end) continue;
    if (first > end) return true;
    room -= first + count - end;
    if (room <= 0) return false;
    ends.set(instance, first + count);
  }
  return false;
}

/** While one call of `put` runs, what is added waits, and goes with one next call: many that come at once share a sync. */
function gathered(put: (entries: readonly Uint8Array[]) => Promise<void>): (entries: readonly Uint8Array[]) => Promise<void> {
  let waiting: { readonly entries: Uint8Array[]; readonly done: Promise<void> } | undefined;
  let last: Promise<unknown> = Promise.resolve();
  return (added) => {
    if (waiting === undefined) {
      const entries: Uint8Array[] = [];
      const done = last.then(() => {
        waiting = undefined;
        return put(entries);
      });
      waiting = { entries, done };
      // Its failure is that of those who wait for it.
      last = done.catch(() => undefined);
    }
    waiting.entries.push(...added);
    return waiting.done;
  };
}

function parsePlace(after: string): Readonly<Record<string, number>> {
  return JSON.parse(after);
}

/** Entries in one file: before each, four bytes with its length. */
function framed(entries: readonly Uint8Array[]): Uint8Array {
  return Buffer.concat(
    entries.flatMap((entry) => {
      const length = Buffer.alloc(4);
      length.writeUInt32BE(entry.length);
      return [length, entry];
    }),
  );
}

/** The entries in a file. Of one that a loss of power has cut, on a disk that is not durable, those that are whole. */
function unframed(bytes: Uint8Array): Uint8Array[] {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const entries: Uint8Array[] = [];
  for (let start = 0; start + 4 <= buffer.length; ) {
    const end = start + 4 + buffer.readUInt32BE(start);
    if (end > buffer.length) break;
    entries.push(buffer.subarray(start + 4, end));
    start = end;
  }
  return entries;
}
