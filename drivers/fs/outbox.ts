/**
 * Streams of entries and leases as files. A file has the entries that one instance has added at once, and its name says when, and which of
 * that instance's they are: so the place of a reader is, for each instance, how many of its entries it has had. Instances need not agree
 * on an order to add, and what comes late is missed by nobody. The files of an instance lie in segments, one after the other: a
 * reader lists those from where it stands, and what was read before costs nothing, however much is kept.
 */
import { mapConcurrently } from '../../lib/concurrency.ts';
import type { OutboxStore } from '../../lib/driver.ts';
import {
  type LeaseName,
  leaseDirectory,
  leaseKey,
  leaseStateKey,
  type OutboxName,
  type OutboxPlace,
  outboxDirectory,
  outboxKey,
  outboxSegment,
  outboxShare,
  parseLeaseName,
  parseOutboxName,
  parseOutboxSegment,
  parseOutboxShare,
} from '../tree/layout.ts';
import { placeExclusively, placeWithEntry, removeDirectory, removeUnsynced, renameUnsynced, write } from './changes.ts';
import { parentOf } from './directories.ts';
import { type Disk, listNames, read } from './disk.ts';
import { createKeyedMutex } from './mutex.ts';
import { orFault } from './system.ts';

/** How many files a segment has. A reader that waits at the end lists half of that on the average, for each instance. */
const filesPerSegment = 256;

