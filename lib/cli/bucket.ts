/** The s3 driver for the bucket that the command line names. */
import type { BucketArguments } from './parse-arguments.ts';
import { messageOf, StartError } from './start-error.ts';

/** The bucket and prefix as a URL to print: `s3://bucket/prefix`. */
export const bucketUrl = ({ bucket, prefix = '' }: BucketArguments): string => `s3://${bucket}/${prefix}`;

/**
 * Imports the s3 driver; gives its module and the options for this bucket. It is imported here, on demand, since the SDK is an
 * optional peer dependency. Throws a {@link StartError} if the SDK is not installed.
 */
export async function loadS3({ bucket, endpoint, prefix = '' }: BucketArguments) {
  const module = await import('../../drivers/s3.ts').catch((error: unknown) => {
    throw new StartError(`the s3 driver needs the package @aws-sdk/client-s3: ${messageOf(error)}`);
  });
  // Self-hosted stores rarely have a host name for each bucket (hence path style) and rarely check the region of a signature.
  const region = process.env.AWS_REGION ?? 'us-east-1';
  const clientConfig = endpoint === undefined ? {} : { endpoint, region, forcePathStyle: true };
  return { ...module, options: { bucket, prefix, clientConfig } };
}
