/** The modes of what a driver makes: who may read files and enter directories, on systems that have such modes. */
import { constants } from 'node:fs';
import { dirname } from 'node:path';
import { callsOf, codeOf, type FileSystem, type SystemStats } from './system.ts';

/** The mode of every new file, and that of every new directory. */
export interface Modes {
  readonly file: number;
  readonly directory: number;
}

/** What any usual umask takes, and mkdir ignores: the rights of others than the owner, and the special bits. */
const usuallyLost = 0o7077;
/** The owner's own rights. A umask that takes them leaves files that cannot be opened again, and directories that take nothing. */
const ownersRights = 0o700;

/** What mkdir says of a directory that is there, or of the root of a file system: a recursive mkdir then looks whether it is one. */
const isThere = new Set(['EEXIST', 'EISDIR', 'EPERM']);

/**
 * The file system, whose new files and directories have these modes, whatever the umask is. What exists keeps its mode. Where the
 * file system has no `chmod`, the umask applies. Whether the umask takes rights of the owner shows in the first file and the first
 * directory that are made; with any usual umask and the usual modes, nothing is called for the others.
 */
export function withModes(fs: FileSystem, modes: Modes): FileSystem {
  const [keepOfFile, keepOfDirectory] = [keeper(modes.file), keeper(modes.directory)];

  async function make(path: string): Promise<void> {
    await fs.mkdir(path, { recursive: false, mode: modes.directory });
    await keepOfDirectory(
      () => fs.stat(path),
      () => fs.chmod?.(path, modes.directory),
    );
  }

  /** Makes a directory and those above it, each with its mode before anything is made in it. The first that was made, if any was. */
  async function makeAll(path: string, parentIsThere = false): Promise<string | undefined> {
    try {
      await make(path);
      return path;
    } catch (error) {
      const code = codeOf(error);
      if (isThere.has(code)) return fs.mkdir(path, { recursive: true, mode: modes.directory });
      const parent = dirname(path);
      // Below /proc, a parent that is there takes no directory.
      if (code !== 'ENOENT' || parent === path || parentIsThere) throw error;
      const first = await makeAll(parent);
      return (await makeAll(path, first === undefined)) && (first ?? path);
    }
  }

  return {
    ...callsOf(fs),
    open: async (path, flags) => {
      if ((flags & constants.O_CREAT) === 0) return fs.open(path, flags);
      const file = await fs.open(path, flags, modes.file);
      try {
        await keepOfFile(
          () => file.stat(),
          () => file.chmod?.(modes.file),
        );
        return file;
      } catch (error) {
        await file.close().catch(() => undefined);
        throw error;
      }
    },
    mkdir: async (path, options) => (options?.recursive ? makeAll(path) : void (await make(path))),
  };
}

/** Sets a mode on new things where something of it may be lost. */
function keeper(mode: number): (look: () => Promise<SystemStats>, set: () => Promise<void> | undefined) => Promise<void> {
  let lost: number | undefined;
  return async (look, set) => {
    lost ??= usuallyLost | (ownersRights & ~Number((await look()).mode ?? mode));
    if ((mode & lost) !== 0) await set();
  };
}
