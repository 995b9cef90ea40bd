/** Redirects: signed URLs at which clients fetch blobs from the store itself. */
import { GetObjectCommand, type GetObjectCommandInput, type S3Client } from '@aws-sdk/client-s3';
import type { Digest } from '../../lib/driver.ts';
import type { Redirect } from './blobs.ts';

/** For which blobs clients are redirected to the store. */
export type RedirectOption = 'always' | 'never' | ((blob: { readonly digest: Digest; readonly size: number }) => boolean);

/** How long a client may take to begin its download; one that began goes on. */
const urlLifetimeSeconds = 15 * 60;

/** Redirects to objects of a bucket; undefined if the option is `never`. */
export function createRedirect(client: S3Client, bucket: string, prefix: string, option: RedirectOption): Redirect | undefined {
  if (option === 'never') return undefined;
  return async (digest, { key, size }) => {
    if (option !== 'always' && !option({ digest, size })) return undefined;
    return signedUrl(client, { Bucket: bucket, Key: prefix + key }, urlLifetimeSeconds);
  };
}

/** A URL at which an object can be fetched for so many seconds. Imports the presigner of the SDK on first use. */
export async function signedUrl(client: S3Client, object: GetObjectCommandInput, seconds: number): Promise<string> {
  const { getSignedUrl } = await import('@aws-sdk/s3-request-presigner');
  return getSignedUrl(client, new GetObjectCommand(object), { expiresIn: seconds });
}
