/** Opens the storage that the command line names, and checks that it can be written. */
import { readdir } from 'node:fs/promises';
import { resolve } from 'node:path';
import { type FsDriver, fsDriver } from '../../drivers/fs.ts';
import { memoryDriver } from '../../drivers/memory.ts';
import type { Driver } from '../driver.ts';
import { bucketUrl, loadS3 } from './bucket.ts';
import { usualRoot } from './flags.ts';
import type { ServeArguments } from './parse-arguments.ts';
import { messageOf, StartError } from './start-error.ts';

/** A driver, and where its content is kept, as text for people. */
export interface Storage {
  readonly driver: Driver;
  readonly place: string;
  /** What cannot be done with it, where that is not everything. */
  readonly warning?: string;
}

type Asked = Pick<ServeArguments, 'driver' | 'root' | 'fileMode' | 'directoryMode' | 'bucket'>;

/**
 * Opens the storage. Throws a {@link StartError} if there is nothing to serve from, as its directory can neither be written nor
 * read, or the SDK of the s3 driver is not installed.
 */
export async function openStorage(asked: Asked): Promise<Storage> {
  if (asked.driver === 'memory') return { driver: memoryDriver(), place: 'memory, until this process ends' };
  if (asked.bucket) {
    const { s3Driver, options } = await loadS3(asked.bucket);
    return { driver: s3Driver(options), place: bucketUrl(asked.bucket) };
  }
  const root = resolve(asked.root ?? usualRoot);
  const { fileMode, directoryMode } = asked;
  const driver = fsDriver({
    root,
    ...(fileMode !== undefined && { fileMode }),
    ...(directoryMode !== undefined && { directoryMode }),
  });
  const warning = await prepare(driver, root);
  return { driver, place: root, ...(warning !== undefined && { warning }) };
}

/** What still works, by the error with which a write failed. */
const degraded: Readonly<Record<string, string>> = {
  ENOSPC: 'is full: what is there can be pulled and deleted, and pushes are refused until there is room',
  EDQUOT: 'is over its quota: what is there can be pulled and deleted, and pushes are refused until there is room',
  EROFS: 'is read-only: what is there can be pulled, and nothing can be pushed or deleted',
};

/** Tries a write, as nothing else finds missing permissions, read-only mounts and full disks; gives what to warn of. */
export async function prepare(driver: Pick<FsDriver, 'prepare'>, root: string): Promise<string | undefined> {
  try {
    await driver.prepare();
    return undefined;
  } catch (error) {
    const reason = error instanceof Error ? (error.cause ?? error) : error;
    const code = reason instanceof Error && 'code' in reason ? String(reason.code) : '';
    const rest = Object.hasOwn(degraded, code) ? degraded[code] : undefined;
    if (rest !== undefined && (await isReadable(root))) return `the disk of ${root} ${rest}`;
    throw new StartError(`cannot write to the root ${root}: ${messageOf(reason)}`);
  }
}

function isReadable(directory: string): Promise<boolean> {
  return readdir(directory).then(
    () => true,
    () => false,
  );
}
