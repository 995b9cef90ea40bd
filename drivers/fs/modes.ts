/** The modes of what a driver makes: who may read files and enter directories, on systems that have such modes. */
import { constants } from 'node:fs';
import { dirname } from 'node:path';
import { callsOf, type FileSystem } from './system.ts';

/** The mode of every new file, and that of every new directory. */
export interface Modes {
  readonly file: number;
  readonly directory: number;
}

/** What a umask may take away, and mkdir ignores: the rights of others than the owner, and the special bits. */
const mayBeLost = 0o7077;

/**
 * The file system, whose new files and directories have these modes, whatever the umask is. What exists keeps its mode. Where the
 * file system has no `chmod`, the umask applies.
 */
export function withModes(fs: FileSystem, modes: Modes): FileSystem {
  return {
    ...callsOf(fs),
    open: async (path, flags) => {
      if ((flags & constants.O_CREAT) === 0) return fs.open(path, flags);
      const file = await fs.open(path, flags, modes.file);
      if ((modes.file & mayBeLost) === 0) return file;
      try {
        await file.chmod?.(modes.file);
        return file;
      } catch (error) {
        await file.close().catch(() => undefined);
        throw error;
      }
    },
    mkdir: async (path, options) => {
      const made = await fs.mkdir(path, { recursive: options?.recursive ?? false, mode: modes.directory });
      const first = options?.recursive ? made : path;
      if (first === undefined || (modes.directory & mayBeLost) === 0) return made;
      for (let each = path; each.length >= first.length; each = dirname(each)) await fs.chmod?.(each, modes.directory);
      return made;
    },
  };
}
