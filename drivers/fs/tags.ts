/**
 * Tags as directories, each with one empty file whose name is the value: the digest and a random version. To move a tag is to rename
 * that file, which is a compare-and-swap: where the tag points elsewhere by now, there is no such name. So there is no lock, and a
 * writer that was slow, or was taken for dead, changes nothing that is not what it read.
 *
 * A tag is created with its entry in it, by the rename of a directory, which does not replace one that has an entry. It is deleted by
 * an unlink, which is the compare-and-swap, and an rmdir. What a death leaves between the two is an empty directory: no tag.
 */
import { mapAhead } from '../../lib/concurrency.ts';
import { type RepositoryName, StorageFault, type Tag } from '../../lib/driver.ts';
import { parsePointerName, pointerDirectory, pointerName, pointersPrefix } from '../tree/layout.ts';
import { distinct } from '../tree/listings.ts';
import { damaged, newPointer, versionBytes } from '../tree/records.ts';
import { sortedPortions } from '../tree/sorting.ts';
import type { Pointer, PointingTag, Tags } from '../tree/tags.ts';
import { placeExclusively, placeWithEntry, removeUnsynced, syncDirectory, syncEmptied } from './changes.ts';
import { type Disk, listNamesIfThere, statsOf, syncAbsence, syncDirectoryOnce } from './disk.ts';
import { codeOf, isMissing, orFault, undefinedIfMissing } from './system.ts';
import { scanTags, type TagLists } from './tag-lists.ts';

/** How often a tag without an entry, or with two, is looked at again: not every file system shows a rename in one step. */
const maxLooks = 3;
/** How often a tag is written over that is another one each time. */
const maxAttempts = 100;
/** The refusals of a call on a directory that is not empty. */
const notEmpty: ReadonlySet<string> = new Set(['ENOTEMPTY', 'EEXIST']);

