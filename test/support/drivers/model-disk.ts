/**
 * A disk in memory for the file system driver, whose calls fail and whose power goes when they are told to.
 *
 * It does what POSIX says of the calls in `FileSystem`, each in one step and in the order in which they are made. What is durable
 * is for `model-platter.ts` to say. A call that fails fails with EIO before it has done anything; only a handle that cannot be
 * closed is given back all the same, as on Linux. A process sees the disk through a file system of its own. When it has died, and
 * when the power is gone, every call of every process of before fails for ever, on handles too: whoever comes later comes by a
 * new one. What a dead process wrote is seen by those that follow it, and is as pending as it was.
 */

import { isMissing } from '../../../drivers/fs/system.ts';
import type { FileSystem, SystemFile } from '../../../drivers/fs.ts';
import type { Faults } from '../../../lib/testing/suite/index.ts';
import { platter } from './model-platter.ts';
import { type Opened, systemError, treeOn } from './model-tree.ts';

/** A disk in memory. */
export interface ModelDisk {
  /** The disk as a process sees it that begins now. */
  process(): FileSystem;
  /** Whether a file system is of a process that has died. */
  died(fs: FileSystem): boolean;
  /** Whether the file at a path was made by a process that has died, or by none. */
  orphaned(path: string): boolean;
  readonly faults: Faults;
  /** Asks for each pending change whether it survives; see `model-platter.ts`. */
  losePower(survives: () => boolean): void;
  /** Whether any call has failed, or the power has gone. */
  harmed(): boolean;
  /** How many files are open in processes that live. */
  open(): number;
  /** The names in a directory; none if it is not there. */
  names(path: string): string[];
}

/** The processes that live and die together. */
interface Generation {
  dead: boolean;
  open: number;
}

/** The entries of a directory, one by one. */
async function* listed<T>(entries: readonly T[]): AsyncGenerator<T> {
  yield* entries;
}

/** A disk that holds nothing. */
export function modelDisk(): ModelDisk {
  const disk = platter();
  const tree = treeOn(disk);
  const makers = new Map<string, Generation>();
  const generations = new WeakMap<FileSystem, Generation>();
  let generation: Generation = { dead: false, open: 0 };
  let calls = 0;
  let harmed = false;
  let failing: { readonly call: number; readonly forever: boolean } | undefined;

  /** Does a call, or makes it fail. */
  async function told<T>(by: Generation, name: string, path: string, work: () => T): Promise<T> {
    calls++;
    const toldTo = failing !== undefined && (calls === failing.call || (failing.forever && calls > failing.call));
    harmed ||= toldTo;
    if (toldTo || by.dead) throw systemError('EIO', `${name} ${path}`);
    return work();
  }

  function handleOn(opened: Opened, path: string, by: Generation): SystemFile {
    let closed = false;
    by.open++;
    const call = <T>(name: string, work: () => T): Promise<T> =>
      told(by, name, path, () => {
        if (closed) throw systemError('EBADF', path);
        return work();
      });
    return {
      read: (buffer, ...where) => call('read', () => ({ bytesRead: opened.read(buffer, ...where) })),
      writev: (buffers, position) => call('writev', () => ({ bytesWritten: opened.write(Buffer.concat(buffers), position) })),
      truncate: (length) => call('truncate', () => opened.truncate(length)),
      stat: () => call('stat', opened.stat),
      datasync: () => call('datasync', opened.sync),
      sync: () => call('sync', opened.sync),
      close() {
        const closing = call('close', () => undefined);
        if (!closed) by.open--;
        closed = true;
        return closing;
      },
    };
  }

  function open(path: string, flags: number, by: Generation): SystemFile {
    const opened = tree.open(path, flags);
    if (!makers.has(path)) makers.set(path, by);
    return handleOn(opened, path, by);
  }

  function systemOf(by: Generation): FileSystem {
    return {
      open: (path, flags) => told(by, 'open', path, () => open(path, flags, by)),
      mkdir: (path, options) => told(by, 'mkdir', path, () => tree.mkdir(path, options?.recursive ?? false)),
      readdir: (path) => told(by, 'readdir', path, () => tree.readdir(path)),
      opendir: async (path) => listed(await told(by, 'opendir', path, () => tree.readdir(path))),
      stat: (path) => told(by, 'stat', path, () => tree.stat(path)),
      rename: (from, to) => told(by, 'rename', from, () => tree.rename(from, to)),
      unlink: (path) => told(by, 'unlink', path, () => tree.unlink(path)),
      rmdir: (path) => told(by, 'rmdir', path, () => tree.rmdir(path)),
      rm: (path) => told(by, 'rm', path, () => tree.remove(path)),
    };
  }

  /** From now on the processes of before are dead, and others come. */
  function next(): void {
    generation.dead = true;
    generation = { dead: false, open: 0 };
    failing = undefined;
  }

  return {
    process() {
      const fs = systemOf(generation);
      generations.set(fs, generation);
      return fs;
    },
    died: (fs) => generations.get(fs)?.dead ?? true,
    orphaned: (path) => makers.get(path)?.dead ?? true,
    faults: {
      calls: () => calls,
      fail(call, how) {
        failing = { call: calls + call, forever: how === 'forever' };
      },
      heal() {
        if (failing?.forever && calls >= failing.call) next();
        failing = undefined;
      },
    },
    losePower(survives) {
      disk.losePower(survives);
      harmed = true;
      next();
    },
    harmed: () => harmed,
    open: () => generation.open,
    names(path) {
      try {
        return tree.readdir(path).map(({ name }) => name);
      } catch (error) {
        if (isMissing(error)) return [];
        throw error;
      }
    },
  };
}
