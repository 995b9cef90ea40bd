/**
 * A registry in a bucket of an object store. Content stays under the key that it was uploaded to; sessions, links, manifests
 * and tags are small objects that change by compare-and-swap, so any number of instances may use a bucket at once.
 * `tree/layout.ts` lists the keys, `s3/` has the parts.
 *
 * @module stowage/drivers/s3
 */
import type { Driver } from '../lib/driver.ts';
import { createAppender } from './s3/appending.ts';
import { createAsides } from './s3/asides.ts';
import { createBlobStore } from './s3/blobs.ts';
import { createBufferPool } from './s3/buffer-pool.ts';
import { checkStore, type Guarantee } from './s3/check.ts';
import { createClient } from './s3/client.ts';
import { createCheckedStore } from './s3/condition-check.ts';
import { createContents } from './s3/content.ts';
import { createFastPath } from './s3/fast-path.ts';
import { createS3Inventory } from './s3/inventory.ts';
import { createObjectCalls } from './s3/object-calls.ts';
import { createObjects } from './s3/objects.ts';
import { parseS3Options, type S3DriverOptions } from './s3/options.ts';
import { largestObject } from './s3/part-plan.ts';
import { createReclaim } from './s3/reclaim.ts';
import { createRedirect } from './s3/redirect.ts';
import { createSessions } from './s3/sessions.ts';
import { createStore } from './s3/store.ts';
import { createTrash } from './s3/trash.ts';
import { createUploadStore } from './s3/uploads.ts';
import { createManifestStore } from './tree/objects.ts';
import { createTagObjects } from './tree/tags.ts';

export type { Guarantee } from './s3/check.ts';
export type { S3DriverOptions } from './s3/options.ts';
export type { RedirectOption } from './s3/redirect.ts';

/**
 * Checks whether a store guarantees what the driver needs, with some objects that are deleted afterwards. A guarantee whose check
 * fails with an error does not hold. If the store cannot be used at all, the result has only the first guarantee.
 *
 * @throws {TypeError} that lists everything that is wrong with the options
 * @example
 * import { checkS3 } from 'stowage/drivers/s3';
 *
 * const guarantees = await checkS3({ bucket: 'my-registry' });
 * guarantees.filter(({ holds, needed }) => !holds && needed === 'always'); // => []
 */
export async function checkS3(
  options: Pick<S3DriverOptions, 'bucket' | 'client' | 'clientConfig' | 'prefix'>,
): Promise<readonly Guarantee[]> {
  const { bucket, prefix, ...given } = parseS3Options('checkS3', options);
  const client = given.client ?? createClient(given.clientConfig);
  try {
    return await checkStore(client, bucket, below(prefix));
  } finally {
    if (!given.client) client.destroy();
  }
}

const below = (prefix: string): string => (prefix === '' || prefix.endsWith('/') ? prefix : `${prefix}/`);

/**
 * A driver that keeps its content in a bucket. It makes no call before it is used. Unless `unsafeSingleWriter` is set, the
 * first conditional write throws a StorageFault on a store that ignores conditions; {@link checkS3} tells before.
 *
 * @throws {TypeError} that lists everything that is wrong with the options
 * @example
 * import { createRegistryHandler } from 'stowage';
 * import { s3Driver } from 'stowage/drivers/s3';
 *
 * const handler = createRegistryHandler(s3Driver({ bucket: 'my-registry', prefix: 'team-a/' }));
 */
export function s3Driver(options: S3DriverOptions): Driver {
  const filled = parseS3Options('s3Driver', options);
  const { bucket, redirect, partSize, partsInFlight, bufferBytes } = filled;
  const client = filled.client ?? createClient(filled.clientConfig);
  const prefix = below(filled.prefix);
  const calls = createObjectCalls(client, bucket, prefix);
  const direct = isWatched(filled)
    ? calls
    : createFastPath(client, bucket, prefix, calls, filled.clientConfig?.requestHandler === undefined);
  const unchecked = createStore(client, bucket, prefix, direct);
  const store = filled.unsafeSingleWriter ? unchecked : createCheckedStore(unchecked);
  // The key of the bytes is in the URL: that of a repository's own tells nothing of others.
  const contents = createContents(store, redirect === 'never' ? 'shared' : 'own bytes');
  const sessions = createSessions(store);
  const appender = createAppender(store, createBufferPool(partSize, bufferBytes), { partSize, partsInFlight });
  const objects = createObjects(store);
  const trash = createTrash(store);
  return {
    name: 's3',
    blobs: createBlobStore(store, contents, sessions, appender, createRedirect(client, bucket, prefix, redirect)),
    uploads: createUploadStore(store, sessions, contents, appender),
    manifests: createManifestStore(objects, createTagObjects(objects)),
    inventory: createS3Inventory(store, objects, trash, createReclaim(store, objects, trash, createAsides(store))),
    largestBlob: largestObject,
    close: async () => {
      if (!filled.client) client.destroy();
    },
  };
}

/** Whether something of the host's is to see every call: the middleware of a client or an extension, a logger, or what counts attempts. */
const isWatched = ({ client, clientConfig = {} }: Pick<S3DriverOptions, 'client' | 'clientConfig'>): boolean =>
  client !== undefined || watching.some((name) => clientConfig[name] !== undefined);
const watching = ['extensions', 'logger', 'retryMode', 'retryStrategy'] as const;
