/** The driver that the command line names, and whether it can store anything. */
import { resolve } from 'node:path';
import { fsDriver } from '../../drivers/fs.ts';
import { memoryDriver } from '../../drivers/memory.ts';
import type { Driver } from '../driver.ts';
import type { ServeArguments } from './arguments.ts';
import { messageOf, StartError } from './start-error.ts';

/** A driver, and what to tell people about where its content lies. */
export interface Storage {
  readonly driver: Driver;
  readonly place: string;
}

type Asked = Pick<ServeArguments, 'driver' | 'root' | 'bucket' | 'endpoint' | 'prefix'>;

/** Opens the storage. Throws a {@link StartError} where its directory cannot be written, or the SDK of its store is not installed. */
export async function openStorage(asked: Asked): Promise<Storage> {
  if (asked.driver === 'memory') return { driver: memoryDriver(), place: 'memory, until this process ends' };
  if (asked.driver === 's3') return openBucket(asked);
  const root = resolve(asked.root ?? 'data');
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

/** The SDK is loaded only where somebody asks for it: it is an optional peer. */
async function openBucket({ bucket = '', endpoint, prefix = '' }: Asked): Promise<Storage> {
  const { s3Driver } = await import('../../drivers/s3.ts').catch((error: unknown) => {
    throw new StartError(`the s3 driver needs the package @aws-sdk/client-s3: ${messageOf(error)}`);
  });
  // A store of one's own seldom has a name for each bucket.
  const clientConfig = endpoint === undefined ? {} : { endpoint, forcePathStyle: true };
  return { driver: s3Driver({ bucket, prefix, clientConfig }), place: `s3://${bucket}/${prefix}` };
}
