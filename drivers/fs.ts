/**
 * A registry in a directory: content by digest; links and manifests as small files, tags as names. Any number of processes may use a
 * directory at once. `tree/layout.ts` lists the keys, `fs/` has the parts.
 *
 * @module stowage/drivers/fs
 */
import { resolve } from 'node:path';
import { parseOptions } from '../lib/checks/options.ts';
import type { Driver, Inventory } from '../lib/driver.ts';
import { createBlobStore } from './fs/blobs.ts';
import { probe } from './fs/changes.ts';
import { createContents } from './fs/contents.ts';
import { createConversion } from './fs/conversion.ts';
import { createDisk } from './fs/disk.ts';
import { createEmptyDirectorySweep } from './fs/empty-directories.ts';
import { createFsInventory } from './fs/inventory.ts';
import { withModes } from './fs/modes.ts';
import { createObjects, withTrash } from './fs/objects.ts';
import { type FsDriverOptions, fsOptions } from './fs/options.ts';
import { createOutboxStore } from './fs/outbox.ts';
import { createWithdraw } from './fs/quarantine.ts';
import { withRepeats } from './fs/sharing-violations.ts';
import { createTagLists } from './fs/tag-lists.ts';
import { createTags } from './fs/tags.ts';
import { createTrash } from './fs/trash.ts';
import { createUploadStore } from './fs/uploads.ts';
import { createManifestStore } from './tree/objects.ts';

export type { Instance, Liveness } from './fs/liveness.ts';
export type { FsDriverOptions } from './fs/options.ts';
export type { FileSystem, SystemEntry, SystemFile, SystemStats } from './fs/system.ts';
export type { InstanceProcess } from './tree/records.ts';

/** A {@link Driver} that keeps its content in a directory. */
export interface FsDriver extends Driver {
  readonly inventory: Inventory;
  /**
   * Makes the directory, checks that files can be written in it, and converts what an earlier release has left in it, so that a server
   * can fail before it listens. Optional.
   *
   * @throws {StorageFault} that says what failed
   */
  prepare(): Promise<void>;
  /** Ends the heartbeat that tells other processes that this one lives. The driver is not used afterwards. */
  close(): Promise<void>;
}

/**
 * A driver that keeps its content in a directory. It touches nothing before it is used.
 *
 * @throws {TypeError} that lists everything that is wrong with the options
 * @example
 * import { fsDriver } from 'stowage/drivers/fs';
 *
 * const driver = fsDriver({ root: './data' });
 * await driver.prepare(); // fails here, and not at the first push, if the directory cannot be written
 * await driver.close();
 */
export function fsDriver(options: FsDriverOptions): FsDriver {
  const { root, durability, fileMode, directoryMode, cacheBytes, fs, alive } = parseOptions('fsDriver', options, fsOptions);
  const files = withModes(fs, { file: fileMode, directory: directoryMode });
  const system = process.platform === 'win32' ? withRepeats(files) : files;
  const disk = createDisk(system, resolve(root), { durable: durability === 'full', alive, cacheBytes });
  const stored = createObjects(disk);
  const convert = createConversion(disk, stored);
  const lists = createTagLists(disk);
  const trash = createTrash(disk);
  const objects = withTrash(stored, trash);
  const contents = createContents(disk, stored, trash);
  const blobs = createBlobStore(disk, objects, trash, contents);
  return {
    name: 'fs',
    blobs,
    uploads: createUploadStore(disk, blobs, createEmptyDirectorySweep(disk, stored, lists)),
    manifests: createManifestStore(objects, createTags(disk, lists, convert)),
    outbox: createOutboxStore(disk),
    inventory: createFsInventory(disk, stored, trash, contents, createWithdraw(disk, stored)),
    prepare: async () => {
      await probe(disk);
      await convert();
    },
    close: () => disk.instances.close(),
  };
}
