/**
 * Directories that are there and stay there. One that is made is synced into its parent. One that is found may be
 * the work of another process that came to an end, or has not come to it, before it synced: it is synced once, with
 * its parent, before anybody is told of what lies in it.
 */
import { constants } from 'node:fs';
import { dirname, posix } from 'node:path';
import { codeOf, type FileSystem, isMissing } from './system.ts';

/** How many directories are remembered as ready; a forgotten one costs a call and a sync again. */
const remembered = 50_000;

/** The directories of one root, as keys. All methods throw what the system throws. */
export interface Directories {
  /** Does `work`, which needs the directory, after making it durable; again if the directory has vanished. */
  within<T>(directory: string, work: () => Promise<T>): Promise<T>;
  /** Makes durable that a directory is there, and what was found in it. Where nothing is synced it need not be there. */
  settle(directory: string): Promise<void>;
  /** Makes durable which names the directory has now. Where that fails, the directory is settled once more. */
  sync(directory: string): Promise<void>;
  /** Has the directory settled once more: it may have been changed, and was not synced. */
  unsettle(directory: string): void;
}

/** The directories below `root`, whose keys `pathOf` turns into absolute paths. */
export function directoriesIn(fs: FileSystem, root: string, pathOf: (key: string) => string, durable: boolean): Directories {
  const ready = new Set<string>();
  // Windows opens no directories; its file systems keep their names without being asked.
  const syncs = durable && process.platform !== 'win32';

  async function syncPath(path: string): Promise<void> {
    if (!syncs) return;
    const handle = await fs.open(path, constants.O_RDONLY);
    try {
      await (handle.sync?.() ?? handle.datasync());
    } finally {
      // It was synced, or that failed already; the descriptor is given back whatever close reports.
      await handle.close().catch(() => undefined);
    }
  }

  /** Says whether it had to be made. */
  async function makeRoot(): Promise<boolean> {
    const first = await fs.mkdir(root, { recursive: true });
    if (first === undefined) return false;
    for (let made = root; made.length >= first.length; made = dirname(made)) await syncPath(dirname(made));
    return true;
  }

  /** Says whether it had to be made. */
  async function make(directory: string): Promise<boolean> {
    try {
      await fs.mkdir(pathOf(directory));
      return true;
    } catch (error) {
      if (codeOf(error) === 'EEXIST') return false;
      throw error;
    }
  }

  async function ensure(directory: string, making: boolean): Promise<void> {
    if (ready.has(directory)) return;
    const isRoot = directory === '';
    if (!isRoot) await ensure(parentOf(directory), making);
    const made = making && (await (isRoot ? makeRoot() : make(directory)));
    if (!made) await syncPath(pathOf(directory));
    if (!isRoot) await syncPath(pathOf(parentOf(directory)));
    remember(directory);
  }

  function remember(directory: string): void {
    ready.add(directory);
    for (const oldest of ready) {
      if (ready.size <= remembered) break;
      ready.delete(oldest);
    }
  }

  return {
    async within(directory, work) {
      try {
        await ensure(directory, true);
        return await work();
      } catch (error) {
        if (!isMissing(error)) throw error;
        // Somebody removed a directory that we remember.
        ready.clear();
        await ensure(directory, true);
        return work();
      }
    },
    async settle(directory) {
      if (syncs) await ensure(directory, false);
    },
    async sync(directory) {
      try {
        await syncPath(pathOf(directory));
      } catch (error) {
        ready.delete(directory);
        throw error;
      }
    },
    unsettle: (directory) => void ready.delete(directory),
  };
}

/** The directory of a key; the root's is the empty key. */
export function parentOf(key: string): string {
  const parent = posix.dirname(key);
  return parent === '.' ? '' : parent;
}
