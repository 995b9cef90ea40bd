/** A file system that writes down what it is asked, and fails when it is told to. */
import * as nodeFileSystem from 'node:fs/promises';
import { relative, sep } from 'node:path';
import type { FileSystem, SystemFile } from '../../../drivers/fs.ts';

/** One call; keys are relative to the root that is watched, with ids and digests taken out. */
export interface Call {
  readonly name: keyof FileSystem | keyof SystemFile;
  readonly key: string;
  /** What a file is renamed to. */
  readonly to?: string;
}

/** A file system under watch. */
export interface Watched {
  readonly fs: FileSystem;
  /** All calls so far, in their order. */
  readonly calls: Call[];
  /** How many files are open. */
  open(): number;
  /** The paths that were asked for outside of the root. */
  readonly strayed: string[];
  /** From now on, makes a call fail: told the call, it gives the error code to fail with, or undefined. */
  failing(fail: (call: Call) => string | undefined): void;
}

/** Puts a watch on `base`, for a driver whose root is `root`. `mostBytes` is how much one write takes. */
export function watch(root: string, base: FileSystem = nodeFileSystem, mostBytes = Number.POSITIVE_INFINITY): Watched {
  const calls: Call[] = [];
  const strayed: string[] = [];
  const writesLess = Number.isFinite(mostBytes);
  let opened = 0;
  let fail: (call: Call) => string | undefined = () => undefined;

  function keyOf(path: string): string {
    const key = relative(root, path).split(sep).join('/');
    if (key.startsWith('..')) strayed.push(path);
    return key
      .replace(/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}(?:-[0-9]+)?/g, '*')
      .replaceAll(/\/[0-9a-f]{64,}/g, '/<hex>')
      .replace(/\/sha[0-9]+-[0-9a-f]{64,}-[0-9a-f]+/, '/<pointer>')
      .replace(/(content\/sha[0-9]+|uploads)\/[0-9a-f]{2}(?=\/|$)/, '$1/xx')
      .replace(/(uploads\/xx\/\*)\.[0-9a-f]{16}\.(\*|free)\.([0-9]+).*/, '$1.$2.$3');
  }

  async function told<T>(call: Call, work: () => Promise<T>): Promise<T> {
    calls.push(call);
    const code = fail(call);
    if (code === undefined) return work();
    if (call.name === 'close') await work();
    throw Object.assign(new Error(`${code}: made up, ${call.name} '${call.key}'`), { code });
  }

  function watchedFile(file: SystemFile, key: string): SystemFile {
    opened++;
    const taken = (buffers: Uint8Array[]) => (writesLess ? [buffers[0]?.subarray(0, mostBytes) ?? new Uint8Array(0)] : buffers);
    return {
      read: (...about) => told({ name: 'read', key }, () => file.read(...about)),
      writev: (buffers, position) => told({ name: 'writev', key }, () => file.writev(taken(buffers), position)),
      stat: () => told({ name: 'stat', key }, () => file.stat()),
      truncate: (length) => told({ name: 'truncate', key }, () => file.truncate(length)),
      datasync: () => told({ name: 'datasync', key }, () => file.datasync()),
      sync: () => told({ name: 'sync', key }, async () => file.sync?.()),
      close: () =>
        told({ name: 'close', key }, async () => {
          opened--;
          await file.close();
        }),
    };
  }

  return {
    calls,
    strayed,
    open: () => opened,
    failing(decide) {
      fail = decide;
    },
    fs: {
      open: (path, flags, mode) => {
        const key = keyOf(path);
        return told({ name: 'open', key }, async () => watchedFile(await base.open(path, flags, mode), key));
      },
      mkdir: (path, options) => told({ name: 'mkdir', key: keyOf(path) }, () => base.mkdir(path, options)),
      readdir: (path, options) => told({ name: 'readdir', key: keyOf(path) }, () => base.readdir(path, options)),
      opendir: (path, options) => told({ name: 'opendir', key: keyOf(path) }, () => base.opendir(path, options)),
      stat: (path) => told({ name: 'stat', key: keyOf(path) }, () => base.stat(path)),
      rename: (from, to) => told({ name: 'rename', key: keyOf(from), to: keyOf(to) }, () => base.rename(from, to)),
      unlink: (path) => told({ name: 'unlink', key: keyOf(path) }, () => base.unlink(path)),
      rmdir: (path) => told({ name: 'rmdir', key: keyOf(path) }, () => base.rmdir(path)),
      rm: (path, options) => told({ name: 'rm', key: keyOf(path) }, () => base.rm(path, options)),
    },
  };
}
