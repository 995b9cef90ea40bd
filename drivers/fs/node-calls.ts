/**
 * The file system of Node, as the driver uses it unless it is given another: calls with callbacks, on plain descriptors. It has the
 * shape of `node:fs/promises`, whose file handles and wrappers make each call about twice as expensive.
 *
 * What only looks is called at once while such looks are fast: a thread costs more than they take. What changes something is always left
 * to a thread, as it may wait for a commit of the file system's journal.
 */
import * as fs from 'node:fs';
import { createPace, type Pace } from './pace.ts';
import type { FileSystem, SystemFile } from './system.ts';

type Callback<T> = (error: NodeJS.ErrnoException | null, value: T) => void;

/** The value that a call hands to its callback. */
function result<T>(call: (callback: Callback<T>) => void): Promise<T> {
  return new Promise((resolve, reject) => call((error, value) => (error ? reject(error) : resolve(value))));
}

/** The end of a call that hands nothing to its callback. */
function end(call: (callback: fs.NoParamCallback) => void): Promise<void> {
  return new Promise((resolve, reject) => call((error) => (error ? reject(error) : resolve())));
}

/** Beyond this position a file is no small one, in bytes. */
const smallBytes = 64 * 1024;

/** What no descriptor is: calls after `close` fail, and cannot reach a file that has got the same number since. */
const closed = -1;

/** Makes a look at once, or with a callback. */
type Look = <T>(now: () => T, later: (callback: Callback<T>) => void) => Promise<T>;

/** An open file. */
class NodeFile implements SystemFile {
  #descriptor: number;
  readonly #look: Look;
  /** Whether something was written that was not synced since: a remote file system sends it when the file is closed. */
  #isUnsynced = false;
  /** Whether the file may be large: to close one that was deleted meanwhile frees all that it has in memory. */
  #isLarge = false;

  constructor(descriptor: number, look: Look) {
    this.#descriptor = descriptor;
    this.#look = look;
  }

  read(buffer: Uint8Array, offset: number, length: number, position: number): Promise<{ readonly bytesRead: number }> {
    this.#isLarge = true;
    return new Promise((resolve, reject) =>
      fs.read(this.#descriptor, buffer, offset, length, position, (error, bytesRead) =>
        error ? reject(error) : resolve({ bytesRead }),
      ),
    );
  }

  writev(buffers: Uint8Array[], position: number): Promise<{ readonly bytesWritten: number }> {
    this.#isUnsynced = true;
    if (position > smallBytes) this.#isLarge = true;
    return new Promise((resolve, reject) =>
      fs.writev(this.#descriptor, buffers, position, (error, bytesWritten) =>
        error ? reject(error) : resolve({ bytesWritten }),
      ),
    );
  }

  stat(): Promise<fs.Stats> {
    return this.#look(
      () => fs.fstatSync(this.#descriptor),
      (callback) => fs.fstat(this.#descriptor, callback),
    );
  }

  truncate(length: number): Promise<void> {
    this.#isUnsynced = true;
    return end((callback) => fs.ftruncate(this.#descriptor, length, callback));
  }

  async datasync(): Promise<void> {
    this.#isUnsynced = false;
    await end((callback) => fs.fdatasync(this.#descriptor, callback));
  }

  sync(): Promise<void> {
    return end((callback) => fs.fsync(this.#descriptor, callback));
  }

  chmod(mode: number): Promise<void> {
    return end((callback) => fs.fchmod(this.#descriptor, mode, callback));
  }

  close(): Promise<void> {
    const descriptor = this.#descriptor;
    this.#descriptor = closed;
    const later = (callback: Callback<void>) => fs.close(descriptor, (error) => callback(error));
    if (this.#isUnsynced || this.#isLarge) return result(later);
    return this.#look(() => fs.closeSync(descriptor), later);
  }
}

/** The flags with which opening a file may change something. */
const changing = fs.constants.O_CREAT | fs.constants.O_TRUNC;
/** Has no pipe that was put in the place of a file hold the event loop, nor one of the few threads for ever. Not all systems have it. */
const withoutWaiting = fs.constants.O_NONBLOCK ?? 0;

/** The file system of Node, which makes looks at once while the pace is fast. */
export function createNodeCalls(pace: Pace): FileSystem {
  const look: Look = async (now, later) => (pace.isFast() ? pace.timed(now) : result(later));
  return {
    async open(path, flags, mode) {
      const waitless = flags | withoutWaiting;
      const later = (callback: Callback<number>) => fs.open(path, waitless, mode, callback);
      const now = () => fs.openSync(path, waitless, mode);
      return new NodeFile(await ((flags & changing) === 0 ? look(now, later) : result(later)), look);
    },
    mkdir: (path, options) => result((callback: Callback<string | undefined>) => fs.mkdir(path, options ?? null, callback)),
    chmod: (path, mode) => end((callback) => fs.chmod(path, mode, callback)),
    readdir: (path, options) => result((callback: Callback<fs.Dirent[]>) => fs.readdir(path, options, callback)),
    opendir: (path, options) => result((callback: Callback<fs.Dir>) => fs.opendir(path, options, callback)),
    stat: (path) =>
      look(
        () => fs.statSync(path),
        (callback) => fs.stat(path, callback),
      ),
    statSync: (path) => fs.statSync(path, { throwIfNoEntry: false }),
    rename: (from, to) => end((callback) => fs.rename(from, to, callback)),
    unlink: (path) => end((callback) => fs.unlink(path, callback)),
    rmdir: (path) => end((callback) => fs.rmdir(path, callback)),
    rm: (path, options) => end((callback) => fs.rm(path, options, callback)),
  };
}

/** The file system of Node with one pace for the process: a slow disk makes the looks at all disks wait in threads for a while. */
export const nodeCalls = createNodeCalls(createPace());
