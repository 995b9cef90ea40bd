/** The calls of a file system on a tree in memory: what POSIX says of them, each in one step. */
import { constants } from 'node:fs';
import type { SystemFile } from '../../../drivers/fs.ts';
import {
  type DirectoryNode,
  type FileNode,
  newDirectory,
  newFile,
  type Place,
  type Platter,
  patched,
  resized,
  type TreeNode,
} from './model-platter.ts';

type Stats = Awaited<ReturnType<SystemFile['stat']>>;

/** An error as the system gives it, which says where it comes from no more than that of the system does. */
export function systemError(code: string, what: string): Error {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  const error = Object.assign(new Error(`${code}: ${what}`), { code });
  Error.stackTraceLimit = stackTraceLimit;
  return error;
}

/** What an open file or directory can be asked for. */
export interface Opened {
  read(into: Uint8Array, offset: number, length: number, position: number): number;
  write(bytes: Buffer, position: number): number;
  truncate(length: number): void;
  stat(): Stats;
  sync(): void;
}

/** The calls. Each throws an error of the system. */
export interface Tree {
  open(path: string, flags: number): Opened;
  mkdir(path: string, recursive: boolean): string | undefined;
  readdir(path: string): { name: string; isDirectory(): boolean }[];
  stat(path: string): Stats;
  rename(from: string, to: string): void;
  unlink(path: string): void;
  rmdir(path: string): void;
  /** Removes a file, or a directory with all that is in it. */
  remove(path: string): void;
}

const sizeOf = (node: TreeNode): number => (node.kind === 'file' ? node.content.length : 0);
const statsOf = (node: TreeNode): Stats => ({ size: sizeOf(node), mtimeMs: node.changed, ino: node.number });

function namesIn(node: TreeNode, path: string): DirectoryNode['names'] {
  if (node.kind === 'file') throw systemError('ENOTDIR', path);
  return node.names;
}

/** A file or directory that was opened, and stays so whatever becomes of its name. */
function openedOn(disk: Platter, node: TreeNode, path: string): Opened {
  const file = (): FileNode => {
    if (node.kind === 'directory') throw systemError('EISDIR', path);
    return node;
  };
  const change = (content: Buffer): void => {
    file().content = content;
    node.changed = Date.now();
  };
  return {
    read: (into, offset, length, position) => {
      const { content } = file();
      return content.copy(into, offset, Math.min(position, content.length), position + length);
    },
    write: (bytes, position) => {
      change(patched(file().content, position, bytes));
      disk.wrote({ file: file(), position, bytes });
      return bytes.length;
    },
    truncate: (length) => {
      change(resized(file().content, length));
      disk.wrote({ file: file(), position: length });
    },
    stat: () => statsOf(node),
    sync: () => disk.sync(node),
  };
}

/** The calls on a tree, which tell its platter of every change. */
export function treeOn(disk: Platter): Tree {
  function at(path: string): TreeNode | undefined {
    let node: TreeNode | undefined = disk.root;
    for (let start = 1; node !== undefined && start < path.length; ) {
      const slash = path.indexOf('/', start);
      const end = slash < 0 ? path.length : slash;
      node = namesIn(node, path).get(path.slice(start, end));
      start = end + 1;
    }
    return node;
  }

  function there(path: string): TreeNode {
    const node = at(path);
    if (node === undefined) throw systemError('ENOENT', path);
    return node;
  }

  function placeOf(path: string): Place {
    const end = path.lastIndexOf('/');
    const directory = there(path.slice(0, end));
    if (directory.kind === 'file') throw systemError('ENOTDIR', path);
    return { directory, name: path.slice(end + 1) };
  }

  /** A change of names: without `from` something new, without `to` a removal. */
  function move(node: TreeNode, from: Place | undefined, to: Place | undefined): void {
    from?.directory.names.delete(from.name);
    to?.directory.names.set(to.name, node);
    for (const place of [from, to]) if (place) place.directory.changed = Date.now();
    disk.moved({ node, ...(from && { from }), ...(to && { to }) });
  }

  function removeAll(place: Place, node: TreeNode): void {
    if (node.kind === 'directory') {
      for (const [name, child] of node.names) removeAll({ directory: node, name }, child);
    }
    move(node, place, undefined);
  }

  function mkdir(path: string, recursive: boolean): string | undefined {
    const parent = path.slice(0, path.lastIndexOf('/'));
    const first = recursive && at(parent) === undefined ? mkdir(parent, true) : undefined;
    const found = at(path);
    if (found && !(recursive && found.kind === 'directory')) throw systemError('EEXIST', path);
    if (found) return undefined;
    move(newDirectory(), undefined, placeOf(path));
    return first ?? path;
  }

  return {
    open(path, flags) {
      const found = at(path);
      if (found === undefined && !(flags & constants.O_CREAT)) throw systemError('ENOENT', path);
      if (found && flags & constants.O_EXCL) throw systemError('EEXIST', path);
      const writes = flags & (constants.O_WRONLY | constants.O_RDWR);
      if (found?.kind === 'directory' && writes) throw systemError('EISDIR', path);
      const node = found ?? newFile();
      if (found === undefined) move(node, undefined, placeOf(path));
      return openedOn(disk, node, path);
    },
    mkdir,
    readdir: (path) =>
      [...namesIn(there(path), path)].map(([name, { kind }]) => ({ name, isDirectory: () => kind === 'directory' })),
    stat: (path) => statsOf(there(path)),
    rename(from, to) {
      const node = there(from);
      const target = placeOf(to);
      const inTheWay = target.directory.names.get(target.name);
      if (inTheWay === node) return;
      if (inTheWay && inTheWay.kind !== node.kind) throw systemError(node.kind === 'file' ? 'EISDIR' : 'ENOTDIR', to);
      if (inTheWay?.kind === 'directory' && inTheWay.names.size > 0) throw systemError('ENOTEMPTY', to);
      move(node, placeOf(from), target);
    },
    unlink(path) {
      const node = there(path);
      if (node.kind === 'directory') throw systemError('EISDIR', path);
      move(node, placeOf(path), undefined);
    },
    rmdir(path) {
      const node = there(path);
      if (namesIn(node, path).size > 0) throw systemError('ENOTEMPTY', path);
      move(node, placeOf(path), undefined);
    },
    remove: (path) => removeAll(placeOf(path), there(path)),
  };
}
