/** The driver that the command line names, and whether it can store anything. */
import { resolve } from 'node:path';
import { fsDriver } from '../../drivers/fs.ts';
import { memoryDriver } from '../../drivers/memory.ts';
import type { Driver } from '../driver.ts';
import type { ServeArguments } from './arguments.ts';
import { loadS3, placeOf } from './bucket.ts';
import { usualRoot } from './commands.ts';
import { messageOf, StartError } from './start-error.ts';

/** A driver, and what to tell people about where its content lies. */
export interface Storage {
  readonly driver: Driver;
  readonly place: string;
}

type Asked = Pick<ServeArguments, 'driver' | 'root' | 'bucket'>;

/** Opens the storage. Throws a {@link StartError} where its directory cannot be written, or the SDK of its store is not installed. */
export async function openStorage(asked: Asked): Promise<Storage> {
  if (asked.driver === 'memory') return { driver: memoryDriver(), place: 'memory, until this process ends' };
  if (asked.bucket) {
    const { s3Driver, options } = await loadS3(asked.bucket);
    return { driver: s3Driver(options), place: placeOf(asked.bucket) };
  }
  const root = resolve(asked.root ?? usualRoot);
  const driver = fsDriver({ root });
  try {
    // Permissions, read-only mounts and full disks show only when something is really written.
    await driver.prepare();
  } catch (error) {
    const reason = error instanceof Error ? (error.cause ?? error) : error;
    throw new StartError(`cannot write to the root ${root}: ${messageOf(reason)}`);
  }
  return { driver, place: root };
}
