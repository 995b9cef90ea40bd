/**
 * Directories that exist and are durable. A new directory is synced into its parent. An existing one may have been made or
 * changed by another process that died, or has not come to its fsync yet: it is synced once, with its parent, before
 * anything that was found in it is reported.
 */
import { constants } from 'node:fs';
import { dirname, posix } from 'node:path';
import { codeOf, type FileSystem, isMissing } from './system.ts';

/** How many synced directories are remembered. One that was forgotten costs a mkdir and an fsync again. */
const maxRemembered = 50_000;

/** The directories of one root that are known to be synced. Directories are keys. All methods throw what the system throws. */
export interface DirectoryCache {
  /**
   * Makes the directory, or syncs an existing one once, and then runs `work`. If something is missing it forgets all
   * directories, since another process may have removed some, and does both a second time.
   */
  within<T>(directory: string, work: () => Promise<T>): Promise<T>;
  /** Syncs an existing directory and its parents, each unless that was done before. */
  syncOnce(directory: string): Promise<void>;
  /** Syncs the directory after a change of its names. If that fails, it is no longer known to be synced. */
  sync(directory: string): Promise<void>;
  /** Forgets that the directory was synced: it may have been changed since. */
  forget(directory: string): void;
}

/** The directories below `root`; `pathOf` turns their keys into absolute paths. */
export function createDirectoryCache(
  fs: FileSystem,
  root: string,
  pathOf: (key: string) => string,
  durable: boolean,
): DirectoryCache {
  const synced = new Set<string>();
  // Windows cannot open a directory for fsync; its file systems make changes of names durable by themselves.
  const syncs = durable && process.platform !== 'win32';

  async function syncPath(path: string): Promise<void> {
    if (!syncs) return;
    const handle = await fs.open(path, constants.O_RDONLY);
    try {
      await (handle.sync?.() ?? handle.datasync());
    } finally {
      // A failed close() changes nothing about the fsync, and frees the descriptor all the same.
      await handle.close().catch(() => undefined);
    }
  }

  /** Makes the root and its parents. False if it existed. */
  async function makeRoot(): Promise<boolean> {
    const first = await fs.mkdir(root, { recursive: true });
    if (first === undefined) return false;
    for (let made = root; made.length >= first.length; made = dirname(made)) await syncPath(dirname(made));
    return true;
  }

  /** Makes a directory. False if it existed. */
  async function make(directory: string): Promise<boolean> {
    try {
      await fs.mkdir(pathOf(directory));
      return true;
    } catch (error) {
      if (codeOf(error) === 'EEXIST') return false;
      throw error;
    }
  }

  /** Syncs a directory, its parents first; with `create`, makes those that are missing. */
  async function ensure(directory: string, create: boolean): Promise<void> {
    if (synced.has(directory)) return;
    const isRoot = directory === '';
    if (!isRoot) await ensure(parentOf(directory), create);
    const made = create && (await (isRoot ? makeRoot() : make(directory)));
    if (!made) await syncPath(pathOf(directory));
    if (!isRoot) await syncPath(pathOf(parentOf(directory)));
    remember(directory);
  }

  function remember(directory: string): void {
    synced.add(directory);
    for (const oldest of synced) {
      if (synced.size <= maxRemembered) break;
      synced.delete(oldest);
    }
  }

  return {
    async within(directory, work) {
      try {
        await ensure(directory, true);
        return await work();
      } catch (error) {
        if (!isMissing(error)) throw error;
        synced.clear();
        await ensure(directory, true);
        return work();
      }
    },
    async syncOnce(directory) {
      if (syncs) await ensure(directory, false);
    },
    async sync(directory) {
      try {
        await syncPath(pathOf(directory));
      } catch (error) {
        synced.delete(directory);
        throw error;
      }
    },
    forget: (directory) => void synced.delete(directory),
  };
}

/** The directory of a key; the root's is the empty key. */
export function parentOf(key: string): string {
  const parent = posix.dirname(key);
  return parent === '.' ? '' : parent;
}
