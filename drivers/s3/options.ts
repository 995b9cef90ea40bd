/** What the driver for object stores can be told: the type, and a row for each option. Nothing here loads the SDK. */
import type { S3Client, S3ClientConfig } from '@aws-sdk/client-s3';
import { boolean, isObject, isWhole, must, object, positive } from '../../lib/checks/check.ts';
import { type Filled, type OptionTable, parseOptions } from '../../lib/checks/options.ts';
import { smallestPart } from './part-plan.ts';
import type { RedirectOption } from './redirect.ts';

/** Where and how `s3Driver` keeps a registry. */
export interface S3DriverOptions {
  /** The bucket, which has to be there. */
  readonly bucket: string;
  /** An existing client, with its own timeouts and retries. The caller closes it. */
  readonly client?: S3Client | undefined;
  /**
   * The configuration of the client that the driver makes if none is given. Default: what the SDK finds in the environment,
   * with an idle timeout of 4 seconds, after which the SDK retries.
   */
  readonly clientConfig?: S3ClientConfig | undefined;
  /** A prefix of all keys, so that a bucket can be shared: `registry/`. Default: nothing. */
  readonly prefix?: string | undefined;
  /**
   * Redirects clients to the store for blobs, with signed URLs that are valid for 15 minutes: `always`, `never`, or for blobs
   * of which the function gives true. Clients must reach the store under the endpoint of `client`. Needs the package
   * `@aws-sdk/s3-request-presigner`. Default: 'never'.
   */
  readonly redirect?: RedirectOption | undefined;
  /**
   * Accepts a store that ignores conditional writes. Then only this one driver may write to the bucket, and two requests that
   * change one tag at the same time may both succeed. Default: false: on such a store, the first conditional write throws.
   */
  readonly unsafeSingleWriter?: boolean | undefined;
  /** How large the parts of large uploads are, in bytes; 5 MiB at least. Default: 8 MiB. */
  readonly partSize?: number | undefined;
  /** How many parts of one upload are on their way at once. Default: 4. */
  readonly partsInFlight?: number | undefined;
  /** The most bytes that all uploads together may buffer in memory. Default: 192 MiB. */
  readonly bufferBytes?: number | undefined;
}

const mebibyte = 1024 * 1024;

/** The options of `s3Driver`. */
export const s3Options = {
  bucket: {
    required: true,
    check: must('be the name of a bucket', (value) => typeof value === 'string' && value !== ''),
    sentence: 'the bucket; it has to be there',
  },
  client: {
    check: must('be an S3Client', (value) => isObject(value) && typeof value.send === 'function'),
    sentence: 'an `S3Client` of yours: credentials, agent, retries and middleware remain yours',
  },
  clientConfig: {
    check: object,
    defaultWords: 'what the SDK finds',
    sentence: 'what a client is made of, where you give none; a store that is silent for 4 seconds is then asked again',
  },
  prefix: {
    check: must('be text that does not begin with a slash', (value) => typeof value === 'string' && !value.startsWith('/')),
    default: '',
    defaultWords: 'nothing',
    sentence: 'what all keys begin with, so that a bucket can be shared',
  },
  redirect: {
    check: must("be 'always', 'never' or a function", isRedirect),
    default: 'never',
    sentence:
      "`'always'`, or `({ digest, size }) => boolean`: clients fetch these blobs from the store, with URLs that work for 15 minutes",
  },
  partSize: {
    check: must(`be ${smallestPart} bytes at least`, (value) => isWhole(value) && value >= smallestPart),
    default: 8 * mebibyte,
    defaultWords: '8 MiB',
    sentence: 'how large the parts of large uploads are, in bytes; 5 MiB at least',
  },
  partsInFlight: {
    check: positive,
    default: 4,
    sentence: 'how many parts of one upload are on their way at once',
  },
  bufferBytes: {
    check: positive,
    default: 192 * mebibyte,
    defaultWords: '192 MiB',
    sentence: 'how many bytes of all uploads may wait in memory',
  },
  unsafeSingleWriter: { check: boolean, default: false, sentence: 'take a store that ignores conditions; see below' },
} as const satisfies OptionTable<S3DriverOptions>;

function isRedirect(value: unknown): boolean {
  return value === 'always' || value === 'never' || typeof value === 'function';
}

/** Options of `caller` with the defaults filled in. Throws a TypeError for wrong ones. */
export function parseS3Options(caller: string, given: S3DriverOptions): Filled<S3DriverOptions, typeof s3Options> {
  return parseOptions(caller, given, s3Options, wrongTogether(given ?? {}));
}

function wrongTogether({ client, clientConfig, partSize = 0, bufferBytes = partSize }: Partial<S3DriverOptions>): string[] {
  return [
    ...(client !== undefined && clientConfig !== undefined ? ['give client or clientConfig, and not both'] : []),
    ...(bufferBytes < partSize ? ['bufferBytes must be partSize at least'] : []),
  ];
}
