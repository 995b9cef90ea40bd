/** Small values as files: links, manifests and referrer entries. */
import type { Digest } from '../../lib/driver.ts';
import { contentKey, isBlobsPrefix, isItem, parseDigestPath } from '../tree/layout.ts';
import { keptAfter, repositoryItems } from '../tree/listings.ts';
import type { Objects, ValueStart } from '../tree/objects.ts';
import type { SortedNames } from '../tree/sorted-names.ts';
import { paced, sorted } from '../tree/sorting.ts';
import { remove, write } from './changes.ts';
import { type Disk, readCached, stat, statsOf, syncParentOnce } from './disk.ts';
import { gatherNames } from './gathering.ts';
import { createKeyedMutex } from './mutex.ts';
import { isSettled, type NameList } from './read-cache.ts';
import { scanNames, scanPortions } from './scanning.ts';
import { type FsTrash, lookAgain, mostLooks } from './trash.ts';

/** How many names are read at once of a directory of which one is needed. */
const few = 8;

/** What the names of keys are made of. Others were put there by hand, and cannot be kept in little memory. */
const nameOfKey = /^[!-~]+$/;

/** In how many places it is remembered what was found there. */
const maxRemembered = 10_000;

/** The files of a disk as objects. */
export function createObjects(disk: Disk): Objects {
  const runExclusive = createKeyedMutex();
  /** What was found last below a prefix: where it still is, nothing else has to be looked for. */
  const lastFound = new Map<string, Digest>();

  const { cache } = disk;
  /** The lists that are being gathered: each once, however many ask for it. */
  const gathering = new Map<string, Promise<unknown>>();

  async function findNames(directory: string): Promise<NameList | undefined> {
    const kept = await cache.find(directory);
    return kept && 'names' in kept ? kept : undefined;
  }

  async function gather(directory: string, portions: AsyncIterable<readonly string[]>): Promise<SortedNames<string> | undefined> {
    const lookedMs = Date.now();
    const stats = cache.largest > 0 ? await statsOf(disk, directory) : undefined;
    if (stats === undefined || !isSettled(stats, lookedMs)) return undefined;
    const names = await gatherNames(portions, cache);
    cache.keep(directory, { names }, stats, lookedMs);
    return names;
  }

  /** The names that a directory gives in these portions, sorted, as they are kept; undefined where they have to be scanned. */
  async function keptNames(
    directory: string,
    portions: () => AsyncIterable<readonly string[]>,
  ): Promise<SortedNames<string> | undefined> {
    const kept = await findNames(directory);
    if (kept) return kept.names;
    const underWay = gathering.get(directory);
    if (underWay) {
      // Its failure is reported to the one who gathers; here the directory is scanned.
      await underWay.catch(() => undefined);
      return (await findNames(directory))?.names;
    }
    const done = gather(directory, portions());
    gathering.set(directory, done);
    try {
      return await done;
    } finally {
      gathering.delete(directory);
    }
  }

  async function* namesIn(prefix: string, after = ''): AsyncGenerator<string> {
    for await (const name of scanNames(disk, prefix.slice(0, -1))) {
      if (name > after || (after.startsWith(name) && name.endsWith('/'))) yield name;
    }
  }

  async function* beyond(last: string, names: AsyncIterable<string>): AsyncGenerator<string> {
    for await (const name of names) if (name > last) yield name;
  }

  async function* keysIn(directory: string): AsyncGenerator<readonly string[]> {
    for await (const names of scanPortions(disk, directory)) yield names.filter((name) => nameOfKey.test(name));
  }

  async function* itemsIn(prefix: string): AsyncGenerator<readonly string[]> {
    for await (const names of scanPortions(disk, prefix.slice(0, -1))) {
      yield names.flatMap((name) => repositoryItems(prefix, name));
    }
  }

  /** Whether what was found under the digest counts: a link whose content a loss of power took holds nothing. */
  const counts = async (prefix: string, digest: Digest): Promise<boolean> =>
    !isBlobsPrefix(prefix) || (await stat(disk, contentKey(digest))) !== undefined;

  const has = async (key: string): Promise<boolean> => (await stat(disk, key)) !== undefined && syncParentOnce(disk, key);

  return {
    has,

    prefetch: disk.cache.largest > 0 ? async (key) => (await readCached(disk, key, 0)) !== undefined : has,

    get: async (key) => (await readCached(disk, key, Number.POSITIVE_INFINITY))?.bytes,

    getStart: (key, length) => readCached(disk, key, length),

    put: (key, value) => runExclusive(key, () => write(disk, key, value)),

    putWhile: (key, value, meanwhile) => runExclusive(key, () => write(disk, key, value, meanwhile)),

    delete: (key) => runExclusive(key, () => remove(disk, key)),

    // Where the names are not kept, no more of a long directory is sorted than is wanted; whoever takes more has it read again.
    async *list(prefix, after = '', wanted = Number.POSITIVE_INFINITY) {
      const directory = prefix.slice(0, -1);
      const kept = await keptNames(directory, () => keysIn(directory));
      if (kept) return yield* keptAfter(kept, after);
      for (let names = namesIn(prefix, after); ; ) {
        const portion = await sorted(names, wanted);
        yield* paced(portion);
        const last = portion.at(-1);
        if (last === undefined || portion.length < wanted) return;
        names = beyond(last, namesIn(prefix, last));
      }
    },

    async *scan(prefix, after) {
      for await (const name of namesIn(prefix, after)) yield { name };
    },

    keptItems: (prefix) => keptNames(prefix.slice(0, -1), () => itemsIn(prefix)),

    async holds(prefix) {
      const last = lastFound.get(prefix);
      if (last && (await stat(disk, prefix + last.replace(':', '/'))) && (await counts(prefix, last))) return true;
      lastFound.delete(prefix);
      for await (const algorithm of scanNames(disk, prefix.slice(0, -1), few)) {
        for await (const hex of scanNames(disk, (prefix + algorithm).slice(0, -1), few)) {
          const digest = parseDigestPath(algorithm.slice(0, -1), hex);
          if (digest === undefined || !(await counts(prefix, digest))) continue;
          lastFound.set(prefix, digest);
          for (const oldest of lastFound.keys()) {
            if (lastFound.size <= maxRemembered) break;
            lastFound.delete(oldest);
          }
          return true;
        }
      }
      return false;
    },
  };
}

