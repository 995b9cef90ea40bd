/**
 * The trash of each repository: a directory for each time that things were discarded with, and below that the same keys. To discard an item is to
 * rename its file, and so is to bring it back: of a look and a removal, one finds the file. Most repositories have no trash, and a look
 * that misses costs a look at the directory that is not there.
 */
import { mapConcurrently } from '../../lib/concurrency.ts';
import { parseTrashTime, trashDirectory, trashOf, trashTimeName } from '../tree/layout.ts';
import type { Trash } from '../tree/trash.ts';
import { moveUnsynced, remove, syncEmptied, syncParent } from './changes.ts';
import { parentOf } from './directories.ts';
import { type Disk, listNames, stat, statsOf } from './disk.ts';

/** The trash of a disk, as its objects use it. */
export interface FsTrash extends Trash {
  /** The times with which was discarded what lies in the directory of a trash, the latest first. */
  times(directory: string): Promise<readonly Date[]>;
  /** Brings the item back if it lies there. False if the trash of its repository has nothing at all. */
  fetch(key: string): Promise<boolean>;
}

/** The trash of a disk. */
export function createTrash(disk: Disk): FsTrash {
  const timesOf = createTimes(disk);

  /** The places in the trash at which an item can be, the latest time first. */
  async function placesOf(key: string): Promise<readonly { readonly place: string; readonly at: Date }[]> {
    const trash = trashOf(key);
    if (trash === undefined) return [];
    const times = await timesOf(trash.directory);
    return times.map((at) => ({ at, place: placeOf(trash, at) }));
  }

  /** Brings an item back that is in one of these places. False if it is in none. */
  async function bringBackFrom(places: readonly { readonly place: string }[], key: string): Promise<boolean> {
    for (const { place } of places) {
      if (!(await stat(disk, place)) || !(await moveUnsynced(disk, place, key))) continue;
      await syncParent(disk, key);
      await disk.directories.prune(parentOf(place));
      return true;
    }
    return false;
  }

  return {
    times: async (directory) => timesOf(directory),

    holds: async (repo) => (await timesOf(trashDirectory(repo))).length > 0,

    async find(key) {
      for (const { place, at } of await placesOf(key)) if (await stat(disk, place)) return { place, at };
      return undefined;
    },

    async put(key, at) {
      const trash = trashOf(key);
      if (trash === undefined) return false;
      const place = placeOf(trash, at);
      // Only what is there may make directories.
      if (!(await stat(disk, key)) || !(await moveUnsynced(disk, key, place))) return false;
      // Its new name first: a loss of power between the two leaves it in both places, and not in none.
      await syncParent(disk, place);
      await syncEmptied(disk, parentOf(key));
      return true;
    },

    bringBack: async (key) => bringBackFrom(await placesOf(key), key),

    async fetch(key) {
      const places = await placesOf(key);
      await bringBackFrom(places, key);
      return places.length > 0;
    },

    async drop(key, before) {
      const due = (await placesOf(key)).filter(({ at }) => before === undefined || at < before);
      const dropped = await mapConcurrently(
        due,
        async ({ place }) => (await stat(disk, place)) !== undefined && remove(disk, place),
      );
      return dropped.includes(true);
    },
  };
}

const placeOf = ({ directory, item }: { readonly directory: string; readonly item: string }, at: Date): string =>
  `${directory}/${trashTimeName(at)}/${item}`;

/**
 * What gives the times of a trash, the latest first. Of many that ask at once, those that come while a listing is under way share the next
 * one: the names that one finds are those of a time after they asked.
 */
function createTimes(disk: Disk): (directory: string) => Promise<readonly Date[]> {
  const underWay = new Map<string, Promise<unknown>>();
  const next = new Map<string, Promise<readonly Date[]>>();

  async function list(directory: string): Promise<readonly Date[]> {
    // A look costs a third of a reading that fails.
    const names = (await statsOf(disk, directory)) ? await listNames(disk, directory) : [];
    const times = names.flatMap((name) => parseTrashTime(name) ?? []);
    return times.sort((one, other) => other.getTime() - one.getTime());
  }

  function begin(directory: string): Promise<readonly Date[]> {
    const listing = list(directory);
    const ended = listing.then(
      () => undefined,
      () => undefined,
    );
    underWay.set(directory, ended);
    void ended.then(() => {
      if (underWay.get(directory) === ended) underWay.delete(directory);
    });
    return listing;
  }

  return (directory) => {
    const current = underWay.get(directory);
    if (current === undefined) return begin(directory);
    const waiting = next.get(directory);
    if (waiting) return waiting;
    const listing = current.then(() => {
      next.delete(directory);
      return begin(directory);
    });
    next.set(directory, listing);
    return listing;
  };
}

/**
 * How often the two places are looked at in which an item can be. It is in one of them all the time, and may move to the other one between two
 * looks: by whoever else looks for it, and back by a collection. To be missed, it has to move to and fro between each two looks.
 */
export const mostLooks = 3;

/** What was missed, looked for in the trash and again in its place: it is brought back, or somebody else has just done so. */
export async function lookAgain<T>(
  trash: Pick<FsTrash, 'fetch'>,
  key: string,
  missed: T,
  look: () => Promise<T>,
  isFound: (value: T) => boolean,
): Promise<T> {
  let found = missed;
  for (let looks = 0; looks < mostLooks && !isFound(found); looks++) {
    const hadAny = await trash.fetch(key);
    found = await look();
    if (!hadAny) break;
  }
  return found;
}
