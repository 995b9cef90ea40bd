/**
 * Directories that exist and are durable. A new directory is synced into its parent. An existing one may have been made or
 * changed by another process that died, or has not come to its fsync yet: it is synced once, with its parent, before
 * anything that was found in it is reported.
 *
 * Empty directories of repositories are removed, by any process at any time. A writer whose directory is gone makes it again. One
 * that another process has made again since is told by its inode and its birth from the one that is known to be synced: after a
 * change in it, its parents are synced too.
 */
import { constants } from 'node:fs';
import { dirname, posix } from 'node:path';
import { mapConcurrently } from '../../lib/concurrency.ts';
import { repositoriesPrefix } from '../tree/layout.ts';
import { codeOf, type FileSystem, isMissing, type SystemStats } from './system.ts';

/** How many synced directories are remembered. One that was forgotten costs a mkdir and an fsync again. */
const maxRemembered = 50_000;
/** How often a change is tried whose directory is gone each time: others may remove it as soon as it is made. */
const maxAttempts = 8;

/** The directories of one root that are known to be synced. Directories are keys. All methods throw what the system throws. */
export interface DirectoryCache {
  /**
   * Makes the directory, or syncs an existing one once, and then runs `work`. If something is missing, does both again, some times:
   * another process may have removed the directory. It is then not synced, so that it is empty for as short as can be; that is
   * left to {@link sync}.
   */
  within<T>(directory: string, work: () => Promise<T>): Promise<T>;
  /**
   * Has `rename` give a directory in staging its name, and then syncs both at once, what is in it and its name: it is then known. False if
   * `rename` gives false. As in {@link within}, the parents are made where they are missing.
   */
  place(staged: string, directory: string, rename: () => Promise<boolean>): Promise<boolean>;
  /** Runs `work` and, where something is missing, makes the directory and runs it again, some times. Nothing is synced below the root. */
  withinUnsynced<T>(directory: string, work: () => Promise<T>): Promise<T>;
  /** Syncs an existing directory and its parents, each unless that was done before. */
  syncOnce(directory: string): Promise<void>;
  /**
   * Syncs the directory after a change of its names, and its parents unless it is the one that is known. Where it is gone, syncs
   * the nearest one above it instead. If that fails, it is no longer known to be synced.
   */
  sync(directory: string): Promise<void>;
  /**
   * Removes the directory of a repository if it is empty, and then those above it, as far as they are empty and of repositories. The
   * nearest one that is left; it is not synced.
   */
  prune(directory: string): Promise<string>;
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
  /** The identities of the directories that are synced. */
  const known = new Map<string, string>();
  /** The topmost directory that was missing when the root was made, until its name is synced: by a call that goes on, or has failed. */
  let topmostUnsynced: string | undefined;
  // Windows cannot open a directory for fsync; its file systems make changes of names durable by themselves.
  const syncs = durable && process.platform !== 'win32';

  /** Syncs a directory, and gives its identity. */
  async function syncPath(path: string): Promise<string> {
    if (!syncs) return '';
    const handle = await fs.open(path, constants.O_RDONLY);
    try {
      await (handle.sync?.() ?? handle.datasync());
      return identityOf(await handle.stat());
    } finally {
      // A failed close() changes nothing about the fsync, and frees the descriptor all the same.
      await handle.close().catch(() => undefined);
    }
  }

  /** Syncs a directory and, if it is not the one that is known, its parents. */
  async function syncChain(directory: string): Promise<void> {
    // The identity is taken before the parent is synced: whatever has it is in the parent by then.
    const identity = await syncPath(pathOf(directory));
    if (known.get(directory) === identity) return;
    if (directory !== '') await syncChain(parentOf(directory));
    remember(directory, identity);
  }

  /** Makes the root and its parents. False if it existed. What is above one that others have made is not touched. */
  async function makeRoot(): Promise<boolean> {
    const missing = await topmostMissing(root);
    // Before it is made: a call that makes it may fail all the same.
    topmostUnsynced ??= missing;
    const isNew = (await fs.mkdir(root, { recursive: true })) !== undefined;
    const topmost = topmostUnsynced;
    if (topmost === undefined) return isNew;
    for (let made = root; made.length >= topmost.length; made = dirname(made)) await syncPath(dirname(made));
    topmostUnsynced = undefined;
    return isNew;
  }