/** The objects of a disk, among which those that lie in the trash are found, too, and are brought back with that. */
export function withTrash(objects: Objects, trash: FsTrash): Objects {
  const inBoth = async <T>(key: string, look: () => Promise<T>, isFound: (value: T) => boolean): Promise<T> => {
    const found = await look();
    return isFound(found) ? found : lookAgain(trash, key, found, look, isFound);
  };
  const isThere = (value: ValueStart | Uint8Array | undefined): boolean => value !== undefined;
  return {
    ...objects,
    has: (key) => inBoth(key, () => objects.has(key), Boolean),
    prefetch: (key) => inBoth(key, () => objects.prefetch(key), Boolean),
    get: (key) => inBoth(key, () => objects.get(key), isThere),
    getStart: (key, length) => inBoth(key, () => objects.getStart(key, length), isThere),
    // Once in each place, and no more than that: what is pushed again meanwhile stays. A copy may lie in the trash that was discarded before the item was
    // pushed again. Where it is in neither place, it may have moved between the two looks.
    async delete(key) {
      if (!isItem(key)) return objects.delete(key);
      for (let looks = 0; looks < mostLooks; looks++) {
        const dropped = await trash.drop(key);
        const deleted = await objects.delete(key);
        // A collection may have put it there meanwhile.
        if (dropped && !deleted) await trash.drop(key);
        if (deleted || dropped) return true;
      }
      return false;
    },
  };
}
