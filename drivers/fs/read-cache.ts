/**
 * A read cache, an LRU with a bound in bytes, of tags, lists of tags, manifests and small blobs. What was kept is given only while a look at the file or
 * directory shows what it showed then: inode, size, and both times. So nothing has to be told of changes, whichever process made them.
 *
 * What was changed a moment before it was read is not kept: the clock that systems stamp files with moves in ticks, and a second change
 * within the same tick does not show. (Git calls such a file racily clean.)
 */
import type { SortedNames } from '../tree/sorted-names.ts';
import type { Pointer } from '../tree/tags.ts';
import { createPace } from './pace.ts';
import { type FileSystem, type SystemStats, undefinedIfMissing } from './system.ts';
import type { TagList } from './tag-lists.ts';

/** The names of a directory, sorted; undefined if they are too many to be kept. */
export interface NameList {
  readonly names: SortedNames<string> | undefined;
}

/**
 * What can be kept: the bytes of a file, where a tag points, the tags of a repository, or the names of a directory. They are shared: only
 * lists of tags may be changed.
 */
export type Kept = Uint8Array | Pointer | TagList | NameList;

/** What was read a while ago, and is still there. Keys are those of files and of the directories of tags. */
export interface ReadCache {
  /** The most bytes that a file may have to be kept; 0 if nothing is. */
  readonly largest: number;
  /** The most bytes that a list may have. */
  readonly largestList: number;
  /** What is kept under the key and is still there. Undefined where it has to be read. Throws a `StorageFault` if the look fails. */
  find(key: string): Kept | undefined | Promise<Kept | undefined>;
  /** What is kept under the key, perhaps no longer there. */
  peek(key: string): Kept | undefined;
  /** Keeps on what is kept under the key, changed to what the file or directory is now, with these stats. */
  renew(key: string, stats: SystemStats): void;
  /** Lets go of what is kept under the key. */
  drop(key: string): void;
  /**
   * Keeps a value that was read after the look that gave these stats, which began at `lookedMs` by `Date.now`; infinite where it is known
   * that nothing else changes the file or directory.
   */
  keep(key: string, value: Kept, stats: SystemStats, lookedMs: number): void;
}

/** The most bytes of one file. */
const largestFile = 64 * 1024;
/** What an entry costs beside its value and its names, in bytes, about. */
const overhead = 512;
/** How old a change must be before what follows it is known to show. The ticks of systems have 1 to 16 ms. */
const tickMs = 50;
/** The same on file systems that stamp in whole seconds, or in two. */
const coarseTickMs = 3_000;

interface Entry {
  readonly path: string;
  readonly value: Kept;
  look: Look;
  bytes: number;
}

/** What tells a file or directory from another one, or from itself after a change. All else that a system tells takes more memory. */
type Look = { readonly [K in 'mtimeMs' | 'ctimeMs' | 'ino' | 'size']: SystemStats[K] | undefined };

/** A cache of at most `maxBytes`; `pathOf` turns keys into absolute paths. */
export function createReadCache(fs: FileSystem, pathOf: (key: string) => string, maxBytes: number): ReadCache {
  /** From the least recently used on. */
  const entries = new Map<string, Entry>();
  const { statSync } = fs;
  const pace = createPace();
  let total = 0;

  function remove(key: string, entry: Entry): void {
    if (entries.get(key) !== entry) return;
    entries.delete(key);
    total -= entry.bytes;
  }

  /** What is kept, if the look showed that it is still there. */
  function check(key: string, entry: Entry, stats: SystemStats | undefined): Kept | undefined {
    if (stats === undefined || !isSame(entry.look, stats)) {
      remove(key, entry);
      return undefined;
    }
    // Another value may have been kept since the look began.
    if (entries.get(key) === entry) {
      entries.delete(key);
      entries.set(key, entry);
    }
    return entry.value;
  }

  function removeOldest(): void {
    for (const [oldest, entry] of entries) {
      if (total <= maxBytes) break;
      remove(oldest, entry);
    }
  }

  async function findSlowly(key: string, entry: Entry): Promise<Kept | undefined> {
    return check(key, entry, await undefinedIfMissing(`looking at ${key}`, fs.stat(entry.path)));
  }

  return {
    largest: Math.min(largestFile, maxBytes),
    largestList: maxBytes / 2,

    peek: (key) => entries.get(key)?.value,

    find(key) {
      const entry = entries.get(key);
      if (entry === undefined) return undefined;
      if (statSync === undefined || !pace.isFast()) return findSlowly(key, entry);
      try {
        return check(
          key,
          entry,
          pace.timed(() => statSync(entry.path)),
        );
      } catch {
        // The look that is made again tells what is wrong.
        return findSlowly(key, entry);
      }
    },

    keep(key, value, stats, lookedMs) {
      const path = pathOf(key);
      const bytes = bytesOf(key, path, value);
      if (bytes > maxBytes || !isSettled(stats, lookedMs)) return;
      const before = entries.get(key);
      if (before) remove(key, before);
      entries.set(key, { path, value, look: lookOf(stats), bytes });
      total += bytes;
      removeOldest();
    },

    renew(key, stats) {
      const entry = entries.get(key);
      if (entry === undefined) return;
      const bytes = bytesOf(key, entry.path, entry.value);
      total += bytes - entry.bytes;
      Object.assign(entry, { look: lookOf(stats), bytes });
      removeOldest();
    },

    drop(key) {
      const entry = entries.get(key);
      if (entry) remove(key, entry);
    },
  };
}

/** What an entry takes in memory, about. */
function bytesOf(key: string, path: string, value: Kept): number {
  return overhead + key.length + path.length + sizeOf(value);
}

function sizeOf(value: Kept): number {
  if (value instanceof Uint8Array) return value.length;
  if ('names' in value) return value.names?.bytes ?? 0;
  return 'tags' in value ? (value.tags?.bytes ?? 0) : 0;
}

/** What is kept of stats. */
function lookOf({ mtimeMs, ctimeMs, ino, size }: SystemStats): Look {
  return { mtimeMs, ctimeMs, ino, size };
}

/** Whether two looks showed the same file or directory, unchanged. */
export function isSame(one: Partial<Look>, other: SystemStats): boolean {
  return one.mtimeMs === other.mtimeMs && one.ctimeMs === other.ctimeMs && one.ino === other.ino && one.size === other.size;
}

/** Whether a change that follows the look, which began at `lookedMs` by `Date.now`, is sure to show. What is not settled is not kept. */
export function isSettled({ mtimeMs, ctimeMs = mtimeMs }: SystemStats, lookedMs: number): boolean {
  const changedMs = Math.max(Number(mtimeMs), Number(ctimeMs));
  return lookedMs - changedMs > (changedMs % 1_000 === 0 ? coarseTickMs : tickMs);
}
