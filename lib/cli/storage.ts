/** Opens the storage that the command line names, and checks that it can be written. */
import { resolve } from 'node:path';
import { fsDriver } from '../../drivers/fs.ts';
import { memoryDriver } from '../../drivers/memory.ts';
import type { Driver } from '../driver.ts';
import type { ServeArguments } from './arguments.ts';
import { bucketUrl, loadS3 } from './bucket.ts';
import { usualRoot } from './commands.ts';
import { messageOf, StartError } from './start-error.ts';

/** A driver, and where its content is kept, as text for people. */
export interface Storage {
  readonly driver: Driver;
  readonly place: string;
}

type Asked = Pick<ServeArguments, 'driver' | 'root' | 'bucket'>;

/** Opens the storage. Throws a {@link StartError} if its directory cannot be written or the SDK of the s3 driver is not installed. */
export async function openStorage(asked: Asked): Promise<Storage> {
  if (asked.driver === 'memory') return { driver: memoryDriver(), place: 'memory, until this process ends' };
  if (asked.bucket) {
    const { s3Driver, options } = await loadS3(asked.bucket);
    return { driver: s3Driver(options), place: bucketUrl(asked.bucket) };
  }
  const root = resolve(asked.root ?? usualRoot);
  const driver = fsDriver({ root });
  try {
    // A write is the only test that finds missing permissions, read-only mounts and full disks.
    await driver.prepare();
  } catch (error) {
    const reason = error instanceof Error ? (error.cause ?? error) : error;
    throw new StartError(`cannot write to the root ${root}: ${messageOf(reason)}`);
  }
  return { driver, place: root };
}