/** The streams and leases of a disk. */
export function createOutboxStore(disk: Disk): OutboxStore {
  const writers = new Map<string, (entries: readonly Uint8Array[]) => Promise<void>>();
  /** One call of this instance at a time on each lease. */
  const leasing = createKeyedMutex();

  function createWriter(stream: string): (entries: readonly Uint8Array[]) => Promise<void> {
    let first = 0;
    let lastMs = 0;
    let segment: OutboxPlace = { addedMs: 0, first };
    let files = filesPerSegment;
    return gathered(async (entries) => {
      const share = outboxShare(stream, await disk.instances.register());
      // The clock may go back, and the entries of an instance keep their order.
      lastMs = Math.max(lastMs, Date.now());
      const name: OutboxName = { addedMs: lastMs, first, count: entries.length };
      if (files === filesPerSegment) [segment, files] = [name, 0];
      // Counted also if it fails: the file may be there all the same.
      files++;
      first += entries.length;
      await write(disk, outboxKey(outboxSegment(share, segment), name), framed(entries));
    });
  }

  /** What each instance has added to a stream: the names of the instances. */
  async function instancesOf(stream: string): Promise<string[]> {
    const names = await listNames(disk, outboxDirectory(stream));
    return names.flatMap((name) => parseOutboxShare(name) ?? []);
  }

  /** What is in a directory of an instance, in the order in which it was added. */
  async function listed<Name extends OutboxPlace>(
    directory: string,
    parse: (name: string) => Name | undefined,
    keyOf: (directory: string, name: Name) => string,
  ): Promise<(Name & Keyed)[]> {
    const names = [...(await listNames(disk, directory))].sort();
    return names.flatMap((text) => {
      const name = parse(text);
      return name ? [{ ...name, key: keyOf(directory, name) }] : [];
    });
  }

  const segmentsOf = (share: string) => listed(share, parseOutboxSegment, outboxSegment);
  const filesIn = (segment: string) => listed(segment, parseOutboxName, outboxKey);

  /** The files of an instance behind so many entries of it: enough for `limit` more, if there are. */
  async function listBehind(share: string, had: number, limit: number): Promise<OutboxFile[]> {
    const segments = await segmentsOf(share);
    const start = segments.findLastIndex(({ first }) => first <= had);
    const files: OutboxFile[] = [];
    let end = had;
    let room = limit;
    for (const { key } of segments.slice(Math.max(0, start))) {
      for (const file of await filesIn(key)) {
        if (endOf(file) <= end) continue;
        files.push(file);
        room -= endOf(file) - Math.max(end, file.first);
        end = endOf(file);
      }
      if (room <= 0) break;
    }
    return files;
  }

  /**
   * What {@link listBehind} gives, with no file missing before one that is there. A listing can have a file that was added meanwhile
   * without one that was added before it; listings that begin after that have both.
   */
  async function filesBehind(share: string, had: number, limit: number): Promise<OutboxFile[]> {
    const files = await listBehind(share, had, limit);
    const last = files.at(-1);
    if (last === undefined || !hasGap(files, had)) return files;
    return (await listBehind(share, had, limit)).filter(({ first }) => first <= last.first);
  }

  /** A page, as far as files that are listed now have one; `wasEnd` if none is. */
  async function readOnce(stream: string, had: Had, limit: number) {
    const instances = await instancesOf(stream);
    const next = new Map(instances.map((instance) => [instance, had.get(instance) ?? 0]));
    const found = await mapConcurrently([...next], async ([instance, place]) => {
      const files = await filesBehind(outboxShare(stream, instance), place, limit);
      return files.map((file) => ({ ...file, instance }));
    });
    // Those of an instance stay in their order: the time of each is at least that of the one before.
    const files = found.flat().sort((one, other) => one.addedMs - other.addedMs);
    const parts: { readonly key: string; readonly from: number; readonly to: number }[] = [];
    let room = limit;
    for (const { key, instance, first, count } of files) {
      if (room === 0) break;
      const from = Math.max(0, (next.get(instance) ?? 0) - first);
      const to = Math.min(count, from + room);
      parts.push({ key, from, to });
      room -= to - from;
      next.set(instance, first + to);
    }
    const taken = await mapConcurrently(parts, async ({ key, from, to }) =>
      unframed((await read(disk, key)) ?? new Uint8Array(0)).slice(from, to),
    );
    return { entries: taken.flat(), next, wasEnd: files.length === 0 };
  }

  /** Drops what an instance has added before a time. It adds to its last segment alone, and no time is before that of the one before. */
  async function trimShare(share: string, beforeMs: number): Promise<void> {
    const segments = await segmentsOf(share);
    for (const [index, { key, addedMs }] of segments.entries()) {
      if (addedMs >= beforeMs) return;
      const following = segments[index + 1];
      if (following && following.addedMs < beforeMs) {
        await removeDirectory(disk, key);
        continue;
      }
      for (const file of await filesIn(key)) if (file.addedMs < beforeMs) await removeUnsynced(disk, file.key);
      await removeIfEmpty(key);
    }
    await removeIfEmpty(share);
  }

  /** Its refusal is what keeps a directory that has something in it, which a writer may have added just now. */
  async function removeIfEmpty(directory: string): Promise<void> {
    await disk.fs.rmdir(disk.pathOf(directory)).catch(() => undefined);
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
      let had: Had = new Map(Object.entries(after === undefined ? {} : parsePlace(after)));
      for (;;) {
        const { entries, next, wasEnd } = await readOnce(stream, had, limit);
        // Where all files of a page were dropped or damaged meanwhile, others may follow.
        if (entries.length > 0 || wasEnd) return { entries, next: JSON.stringify(Object.fromEntries(next)) };
        had = next;
      }
    },

    async trim(stream, before) {
      for (const instance of await instancesOf(stream)) await trimShare(outboxShare(stream, instance), before.getTime());
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

interface Keyed {
  readonly key: string;
}

/** A file of a stream, and what its name says. */
type OutboxFile = OutboxName & Keyed;

/** How many entries of each instance a reader has had. */
type Had = ReadonlyMap<string, number>;

/** How many entries an instance had added with the file. */
const endOf = ({ first, count }: OutboxName): number => first + count;

/** Whether entries of an instance are missing before others of it. */
function hasGap(files: readonly OutboxFile[], had: number): boolean {
  return files.some(({ first }, index) => {
    const before = files[index - 1];
    return first > (before ? endOf(before) : had);
  });
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
