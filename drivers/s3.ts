/**
 * A registry in a bucket of an object store. Content stays under the key that it was uploaded to; sessions, links, manifests
 * and tags are small objects that change by compare and swap, so that any number of instances may use a bucket at once.
 * `layout.ts` draws the tree, `s3/` has the parts.
 */
import type { S3Client, S3ClientConfig } from '@aws-sdk/client-s3';
import type { Driver } from '../lib/driver.ts';
import { appendingTo, smallestPart, type Width } from './s3/appending.ts';
import { blobsIn } from './s3/blobs.ts';
import { partBuffers } from './s3/buffers.ts';
import { checkStore, type Guarantee } from './s3/check.ts';
import { newClient } from './s3/client.ts';
import { contentsIn } from './s3/content.ts';
import { objectsIn } from './s3/objects.ts';
import { type RedirectOption, redirectTo } from './s3/redirect.ts';
import { sessionsIn } from './s3/sessions.ts';
import { storeIn } from './s3/store.ts';
import { distrusted } from './s3/trust.ts';
import { uploadsIn } from './s3/uploads.ts';
import { plainTags } from './tree/layout.ts';
import { manifestsIn } from './tree/objects.ts';

export type { Guarantee } from './s3/check.ts';
export type { RedirectOption } from './s3/redirect.ts';

/** Where and how {@link s3Driver} keeps a registry. */
export interface S3DriverOptions extends Partial<Width> {
  readonly bucket: string;
  /** A client that is there already, with its own timeouts and retries; it remains the caller's, who closes it. */
  readonly client?: S3Client;
  /**
   * What a client is made of where none is given. Default: what the SDK finds in the environment, and a store that is silent
   * for 4 seconds is asked again, as often as the SDK does.
   */
  readonly clientConfig?: S3ClientConfig;
  /** What all keys begin with, so that a bucket can be shared: `registry/`. Default: nothing. */
  readonly prefix?: string;
  /**
   * Sends clients to the store for blobs, with URLs that work for 15 minutes: `always`, `never`, or for the blobs that the
   * function names. The store must be reachable for the clients under the endpoint of `client`. Needs the package
   * `@aws-sdk/s3-request-presigner`. Default: `never`.
   */
  readonly redirect?: RedirectOption;
  /**
   * Take a store that ignores conditions. Then nothing but this one driver may write to the bucket, and of its own requests two
   * that change one tag at once may both be told that they won. Default: false, and such a store is refused.
   */
  readonly unsafeSingleWriter?: boolean;
  /** How many bytes of uploads may wait in memory, whatever their number. Default: 192 MiB. */
  readonly bufferBytes?: number;
}

const mebibyte = 1024 * 1024;

/**
 * Asks a store for everything that the driver leans on, with some objects that are deleted afterwards. What a store refuses
 * does not hold; of one that takes nothing at all, only the first answer is given. Throws a TypeError for wrong options.
 */
export async function checkS3(
  options: Pick<S3DriverOptions, 'bucket' | 'client' | 'clientConfig' | 'prefix'>,
): Promise<readonly Guarantee[]> {
  const { bucket, prefix } = checked(options);
  const client = options.client ?? newClient(options.clientConfig);
  try {
    return await checkStore(client, bucket, below(prefix));
  } finally {
    if (!options.client) client.destroy();
  }
}

const below = (prefix = ''): string => (prefix === '' || prefix.endsWith('/') ? prefix : `${prefix}/`);

/** A driver that keeps its content in a bucket. It touches nothing before it is used. Throws a TypeError for wrong options. */
export function s3Driver(options: S3DriverOptions): Driver {
  const {
    bucket,
    partSize = 8 * mebibyte,
    partsInFlight = 4,
    bufferBytes = 192 * mebibyte,
    redirect = 'never',
    unsafeSingleWriter = false,
  } = checked(options);
  const client = options.client ?? newClient(options.clientConfig);
  const prefix = below(options.prefix);
  const plain = storeIn(client, bucket, prefix);
  const store = unsafeSingleWriter ? plain : distrusted(plain);
  const contents = contentsIn(store);
  const appending = appendingTo(store, partBuffers(partSize, bufferBytes), { partSize, partsInFlight });
  return {
    name: 's3',
    blobs: blobsIn(store, contents, appending, redirectTo(client, bucket, prefix, redirect)),
    uploads: uploadsIn(store, sessionsIn(store), contents, appending),
    manifests: manifestsIn(objectsIn(store), plainTags),
    close: async () => {
      if (!options.client) client.destroy();
    },
  };
}

/** The options, if they are right; all that is wrong with them in one TypeError, if not. */
function checked(options: S3DriverOptions): S3DriverOptions {
  const {
    bucket,
    client,
    clientConfig,
    prefix = '',
    partSize,
    partsInFlight,
    bufferBytes,
    redirect = 'never',
    unsafeSingleWriter = false,
    ...others
  }: S3DriverOptions = options ?? {};
  const known = 'bucket, client, clientConfig, prefix, redirect, partSize, partsInFlight, bufferBytes, unsafeSingleWriter';
  const isCount = (value: unknown, least: number) =>
    value === undefined || (Number.isSafeInteger(value) && Number(value) >= least);
  const wrong = [
    ...Object.keys(others).map((name) => `there is no option '${name}'; use ${known}`),
    ...(typeof bucket !== 'string' || bucket === '' ? ['bucket must be the name of a bucket'] : []),
    ...(client !== undefined && typeof client?.send !== 'function' ? ['client must be an S3Client'] : []),
    ...(client !== undefined && clientConfig !== undefined ? ['give client or clientConfig, and not both'] : []),
    ...(typeof prefix !== 'string' || prefix.startsWith('/') ? ['prefix must be text that does not begin with a slash'] : []),
    ...(redirect === 'always' || redirect === 'never' || typeof redirect === 'function'
      ? []
      : ["redirect must be 'always', 'never' or a function"]),
    ...(typeof unsafeSingleWriter === 'boolean' ? [] : ['unsafeSingleWriter must be true or false']),
    ...(isCount(partSize, smallestPart) ? [] : [`partSize must be ${smallestPart} bytes at least`]),
    ...(isCount(partsInFlight, 1) ? [] : ['partsInFlight must be 1 at least']),
    ...(isCount(bufferBytes, partSize ?? 0) ? [] : ['bufferBytes must be partSize at least']),
  ];
  if (wrong.length > 0) throw new TypeError(`s3Driver: ${wrong.join('; ')}`);
  return options;
}
