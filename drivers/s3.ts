/**
 * A registry in a bucket of an object store. Content stays under the key that it was uploaded to; sessions, links, manifests
 * and tags are small objects that change by compare and swap, so that any number of instances may use a bucket at once.
 * `layout.ts` draws the tree, `s3/` has the parts.
 */
import type { Driver } from '../lib/driver.ts';
import { appendingTo } from './s3/appending.ts';
import { blobsIn } from './s3/blobs.ts';
import { partBuffers } from './s3/buffers.ts';
import { checkStore, type Guarantee } from './s3/check.ts';
import { newClient } from './s3/client.ts';
import { contentsIn } from './s3/content.ts';
import { objectsIn } from './s3/objects.ts';
import { parseS3Options, type S3DriverOptions } from './s3/options.ts';
import { redirectTo } from './s3/redirect.ts';
import { sessionsIn } from './s3/sessions.ts';
import { storeIn } from './s3/store.ts';
import { distrusted } from './s3/trust.ts';
import { uploadsIn } from './s3/uploads.ts';
import { plainTags } from './tree/layout.ts';
import { manifestsIn } from './tree/objects.ts';

export type { Guarantee } from './s3/check.ts';
export type { S3DriverOptions } from './s3/options.ts';
export type { RedirectOption } from './s3/redirect.ts';

/**
 * Asks a store for everything that the driver leans on, with some objects that are deleted afterwards. What a store refuses
 * does not hold; of one that takes nothing at all, only the first answer is given. Throws a TypeError for wrong options.
 */
export async function checkS3(
  options: Pick<S3DriverOptions, 'bucket' | 'client' | 'clientConfig' | 'prefix'>,
): Promise<readonly Guarantee[]> {
  const { bucket, prefix, ...given } = parseS3Options('checkS3', options);
  const client = given.client ?? newClient(given.clientConfig);
  try {
    return await checkStore(client, bucket, below(prefix));
  } finally {
    if (!given.client) client.destroy();
  }
}

const below = (prefix: string): string => (prefix === '' || prefix.endsWith('/') ? prefix : `${prefix}/`);

/** A driver that keeps its content in a bucket. It touches nothing before it is used. Throws a TypeError for wrong options. */
export function s3Driver(options: S3DriverOptions): Driver {
  const filled = parseS3Options('s3Driver', options);
  const { bucket, redirect, partSize, partsInFlight, bufferBytes } = filled;
  const client = filled.client ?? newClient(filled.clientConfig);
  const prefix = below(filled.prefix);
  const plain = storeIn(client, bucket, prefix);
  const store = filled.unsafeSingleWriter ? plain : distrusted(plain);
  const contents = contentsIn(store);
  const appending = appendingTo(store, partBuffers(partSize, bufferBytes), { partSize, partsInFlight });
  return {
    name: 's3',
    blobs: blobsIn(store, contents, appending, redirectTo(client, bucket, prefix, redirect)),
    uploads: uploadsIn(store, sessionsIn(store), contents, appending),
    manifests: manifestsIn(objectsIn(store), plainTags),
    close: async () => {
      if (!filled.client) client.destroy();
    },
  };
}
