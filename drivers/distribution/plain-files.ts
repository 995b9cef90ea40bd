/**
 * A file system that shows the files and directories of a tree, and changes nothing. Symbolic links, pipes, sockets and devices are not
 * there: whoever made the tree may not be who serves it. Only the tree itself and its topmost directories may be symbolic links, as where
 * `blobs` was moved to a larger disk.
 */
import { constants } from 'node:fs';
import { realpath } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { nodeCalls } from '../fs/node-calls.ts';
import { codeOf, type FileSystem, type SystemStats } from '../fs/system.ts';

const changing = constants.O_WRONLY | constants.O_RDWR | constants.O_CREAT | constants.O_TRUNC;

/** Whether stats are those of a file that can be read from its beginning to its end. */
export function isFile({ mode }: SystemStats): boolean {
  return (Number(mode) & constants.S_IFMT) === constants.S_IFREG;
}

/** Whether stats are those of a directory. */
function isDirectory({ mode }: SystemStats): boolean {
  return (Number(mode) & constants.S_IFMT) === constants.S_IFDIR;
}

/** The file system, of the tree whose topmost directories are in `top`, an absolute path. */
export function createPlainFiles(top: string): FileSystem {
  /** Rejects with ENOENT if a symbolic link leads there. */
  async function requirePlain(path: string): Promise<void> {
    const [first = '', ...below] = relative(top, path).split(sep);
    const [real, realFirst] = await Promise.all([realpath(path), realpath(join(top, first))]).catch((error: unknown) => {
      // Links that lead to each other.
      throw codeOf(error) === 'ELOOP' ? missing(path) : error;
    });
    if (real !== join(realFirst, ...below)) throw missing(path);
  }

  return {
    async open(path, flags) {
      if ((flags & changing) !== 0) throw readOnly(path);
      await requirePlain(path);
      const file = await nodeCalls.open(path, flags);
      if (isFile(await file.stat())) return file;
      await file.close();
      throw missing(path);
    },
    async stat(path) {
      await requirePlain(path);
      const stats = await nodeCalls.stat(path);
      if (!isFile(stats) && !isDirectory(stats)) throw missing(path);
      return stats;
    },
    // What it is asked for was read before, and so was plain. What has been put in its place has another inode.
    statSync: (path) => nodeCalls.statSync?.(path),
    async readdir(path, options) {
      await requirePlain(path);
      return nodeCalls.readdir(path, options);
    },
    async opendir(path, options) {
      await requirePlain(path);
      return nodeCalls.opendir(path, options);
    },
    mkdir: async (path) => Promise.reject(readOnly(path)),
    rename: async (path) => Promise.reject(readOnly(path)),
    unlink: async (path) => Promise.reject(readOnly(path)),
    rmdir: async (path) => Promise.reject(readOnly(path)),
    rm: async (path) => Promise.reject(readOnly(path)),
  };
}

const missing = (path: string): Error => Object.assign(new Error(`there is no file or directory ${path}`), { code: 'ENOENT' });
const readOnly = (path: string): Error => Object.assign(new Error(`${path} is only read`), { code: 'EROFS' });
