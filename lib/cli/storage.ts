/** Opens the storage that the command line names, and checks that it can be written. */
import { readdir } from 'node:fs/promises';
import { resolve } from 'node:path';
import { type FsDriver, fsDriver } from '../../drivers/fs.ts';
import { memoryDriver } from '../../drivers/memory.ts';
import type { Driver } from '../driver.ts';
import { bucketUrl, loadS3 } from './bucket.ts';
import { usualRoot } from './flags.ts';
import type { BucketArguments, StorageArguments } from './parse-arguments.ts';
import { messageOf, needed, StartError } from './start-error.ts';

/** A driver, and where its content is kept, as text for people. */
export interface Storage {
  readonly driver: Driver;
  readonly place: string;
  /** What cannot be done with it, where that is not everything. */
  readonly warning?: string;
}

/**
 * Opens the storage. Throws a {@link StartError} if there is nothing to serve from, as its directory can neither be written nor
 * read, or the SDK of the s3 driver is not installed.
 */
export async function openStorage(asked: StorageArguments): Promise<Storage> {
  if (asked.driver === 'memory') return { driver: memoryDriver(), place: 'memory, until this process ends' };
  if (asked.bucket) return openBucket(asked.bucket);
  const root = rootOf(asked);
  const driver = openRoot(asked, root);
  const warning = await prepare(driver, root);
  return { driver, place: root, ...(warning !== undefined && { warning }) };
}

/**
 * Does the work on a storage that is there, and closes it; `does` says what that is, for errors. Throws a {@link StartError} if the storage cannot
 * be read, if its driver has no inventory, and for what the work throws.
 */
export async function withInventory<T>(asked: StorageArguments, does: string, work: (driver: Driver) => Promise<T>): Promise<T> {
  if (asked.driver === 'memory')
    throw new StartError('--driver memory keeps what its own process has: there is nothing to look at');
  const root = rootOf(asked);
  // The driver takes a root that is missing for an empty one.
  if (!asked.bucket) await needed(`read the root ${root}`, () => readdir(root));
  const { driver, place } = asked.bucket ? await openBucket(asked.bucket) : { driver: openRoot(asked, root), place: root };
  try {
    if (!driver.inventory)
      throw new StartError(`the ${driver.name} driver has no inventory: what it holds cannot be looked through`);
    return await needed(`${does} ${place}`, () => work(driver));
  } finally {
    await driver.close?.();
  }
}

const rootOf = ({ root = usualRoot }: StorageArguments): string => resolve(root);

function openRoot({ fileMode, directoryMode }: StorageArguments, root: string): FsDriver {
  return fsDriver({
    root,
    ...(fileMode !== undefined && { fileMode }),
    ...(directoryMode !== undefined && { directoryMode }),
  });
}

async function openBucket(bucket: BucketArguments): Promise<Storage> {
  const { s3Driver, options } = await loadS3(bucket);
  return { driver: s3Driver(options), place: bucketUrl(bucket) };
}

const noRoom =
  'pushes are refused until there is room; what is there can be pulled and deleted, but its content stays on the disk when no repository holds it any longer, so that deletion makes no room';
const notPermitted = 'may not be written by this process: what it may read can be pulled, and nothing can be pushed or deleted';

/** What is wrong with a root and what still works, by the error with which a write failed. */
const degraded: Readonly<Record<string, (root: string) => string>> = {
  ENOSPC: (root) => `the disk of ${root} is full: ${noRoom}`,
  EDQUOT: (root) => `the disk of ${root} is over its quota: ${noRoom}`,
  EROFS: (root) => `the disk of ${root} is read-only: what is there can be pulled, and nothing can be pushed or deleted`,
  EACCES: (root) => `the root ${root} ${notPermitted}`,
  EPERM: (root) => `the root ${root} ${notPermitted}`,
};

/** Tries a write, as nothing else finds missing permissions, read-only mounts and full disks; gives what to warn of. */
export async function prepare(driver: Pick<FsDriver, 'prepare'>, root: string): Promise<string | undefined> {
  try {
    await driver.prepare();
    return undefined;
  } catch (error) {
    const reason = error instanceof Error ? (error.cause ?? error) : error;
    const code = reason instanceof Error && 'code' in reason ? String(reason.code) : '';
    const warning = Object.hasOwn(degraded, code) ? degraded[code]?.(root) : undefined;
    if (warning !== undefined && (await isReadable(root))) return warning;
    throw new StartError(`cannot write to the root ${root}: ${messageOf(reason)}`);
  }
}

function isReadable(directory: string): Promise<boolean> {
  return readdir(directory).then(
    () => true,
    () => false,
  );
}
