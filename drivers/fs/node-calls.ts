/**
 * The file system of Node, as the driver uses it unless it is given another: calls with callbacks, on plain descriptors. It has the
 * shape of `node:fs/promises`, whose file handles and wrappers make each call about twice as expensive.
 */
import * as fs from 'node:fs';
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

/** What no descriptor is: calls after `close` fail, and cannot reach a file that has got the same number since. */
const closed = -1;

/** An open file. */
class NodeFile implements SystemFile {
  #descriptor: number;

  constructor(descriptor: number) {
    this.#descriptor = descriptor;
  }

  read(buffer: Uint8Array, offset: number, length: number, position: number): Promise<{ readonly bytesRead: number }> {
    return new Promise((resolve, reject) =>
      fs.read(this.#descriptor, buffer, offset, length, position, (error, bytesRead) =>
        error ? reject(error) : resolve({ bytesRead }),
      ),
    );
  }

  writev(buffers: Uint8Array[], position: number): Promise<{ readonly bytesWritten: number }> {
    return new Promise((resolve, reject) =>
      fs.writev(this.#descriptor, buffers, position, (error, bytesWritten) =>
        error ? reject(error) : resolve({ bytesWritten }),
      ),
    );
  }

  stat(): Promise<fs.Stats> {
    return result((callback: Callback<fs.Stats>) => fs.fstat(this.#descriptor, callback));
  }

  truncate(length: number): Promise<void> {
    return end((callback) => fs.ftruncate(this.#descriptor, length, callback));
  }

  datasync(): Promise<void> {
    return end((callback) => fs.fdatasync(this.#descriptor, callback));
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
    return end((callback) => fs.close(descriptor, callback));
  }
}

/** The file system of Node. */
export const nodeCalls: FileSystem = {
  async open(path, flags, mode) {
    return new NodeFile(await result((callback: Callback<number>) => fs.open(path, flags, mode, callback)));
  },
  mkdir: (path, options) => result((callback: Callback<string | undefined>) => fs.mkdir(path, options ?? null, callback)),
  chmod: (path, mode) => end((callback) => fs.chmod(path, mode, callback)),
  readdir: (path, options) => result((callback: Callback<fs.Dirent[]>) => fs.readdir(path, options, callback)),
  opendir: (path, options) => result((callback: Callback<fs.Dir>) => fs.opendir(path, options, callback)),
  stat: (path) => result((callback: Callback<fs.Stats>) => fs.stat(path, callback)),
  statSync: (path) => fs.statSync(path, { throwIfNoEntry: false }),
  rename: (from, to) => end((callback) => fs.rename(from, to, callback)),
  unlink: (path) => end((callback) => fs.unlink(path, callback)),
  rmdir: (path) => end((callback) => fs.rmdir(path, callback)),
  rm: (path, options) => end((callback) => fs.rm(path, options, callback)),
};