/** The tags of a disk and the lists of them; `convert` is waited for before anything is done with one, and converts a tree of an earlier release. */
export function createTags(disk: Disk, lists: TagLists, convert: () => Promise<void>): Tags {
  const { cache } = disk;

  /** The names in the directory of a tag: one, unless the tag is damaged. None if it is empty; undefined if there is no tag. */
  async function look(directory: string): Promise<readonly string[] | undefined> {
    for (let looks = 1; ; looks++) {
      const names = (await listNamesIfThere(disk, directory))?.filter((name) => !isForeign(name));
      if (names === undefined || names.length === 1 || looks === maxLooks) return names;
    }
  }

  /** Removes the directory of a tag that has nothing in it but what others put there. False where it is left. */
  async function removeForeign(directory: string): Promise<boolean> {
    const names = (await listNamesIfThere(disk, directory)) ?? [];
    if (names.length === 0 || !names.every(isForeign)) return false;
    for (const name of names) {
      const path = disk.pathOf(`${directory}/${name.replace('/', '')}`);
      // What cannot be removed, or went by itself, shows in what becomes of the directory.
      await disk.fs.rm(path, { recursive: true, maxRetries: 3, retryDelay: 10 }).catch(() => undefined);
    }
    const removal = disk.fs.rmdir(disk.pathOf(directory));
    return removal.then(() => true).catch(() => false);
  }

  /** Points a tag that has this entry at another one. False if it has no such entry. */
  async function move(directory: string, from: string, to: string): Promise<boolean> {
    const renaming = disk.fs.rename(disk.pathOf(`${directory}/${from}`), disk.pathOf(`${directory}/${to}`)).then(() => true);
    if ((await undefinedIfMissing(`writing ${directory}`, renaming)) === undefined) return false;
    await syncDirectory(disk, directory);
    return true;
  }

  /** Creates a tag with this entry. False if there is one. */
  function create(directory: string, entry: string): Promise<boolean> {
    const place = (staged: string): Promise<boolean> =>
      disk.directories.place(staged, directory, () =>
        placeExclusively(disk.pathOf(directory), () => replaceEmpty(staged, directory)),
      );
    const making = (): Promise<boolean> => placeWithEntry(disk, (staged) => `${staged}/${entry}`, place);
    return orFault(`writing ${directory}`, lists.change(directory, making));
  }

  /** Renames a directory, over an empty one if need be. False if there is one that is not empty. */
  async function replaceEmpty(staged: string, directory: string): Promise<boolean> {
    const path = disk.pathOf(directory);
    if (await statsOf(disk, directory)) {
      try {
        // Not every system renames over an empty directory.
        await disk.fs.rmdir(path);
      } catch (error) {
        if (notEmpty.has(codeOf(error)) && !(await removeForeign(directory))) return false;
      }
    }
    try {
      await disk.fs.rename(disk.pathOf(staged), path);
      return true;
    } catch (error) {
      if (notEmpty.has(codeOf(error))) return false;
      // A system that renames over no directory refuses with other codes.
      if (!isMissing(error) && (await look(directory))?.length) return false;
      throw error;
    }
  }

  /** Points the tag at an entry, whatever it is now; a tag that is there only after `durable`. */
  async function overwrite(directory: string, entry: string, durable: Promise<void> | undefined): Promise<void> {
    // Most tags are new. To look whether there is a directory is cheaper than to read it.
    if (!(await statsOf(disk, directory)) && (await create(directory, entry))) return;
    await durable;
    for (let attempt = 0; attempt < maxAttempts; attempt++) {
      const [first, ...surplus] = (await look(directory)) ?? [];
      for (const name of surplus) await removeUnsynced(disk, `${directory}/${name}`);
      if (first === undefined ? await create(directory, entry) : await move(directory, first, entry)) return;
    }
    throw new StorageFault('busy', `${directory} is another one at each look, or has something in it that cannot be removed`);
  }

  /** Removes these entries, and then the tag. False if there was none of them. */
  async function removeEntries(directory: string, names: readonly string[]): Promise<boolean> {
    // What cannot be registered fails before anything is removed.
    await disk.instances.register();
    let removed = false;
    try {
      for (const name of names) removed = (await removeUnsynced(disk, `${directory}/${name}`)) || removed;
    } catch (error) {
      // The unlink may have succeeded, and this failure skips the fsync that would follow: the next reader has to sync.
      disk.directories.forget(directory);
      throw error;
    }
    if (removed) await prune(directory);
    return removed;
  }

  /** Removes the directory of a tag if there is no entry in it, and syncs that. */
  async function prune(directory: string): Promise<void> {
    await lists.change(directory, async () => {
      const left = await syncEmptied(disk, directory);
      if (left === directory && (await removeForeign(directory))) await syncEmptied(disk, directory);
    });
  }

  /** The tags of the repository, as its directory is read. */
  async function* tagsOf(repo: RepositoryName, signal?: AbortSignal): AsyncGenerator<Tag> {
    for await (const tags of scanTags(disk, directoryOf(repo), signal)) yield* tags;
  }

  return {
    async read(repo, tag) {
      await convert();
      const directory = pointerDirectory(repo, tag);
      const kept = await cache.find(directory);
      if (kept && 'digest' in kept) return kept;
      const lookedMs = Date.now();
      const stats = cache.largest > 0 ? await statsOf(disk, directory) : undefined;
      const names = await look(directory);
      // A deletion that was interrupted: its directory would be listed as a tag until it is repeated. Where nothing can be written that
      // stays so, and it is no tag all the same.
      if (names?.length === 0) await prune(directory).catch(() => undefined);
      if (!names?.length || !(await syncDirectoryOnce(disk, directory))) return undefined;
      const pointer = decodeNames(directory, names);
      if (stats) cache.keep(directory, pointer, stats, lookedMs);
      return pointer;
    },

    async write(repo, tag, digest, expected) {
      await convert();
      const directory = pointerDirectory(repo, tag);
      const pointer = newPointer(digest, versionBytes);
      const entry = pointerName(pointer);
      return (await (expected ? move(directory, pointerName(expected), entry) : create(directory, entry))) ? pointer : undefined;
    },

    async overwrite(repo, tag, digest, durable) {
      await convert();
      const pointer = newPointer(digest, versionBytes);
      await overwrite(pointerDirectory(repo, tag), pointerName(pointer), durable);
      return pointer;
    },

    async remove(repo, tag, expected) {
      await convert();
      const directory = pointerDirectory(repo, tag);
      if (expected) return removeEntries(directory, [pointerName(expected)]);
      for (;;) {
        const names = await look(directory);
        if (names && (await removeEntries(directory, names))) return true;
        if (names?.length) continue;
        // Another process may have removed the tag, and failed or died before its fsync.
        await (names ? prune(directory) : syncAbsence(disk, directory));
        return false;
      }
    },

    async list(repo, { after = '', limit }, signal) {
      await convert();
      const kept = await lists.all(directoryOf(repo), signal);
      if (kept) return kept.page({ after, limit });
      return sortedPortions(tagsAfter(scanTags(disk, directoryOf(repo), signal), after), limit);
    },

    async *pointingAt(repo, digest, signal) {
      const read = async (tag: Tag): Promise<PointingTag | undefined> => {
        const directory = pointerDirectory(repo, tag);
        const names = await look(directory);
        // A deletion that was interrupted: whoever repeats it has to know that the tag stays away.
        if (names?.length === 0) await prune(directory);
        const pointer = names && parseNames(names);
        return pointer?.digest === digest ? { tag, pointer } : undefined;
      };
      for await (const found of mapAhead(distinct(tagsOf(repo, signal)), read)) if (found) yield found;
    },
  };
}

/** Whether a file manager, or the system of a network drive, put a name there. Entries are files, and begin otherwise. */
const isForeign = (name: string): boolean => /^[.@]|\/$/.test(name);

/** The tag with these entries; undefined if it is damaged. */
function parseNames(names: readonly string[]): Pointer | undefined {
  const [pointer, another] = names.map(parsePointerName).filter((found) => found !== undefined);
  return another === undefined ? pointer : undefined;
}

/** The tag with these entries. Throws a `StorageFault` if it is damaged. */
function decodeNames(directory: string, names: readonly string[]): Pointer {
  const pointer = parseNames(names);
  if (pointer === undefined) throw damaged(directory);
  return pointer;
}

/** The directory of all tags of a repository. */
function directoryOf(repo: RepositoryName): string {
  return pointersPrefix(repo).slice(0, -1);
}

/** The tags after a marker. */
async function* tagsAfter(portions: AsyncIterable<readonly Tag[]>, after: string): AsyncGenerator<readonly Tag[]> {
  for await (const tags of portions) yield tags.filter((tag) => tag > after);
}
