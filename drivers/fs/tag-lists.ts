/**
 * The sorted tags of repositories, gathered once and then kept up to date. The kept list is given while its directory shows no change.
 * A change by this driver is entered into the list, where the driver is alone at the directory from the gathering on: then all that the
 * directory shows is its own. Where others write too, the list is gathered again after each change.
 *
 * What is entered is not what a call has done but what a look shows after it: of calls that overlap, the last one's look comes after all
 * of them.
 */
import { posix } from 'node:path';
import type { Tag } from '../../lib/driver.ts';
import { decodeTag } from '../tree/layout.ts';
import type { SortedNames } from '../tree/sorted-names.ts';
import { parentOf } from './directories.ts';
import { type Disk, statsOf, syncAbsence } from './disk.ts';
import { gatherNames } from './gathering.ts';
import { createKeyedMutex } from './mutex.ts';
import { isSame, isSettled } from './read-cache.ts';
import { scanPortions } from './scanning.ts';
import { type Alone, createSolitude } from './solitude.ts';

/** The tags of a repository, as they are kept. */
export interface TagList {
  /** Undefined if they are too many to be kept. */
  readonly tags: SortedNames<Tag> | undefined;
  /** The time in which this driver is alone and its changes are entered; undefined where it was not when the list was gathered. */
  readonly alone: Alone | undefined;
}

/** The lists of tags of a disk. Directories are keys. */
export interface TagLists {
  /** All tags whose directories are in this one; undefined where they are to be read page by page. */
  all(directory: string, signal?: AbortSignal): Promise<SortedNames<Tag> | undefined>;
  /** Runs what makes or removes the directory of a tag, whoever does that, and enters what became of it. */
  change<T>(tagDirectory: string, work: () => Promise<T>): Promise<T>;
}

/** A list that is being gathered. */
interface Gathering {
  readonly directory: string;
  readonly done: Promise<unknown>;
  /** The directories of tags that were changed meanwhile. */
  readonly changed: Set<string>;
}

/** The tags whose directories are in this one, in portions as it is read; perhaps more than once. */
export async function* scanTags(disk: Disk, directory: string, signal?: AbortSignal): AsyncGenerator<readonly Tag[]> {
  // A manifest is deleted after its tags: the absence of a tag from this list has to survive a loss of power first.
  await syncAbsence(disk, directory);
  for await (const names of scanPortions(disk, directory)) {
    signal?.throwIfAborted();
    yield names.flatMap((name) => (name.endsWith('/') ? (decodeTag(name.slice(0, -1)) ?? []) : []));
  }
}

/** The lists of a disk; none is gathered yet. */
export function createTagLists(disk: Disk): TagLists {
  const { cache } = disk;
  const solitude = createSolitude(disk);
  /** How many directories of tags this driver makes or removes at this moment, by the directory that has them. */
  const changing = new Map<string, number>();
  /** One look after another is entered: what a later one shows is entered later. */
  const runExclusive = createKeyedMutex();
  /** One at a time is gathered: it takes much memory, and as much work as several pages. */
  let gathering: Gathering | undefined;

  function listAt(directory: string): TagList | undefined {
    const kept = cache.peek(directory);
    return kept && 'tags' in kept ? kept : undefined;
  }

  /** The list, if it has all changes that have ended. */
  async function find(directory: string): Promise<TagList | undefined> {
    const list = listAt(directory);
    // While this driver changes the directory, it looks different each time. That nobody else does is enough.
    if (list && changing.has(directory) && (await solitude.lasts(list.alone))) return list;
    const kept = await cache.find(directory);
    if (kept === undefined || !('tags' in kept)) return undefined;
    return kept.alone === undefined || (await solitude.lasts(kept.alone)) ? kept : undefined;
  }

  /** The tags that are in the directory from now on, and those of its changes that end meanwhile; the list is kept if it can be. */
  async function gather(
    directory: string,
    changed: ReadonlySet<string>,
    signal?: AbortSignal,
  ): Promise<SortedNames<Tag> | undefined> {
    const alone = await solitude.begin();
    const lookedMs = Date.now();
    const before = await statsOf(disk, directory);
    if (before === undefined || !(alone || isSettled(before, lookedMs))) return undefined;
    const tags = await gatherNames(scanTags(disk, directory, signal), cache);
    await runExclusive(directory, async () => {
      for (const tagDirectory of changed) await enter(tags, tagDirectory);
      const after = await statsOf(disk, directory);
      const isOwn = changed.size > 0 || changing.has(directory);
      const isExact = after !== undefined && (isOwn || isSame(before, after)) && (await solitude.lasts(alone));
      // Whether tags are too many is found anew after each change: there may be fewer by then.
      if (isExact && tags) cache.keep(directory, { tags, alone }, after, Number.POSITIVE_INFINITY);
      else cache.keep(directory, { tags, alone: undefined }, before, lookedMs);
    });
    return tags;
  }

  /** Enters into the list whether a tag has a directory now. */
  async function enter(tags: SortedNames<Tag> | undefined, tagDirectory: string): Promise<void> {
    const tag = decodeTag(posix.basename(tagDirectory));
    const stats = await statsOf(disk, tagDirectory);
    if (tag === undefined || tags === undefined) return;
    if (stats === undefined) tags.delete(tag);
    else tags.add(tag);
  }

  /** Enters a change that has ended into the list that is kept, or lets go of the list. */
  async function enterKept(directory: string, tagDirectory: string): Promise<void> {
    const list = listAt(directory);
    if (list?.alone === undefined) return;
    try {
      await enter(list.tags, tagDirectory);
      const stats = await statsOf(disk, directory);
      if (stats !== undefined && (await solitude.lasts(list.alone))) return cache.renew(directory, stats);
    } catch {
      // The change itself has ended well. What is wrong is reported by those who read the directory, as the list is no longer kept.
    }
    cache.drop(directory);
  }

  return {
    async all(directory, signal) {
      // As for a scan: the sync of a deletion may have failed after its absence was entered.
      await syncAbsence(disk, directory);
      const list = await find(directory);
      if (list || cache.largest === 0) return list?.tags;
      if (gathering) {
        if (gathering.directory !== directory) return undefined;
        // Its failure is reported to the one who gathers; here the directory is read.
        await gathering.done.catch(() => undefined);
        return (await find(directory))?.tags;
      }
      const changed = new Set<string>();
      const done = gather(directory, changed, signal);
      gathering = { directory, done, changed };
      try {
        return await done;
      } finally {
        gathering = undefined;
      }
    },

    async change(tagDirectory, work) {
      const directory = parentOf(tagDirectory);
      // Others tell by the record of this instance that their lists may have changed.
      await disk.instances.register();
      // What others have changed shows now, and would not behind a change of this driver.
      if (!changing.has(directory)) await cache.find(directory);
      changing.set(directory, (changing.get(directory) ?? 0) + 1);
      try {
        return await work();
      } finally {
        if (gathering?.directory === directory) gathering.changed.add(tagDirectory);
        await runExclusive(directory, () => enterKept(directory, tagDirectory));
        const others = (changing.get(directory) ?? 0) - 1;
        if (others > 0) changing.set(directory, others);
        else changing.delete(directory);
      }
    },
  };
}
