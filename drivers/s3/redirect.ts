/** Signed URLs, so that clients fetch blobs from the store itself. */
import { GetObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import type { Digest } from '../../lib/driver.ts';
import type { Redirect } from './blobs.ts';

/** Which blobs clients are sent to the store for. */
export type RedirectOption = 'always' | 'never' | ((blob: { readonly digest: Digest; readonly size: number }) => boolean);

/** How long a URL works, in seconds: long enough to begin with it. */
const lifetime = 15 * 60;

/** Redirects to objects of a bucket; undefined where there are none. The presigner of the SDK is loaded when it is first needed. */
export function redirectTo(client: S3Client, bucket: string, prefix: string, option: RedirectOption): Redirect | undefined {
  if (option === 'never') return undefined;
  return async (digest, { key, size }) => {
    if (option !== 'always' && !option({ digest, size })) return undefined;
    const { getSignedUrl } = await import('@aws-sdk/s3-request-presigner');
    return getSignedUrl(client, new GetObjectCommand({ Bucket: bucket, Key: prefix + key }), { expiresIn: lifetime });
  };
}
