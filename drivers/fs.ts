/**
 * A registry in a directory: content by digest, links, manifests and tags as small files. `layout.ts` draws the tree,
 * `fs/` has the parts. Any number of processes may use a directory at once.
 */
import * as nodeFileSystem from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Driver } from '../lib/driver.ts';
import { blobsOn } from './fs/blobs.ts';
import { probe } from './fs/changes.ts';
import { diskAt } from './fs/disk.ts';
import { isAlive, type Liveness } from './fs/liveness.ts';
import { objectsOn } from './fs/objects.ts';
import { type FileSystem, systemCalls } from './fs/system.ts';
import { uploadsOn } from './fs/uploads.ts';
import { manifestsIn } from './tree/objects.ts';

export type { Instance, Liveness } from './fs/liveness.ts';
export type { FileSystem, SystemFile } from './fs/system.ts';

/** Where and how {@link fsDriver} keeps a registry. */
export interface FsDriverOptions {
  /** The directory; made when the first thing is stored. A relative path counts from the current directory. */
  readonly root: string;
  /**
   * `full`, the default: what was acknowledged survives a loss of power. `none`: only the death of the process;
   * faster, for tests.
   */
  readonly durability?: 'full' | 'none';
  /** In place of `node:fs/promises`. */
  readonly fs?: FileSystem;
  /**
   * Whether a driver that used the directory may still write to it. By default, one of this machine may while its
   * process runs, and any other one until it was silent for a minute.
   */
  readonly alive?: Liveness;
}

/** A {@link Driver} that keeps its content in a directory. */
export interface FsDriver extends Driver {
  /**
   * Makes the directory and checks that files can be written in it, so that a server can tell before it listens.
   * Nobody needs to call it. Throws a StorageFault that says what failed.
   */
  prepare(): Promise<void>;
  close(): Promise<void>;
}

/** A driver that keeps its content in a directory. It touches nothing before it is used. Throws a TypeError for wrong options. */
export function fsDriver(options: FsDriverOptions): FsDriver {
  const { root, durability = 'full', fs = nodeFileSystem, alive = isAlive } = checked(options);
  const disk = diskAt(fs, resolve(root), durability === 'full', alive);
  const objects = objectsOn(disk);
  const blobs = blobsOn(disk, objects);
  return {
    name: 'fs',
    blobs,
    uploads: uploadsOn(disk, blobs),
    manifests: manifestsIn(objects),
    prepare: () => probe(disk),
    close: () => disk.instances.close(),
  };
}

/** The options, if they are right; all that is wrong with them in one TypeError, if not. */
function checked(options: FsDriverOptions): FsDriverOptions {
  const { root, durability = 'full', fs = nodeFileSystem, alive = isAlive, ...others }: FsDriverOptions = options ?? {};
  const wrong = Object.keys(others).map((name) => `there is no option '${name}'; use root, durability, fs, alive`);
  if (typeof root !== 'string' || root === '' || root.includes('\0')) wrong.push('root must be the path of a directory');
  if (durability !== 'full' && durability !== 'none') wrong.push("durability must be 'full' or 'none'");
  if (typeof alive !== 'function') wrong.push('alive must be a function');
  const missing = systemCalls.filter((call) => typeof fs?.[call] !== 'function');
  if (missing.length > 0) wrong.push(`fs must be like node:fs/promises; it has no ${missing.join(', ')}`);
  if (wrong.length > 0) throw new TypeError(`fsDriver: ${wrong.join('; ')}`);
  return options;
}
