/** Directories that are there and stay there: made, and synced into their parents, once each. */
import { constants } from 'node:fs';
import { dirname, posix } from 'node:path';
import { codeOf, type FileSystem, isMissing } from './system.ts';

/** How many directories are remembered as ready; a forgotten one costs a call and a sync again. */
const remembered = 10_000;

/** The directories of one root, as keys. All methods throw what the system throws. */
export interface Directories {
  /** Does `work`, which needs the directory, after making it durable; again if the directory has vanished. */
  within<T>(directory: string, work: () => Promise<T>): Promise<T>;
  /** Makes durable which names the directory has. */
  sync(directory: string): Promise<void>;
}

/** The directories below `root`. A directory found existing may be unsynced, so it is synced like one that was made. */
export function directoriesIn(fs: FileSystem, root: string, pathOf: (key: string) => string, durable: boolean): Directories {
  const ready = new Set<string>();

  async function syncPath(path: string): Promise<void> {
    // Windows opens no directories; its file systems keep their names without being asked.
    if (!durable || process.platform === 'win32') return;
    const handle = await fs.open(path, constants.O_RDONLY);
    try {
      await (handle.sync?.() ?? handle.datasync());
    } finally {
      // It was synced, or that failed already; the descriptor is given back whatever close reports.
      await handle.close().catch(() => undefined);
    }
  }

  async function makeRoot(): Promise<void> {
    const first = await fs.mkdir(root, { recursive: true });
    if (first === undefined) return;
    for (let made = root; made.length >= first.length; made = dirname(made)) await syncPath(dirname(made));
  }

  async function make(directory: string): Promise<void> {
    const parent = parentOf(directory);
    await ensure(parent);
    await fs.mkdir(pathOf(directory)).catch((error: unknown) => {
      if (codeOf(error) !== 'EEXIST') throw error;
    });
    await syncPath(pathOf(parent));
  }

  async function ensure(directory: string): Promise<void> {
    if (ready.has(directory)) return;
    await (directory === '' ? makeRoot() : make(directory));
    ready.add(directory);
    for (const oldest of ready) {
      if (ready.size <= remembered) break;
      ready.delete(oldest);
    }
  }

  return {
    async within(directory, work) {
      try {
        await ensure(directory);
        return await work();
      } catch (error) {
        if (!isMissing(error)) throw error;
        // Somebody removed a directory that we remember.
        ready.clear();
        await ensure(directory);
        return work();
      }
    },
    sync: (directory) => syncPath(pathOf(directory)),
  };
}

/** The directory of a key; the root's is the empty key. */
export function parentOf(key: string): string {
  const parent = posix.dirname(key);
  return parent === '.' ? '' : parent;
}
