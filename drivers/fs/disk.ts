/** One root on one file system, and the look at what lies there. Absence is a value; other failures are storage faults. */
import { join } from 'node:path';
import { stagingKey } from '../tree/layout.ts';
import { type Directories, directoriesIn, parentOf } from './directories.ts';
import { type OpenFile, type OpenMode, openFile, readWhole } from './file.ts';
import { type Instances, instancesIn } from './instances.ts';
import type { Liveness } from './liveness.ts';
import { type FileSystem, ifThere, type SystemEntry } from './system.ts';

/** Where the files are and how they are kept. */
export interface Disk {
  readonly fs: FileSystem;
  /** Whether what is reported as done survives a loss of power. */
  readonly durable: boolean;
  readonly instances: Instances;
  readonly directories: Directories;
  /** The absolute path of a key. */
  pathOf(key: string): string;
  /** A key in staging that was never used, and that others leave alone while this process lives. */
  stage(): Promise<string>;
}

/** The disk below `root`, an absolute path. Nothing is touched yet. */
export function diskAt(fs: FileSystem, root: string, durable: boolean, alive: Liveness): Disk {
  const pathOf = (key: string) => join(root, key);
  const directories = directoriesIn(fs, root, pathOf, durable);
  const instances = instancesIn(fs, directories, pathOf, alive);
  let staged = 0;
  const stage = async () => stagingKey(await instances.own(), staged++);
  return { fs, durable, instances, directories, pathOf, stage };
}

/** Opens a file, to be closed. Undefined if there is no such file or, to create one, no such directory. */
export function open(disk: Disk, key: string, mode: OpenMode): Promise<OpenFile | undefined> {
  return ifThere(`opening ${key}`, openFile(disk.fs, disk.pathOf(key), key, mode, disk.durable));
}

/** A file's size in bytes and the time of its last change in milliseconds; undefined if there is no such file. */
export async function look(disk: Disk, key: string): Promise<{ readonly size: number; readonly changed: number } | undefined> {
  const stats = await ifThere(`looking at ${key}`, disk.fs.stat(disk.pathOf(key)));
  return stats && { size: Number(stats.size), changed: Number(stats.mtimeMs) };
}

/** Makes durable that a file was found, or was not, before anybody relies on it. False if its directory is gone. */
export async function settle(disk: Disk, key: string): Promise<boolean> {
  return settleNames(disk, parentOf(key));
}

/** Makes durable which names a directory has. False if there is no such directory. */
export async function settleNames(disk: Disk, directory: string): Promise<boolean> {
  const settled = disk.directories.settle(directory).then(() => true);
  return (await ifThere(`syncing ${directory}`, settled)) ?? false;
}

/** All of a file; undefined if there is none. */
export async function read(disk: Disk, key: string): Promise<Uint8Array | undefined> {
  const file = await open(disk, key, 'read');
  try {
    return file && (await readWhole(file, 0, await file.size()));
  } finally {
    await file?.close();
  }
}

/** The names in a directory, in no order, those of directories with a `/` at their end; none if there is no such directory. */
export async function names(disk: Disk, directory: string): Promise<readonly string[]> {
  return (await namesIfThere(disk, directory)) ?? [];
}

/** The names in a directory as {@link names} gives them; undefined if there is no such directory. */
export async function namesIfThere(disk: Disk, directory: string): Promise<readonly string[] | undefined> {
  const found = await ifThere(`listing ${directory}`, disk.fs.readdir(disk.pathOf(directory), { withFileTypes: true }));
  return found?.map((entry) => (typeof entry === 'object' && 'name' in entry ? nameOf(entry) : String(entry)));
}

function nameOf(entry: SystemEntry): string {
  return entry.isDirectory() ? `${entry.name}/` : `${entry.name}`;
}
