/** Signed URLs, so that clients fetch blobs from the store itself. */
import { GetObjectCommand, type GetObjectCommandInput, type S3Client } from '@aws-sdk/client-s3';
import type { Digest } from '../../lib/driver.ts';
import type { Redirect } from './blobs.ts';

/** Which blobs clients are sent to the store for. */
export type RedirectOption = 'always' | 'never' | ((blob: { readonly digest: Digest; readonly size: number }) => boolean);

/** How long a URL works, in seconds: long enough to begin with it. */
const lifetime = 15 * 60;

/** Redirects to objects of a bucket; undefined where there are none. */
export function redirectTo(client: S3Client, bucket: string, prefix: string, option: RedirectOption): Redirect | undefined {
  if (option === 'never') return undefined;
  return async (digest, { key, size }) => {
    if (option !== 'always' && !option({ digest, size })) return undefined;
    return signedUrl(client, { Bucket: bucket, Key: prefix + key }, lifetime);
  };
}

/** A URL at which an object can be fetched for so many seconds. The presigner of the SDK is loaded when it is first needed. */
export async function signedUrl(client: S3Client, object: GetObjectCommandInput, seconds: number): Promise<string> {
  const { getSignedUrl } = await import('@aws-sdk/s3-request-presigner');
  return getSignedUrl(client, new GetObjectCommand(object), { expiresIn: seconds });
}