  /** The topmost directory that is missing of a path; undefined if it is there. */
  async function topmostMissing(path: string): Promise<string | undefined> {
    try {
      await fs.stat(path);
      return undefined;
    } catch (error) {
      if (!isMissing(error) || dirname(path) === path) throw error;
      return (await topmostMissing(dirname(path))) ?? path;
    }
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
    if (known.has(directory)) return;
    const isRoot = directory === '';
    if (!isRoot) await ensure(parentOf(directory), create);
    const made = create && (await (isRoot ? makeRoot() : make(directory)));
    if (!made) return syncChain(directory);
    // A new directory has no names to be synced.
    const identity = syncs ? identityOf(await fs.stat(pathOf(directory))) : '';
    if (!isRoot) await syncChain(parentOf(directory));
    remember(directory, identity);
  }

  /** Makes a directory, and its parents where they are missing, without any fsync below the root. */
  async function makeUnsynced(directory: string): Promise<void> {
    if (directory === '') {
      known.delete(directory);
      return ensure(directory, true);
    }
    try {
      await make(directory);
    } catch (error) {
      if (!isMissing(error)) throw error;
      await makeUnsynced(parentOf(directory));
      await make(directory);
    }
  }

  function remember(directory: string, identity: string): void {
    known.set(directory, identity);
    for (const oldest of known.keys()) {
      if (known.size <= maxRemembered) break;
      known.delete(oldest);
    }
  }

  /** Forgets a directory and all above it. */
  function forgetChain(directory: string): void {
    for (let each = directory; ; each = parentOf(each)) {
      known.delete(each);
      if (each === '') return;
    }
  }

  async function syncIfThere(directory: string): Promise<void> {
    try {
      await syncPath(pathOf(directory));
    } catch (error) {
      if (!isMissing(error)) throw error;
    }
  }

  async function within<T>(directory: string, work: () => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      try {
        await (attempt === 1 ? ensure(directory, true) : makeUnsynced(directory));
        return await work();
      } catch (error) {
        if (!isMissing(error) || attempt === maxAttempts) throw error;
        forgetChain(directory);
      }
    }
  }

  async function sync(directory: string): Promise<void> {
    for (let nearest = directory; ; nearest = parentOf(nearest)) {
      try {
        return await syncChain(nearest);
      } catch (error) {
        known.delete(nearest);
        if (!isMissing(error) || nearest === '') throw error;
      }
    }
  }

  return {
    within,
    sync,
    async place(staged, directory, rename) {
      // Another process may put a directory of its own in this place at any time: that one would not be known.
      const identity = syncs ? identityOf(await fs.stat(pathOf(staged))) : '';
      const parent = parentOf(directory);
      if (!(await within(parent, rename))) return false;
      await mapConcurrently([() => syncIfThere(directory), () => sync(parent)], (step) => step());
      remember(directory, identity);
      return true;
    },
    async withinUnsynced(directory, work) {
      for (let attempt = 1; ; attempt++) {
        try {
          return await work();
        } catch (error) {
          if (!isMissing(error) || attempt === maxAttempts) throw error;
          await makeUnsynced(directory);
        }
      }
    },
    async syncOnce(directory) {
      if (syncs) await ensure(directory, false);
    },
    async prune(directory) {
      let nearest = directory;
      while (nearest.startsWith(repositoriesPrefix)) {
        try {
          await fs.rmdir(pathOf(nearest));
        } catch (error) {
          // The refusal to remove what is not empty is the compare-and-swap against writers. A directory that is kept by anything
          // else does no harm, and is left to a sweep.
          if (codeOf(error) !== 'ENOENT') break;
        }
        known.delete(nearest);
        nearest = parentOf(nearest);
      }
      return nearest;
    },
    forget: (directory) => void known.delete(directory),
  };
}

/** What a directory has in common with no other that was ever in its place. */
function identityOf({ ino = 0, birthtimeMs = 0 }: SystemStats): string {
  return `${ino} ${birthtimeMs}`;
}

/** The directory of a key; the root's is the empty key. */
export function parentOf(key: string): string {
  const parent = posix.dirname(key);
  return parent === '.' ? '' : parent;
}
