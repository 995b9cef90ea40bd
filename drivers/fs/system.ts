/** The part of a file system that the driver uses, and its errors as storage faults. */
import { type FaultKind, isStorageFault, StorageFault } from '../../lib/driver.ts';

/** The stats of a file. Numbers or bigints: file systems other than Node's may give either. */
export interface SystemStats {
  readonly size: number | bigint;
  readonly mtimeMs: number | bigint;
  /** The time of the last change of the file or its stats, where the file system has it. */
  readonly ctimeMs?: number | bigint;
  /**
   * With the time of birth it tells a directory from another that is made in its place after it was removed. Where a file system
   * has neither, the driver takes them for the same.
   */
  readonly ino?: number | bigint;
  readonly birthtimeMs?: number | bigint;
  /** The permissions, as `chmod` takes them, and perhaps more. Where a file system has none, the driver takes them for right. */
  readonly mode?: number | bigint;
}

/** An entry of a directory. */
export interface SystemEntry {
  readonly name: string | Uint8Array;
  isDirectory(): boolean;
}

/** An open file: the part of `node:fs/promises`' FileHandle that is used. */
export interface SystemFile {
  read(buffer: Uint8Array, offset: number, length: number, position: number): Promise<{ readonly bytesRead: number }>;
  writev(buffers: Uint8Array[], position: number): Promise<{ readonly bytesWritten: number }>;
  stat(): Promise<SystemStats>;
  truncate(length: number): Promise<void>;
  datasync(): Promise<void>;
  /** For directories. May be left out where `datasync` syncs them too. */
  sync?(): Promise<void>;
  /** Where it is left out, new files have the mode that they are opened with, less the umask. */
  chmod?(mode: number): Promise<void>;
  close(): Promise<void>;
}

/** A file system: the part of `node:fs/promises` that is used. `memfs` and wrappers that inject faults fit too. */
export interface FileSystem {
  open(path: string, flags: number, mode?: number): Promise<SystemFile>;
  mkdir(path: string, options?: { recursive: boolean; mode?: number }): Promise<string | undefined>;
  /** Where it is left out, new directories have the mode that they are made with, less the umask. */
  chmod?(path: string, mode: number): Promise<void>;
  /** Gives entries when called with `withFileTypes`; the other types are there so that overloaded declarations fit. */
  readdir(path: string, options: { withFileTypes: true }): Promise<readonly (SystemEntry | string | Uint8Array)[]>;
  /** Gives the entries as they are read, `bufferSize` at a time. */
  opendir(path: string, options: { bufferSize: number }): Promise<AsyncIterable<SystemEntry>>;
  stat(path: string): Promise<SystemStats>;
  /**
   * What `stat` gives, at once; undefined if there is nothing at the path. It is called for what was read a while ago, and only while it
   * is fast. Where it is left out, `stat` is called.
   */
  statSync?(path: string): SystemStats | undefined;
  rename(from: string, to: string): Promise<void>;
  unlink(path: string): Promise<void>;
  /** Fails where the directory is not empty, in one step. */
  rmdir(path: string): Promise<void>;
  rm(path: string, options: { recursive: boolean; maxRetries?: number; retryDelay?: number }): Promise<void>;
}

/** The names of the functions of {@link FileSystem}. */
export const systemCalls = [
  'open',
  'mkdir',
  'readdir',
  'opendir',
  'stat',
  'rename',
  'unlink',
  'rmdir',
  'rm',
] as const satisfies (keyof FileSystem)[];

/** The functions of a file system in an object of its own: with some of them replaced, it is another file system. */
export function callsOf(fs: FileSystem): FileSystem {
  const { statSync } = fs;
  return {
    ...(statSync && { statSync: (path: string) => statSync(path) }),
    open: (path, flags, mode) => fs.open(path, flags, mode),
    mkdir: (path, options) => fs.mkdir(path, options),
    readdir: (path, options) => fs.readdir(path, options),
    opendir: (path, options) => fs.opendir(path, options),
    stat: (path) => fs.stat(path),
    rename: (from, to) => fs.rename(from, to),
    unlink: (path) => fs.unlink(path),
    rmdir: (path) => fs.rmdir(path),
    rm: (path, options) => fs.rm(path, options),
  };
}

const kinds: Readonly<Record<string, FaultKind>> = { ENOSPC: 'full', EDQUOT: 'full', EMFILE: 'busy', ENFILE: 'busy' };

/** The code of a system error (`ENOENT`), or an empty string. */
export function codeOf(error: unknown): string {
  const known = typeof error === 'object' && error !== null && 'code' in error;
  return known && typeof error.code === 'string' ? error.code : '';
}

/** Whether a call failed because a file or directory that it names is missing. */
export function isMissing(error: unknown): boolean {
  return codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR';
}

/** The storage fault of a call that failed. Its message begins with `doing`: `writing <key>`. */
function faultOf(doing: string, error: unknown): StorageFault {
  if (isStorageFault(error)) return error;
  return new StorageFault(kinds[codeOf(error)] ?? 'broken', `${doing} failed: ${codeOf(error) || error}`, { cause: error });
}

/** The value of `work`. Errors become a {@link StorageFault} whose message begins with `doing`. */
export function orFault<T>(doing: string, work: Promise<T>): Promise<T> {
  return work.catch((error: unknown) => {
    throw faultOf(doing, error);
  });
}

/** The value of `work`, or undefined if a file or directory is missing. Other errors become a {@link StorageFault}. */
export function undefinedIfMissing<T>(doing: string, work: Promise<T>): Promise<T | undefined> {
  return work.catch((error: unknown) => {
    if (isMissing(error)) return undefined;
    throw faultOf(doing, error);
  });
}
