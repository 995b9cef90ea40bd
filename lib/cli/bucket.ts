/** The bucket that the command line names. */
import type { BucketArguments } from './arguments.ts';
import { messageOf, StartError } from './start-error.ts';

/** Where a bucket is, for people. */
export const placeOf = ({ bucket, prefix = '' }: BucketArguments): string => `s3://${bucket}/${prefix}`;

/**
 * The driver of object stores, and its options. It is loaded only where somebody asks for it: the SDK is an optional peer.
 * Throws a {@link StartError} where it is not installed.
 */
export async function loadS3({ bucket, endpoint, prefix = '' }: BucketArguments) {
  const module = await import('../../drivers/s3.ts').catch((error: unknown) => {
    throw new StartError(`the s3 driver needs the package @aws-sdk/client-s3: ${messageOf(error)}`);
  });
  // A store of one's own seldom has a name for each bucket, and seldom cares for the region, which requests are signed with.
  const region = process.env.AWS_REGION ?? 'us-east-1';
  const clientConfig = endpoint === undefined ? {} : { endpoint, region, forcePathStyle: true };
  return { ...module, options: { bucket, prefix, clientConfig } };
}
