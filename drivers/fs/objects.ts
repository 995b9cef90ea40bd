/** Small values as files: links, manifests and referrer entries. */
import { contentKey, isBlobsPrefix, parseDigestPath } from '../tree/layout.ts';
import type { Objects } from '../tree/objects.ts';
import { paced, sorted } from '../tree/sorting.ts';
import { remove, write } from './changes.ts';
import { type Disk, readCached, stat, syncParentOnce } from './disk.ts';
import { createKeyedMutex } from './mutex.ts';
import { scanNames } from './scanning.ts';

/** How many names are read at once of a directory of which one is needed. */
const few = 8;

/** The files of a disk as objects. */
export function createObjects(disk: Disk): Objects {
  const runExclusive = createKeyedMutex();

  async function* namesIn(prefix: string, after = ''): AsyncGenerator<string> {
    for await (const name of scanNames(disk, prefix.slice(0, -1))) {
      if (name > after || (after.startsWith(name) && name.endsWith('/'))) yield name;
    }
  }

  async function* beyond(last: string, names: AsyncIterable<string>): AsyncGenerator<string> {
    for await (const name of names) if (name > last) yield name;
  }

  const has = async (key: string): Promise<boolean> => (await stat(disk, key)) !== undefined && syncParentOnce(disk, key);

  return {
    has,

    prefetch: disk.cache.largest > 0 ? async (key) => (await readCached(disk, key, 0)) !== undefined : has,

    get: async (key) => (await readCached(disk, key, Number.POSITIVE_INFINITY))?.bytes,

    getStart: (key, length) => readCached(disk, key, length),

    put: (key, value) => runExclusive(key, () => write(disk, key, value)),

    putWhile: (key, value, meanwhile) => runExclusive(key, () => write(disk, key, value, meanwhile)),

    delete: (key) => runExclusive(key, () => remove(disk, key)),

    // Of a long directory no more is sorted and kept than is wanted; whoever takes more has it read again.
    async *list(prefix, after, wanted = Number.POSITIVE_INFINITY) {
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

    async holds(prefix) {
      for await (const algorithm of scanNames(disk, prefix.slice(0, -1), few)) {
        for await (const hex of scanNames(disk, (prefix + algorithm).slice(0, -1), few)) {
          const digest = parseDigestPath(algorithm.slice(0, -1), hex);
          // A link whose content a loss of power took holds nothing.
          if (digest && (!isBlobsPrefix(prefix) || (await stat(disk, contentKey(digest))))) return true;
        }
      }
      return false;
    },
  };
}
