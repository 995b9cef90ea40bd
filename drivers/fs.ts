/**
 * A registry in a directory: content by digest, links, manifests and tags as small files. `layout.ts` draws the tree,
 * `fs/` has the parts. Any number of processes may use a directory at once.
 */
import { resolve } from 'node:path';
import { parseOptions } from '../lib/checks/options.ts';
import type { Driver } from '../lib/driver.ts';
import { blobsOn } from './fs/blobs.ts';
import { probe } from './fs/changes.ts';
import { diskAt } from './fs/disk.ts';
import { objectsOn } from './fs/objects.ts';
import { type FsDriverOptions, fsOptions } from './fs/options.ts';
import { uploadsOn } from './fs/uploads.ts';
import { manifestsIn } from './tree/objects.ts';

export type { Instance, Liveness } from './fs/liveness.ts';
export type { FsDriverOptions } from './fs/options.ts';
export type { FileSystem, SystemFile } from './fs/system.ts';

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
  const { root, durability, fs, alive } = parseOptions('fsDriver', options, fsOptions);
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
