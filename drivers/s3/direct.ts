/** Calls to an object store that the driver itself never makes: only the check of a store needs them. */
import {
  CompleteMultipartUploadCommand,
  ListObjectsV2Command,
  type ListObjectsV2CommandOutput,
  type S3Client,
} from '@aws-sdk/client-s3';
import { isConditionFailed } from './faults.ts';
import { signedUrl } from './redirect.ts';
import type { Multipart, Part } from './store.ts';

/** A bucket, or what is below a prefix in one. Keys are without that prefix. Errors of the client are thrown as they are. */
export interface DirectCalls {
  /** The names below a prefix, in the order of the listing, read in pages of two. */
  listNames(below: string): Promise<readonly string[]>;
  /** A signed URL at which the object can be fetched for a minute. */
  signUrl(key: string): Promise<string>;
  /** Completes a multipart upload of one part on the condition that its key has no object. False if the condition failed. */
  completeIfAbsent(multipart: Multipart, part: Part): Promise<boolean>;
}

/** Direct calls to a bucket. `prefix` is empty or ends in `/`. */
export function createDirectCalls(client: S3Client, bucket: string, prefix: string): DirectCalls {
  const at = (key: string) => ({ Bucket: bucket, Key: prefix + key });
  return {
    listNames: async (below) => {
      const names: string[] = [];
      const input = { Bucket: bucket, Prefix: prefix + below, MaxKeys: 2 };
      let page: ListObjectsV2CommandOutput | undefined;
      do {
        const token = page?.NextContinuationToken;
        page = await client.send(
          new ListObjectsV2Command({ ...input, ...(token !== undefined && { ContinuationToken: token }) }),
        );
        names.push(...(page.Contents ?? []).map(({ Key = '' }) => Key.slice(input.Prefix.length)));
      } while (page.IsTruncated && page.NextContinuationToken !== undefined);
      return names;
    },

    signUrl: (key) => signedUrl(client, at(key), 60),

    completeIfAbsent: async ({ key, id }, { number, etag }) => {
      const MultipartUpload = { Parts: [{ PartNumber: number, ETag: etag }] };
      const input = { ...at(key), UploadId: id, MultipartUpload, IfNoneMatch: '*' };
      try {
        await client.send(new CompleteMultipartUploadCommand(input));
        return true;
      } catch (error) {
        if (isConditionFailed(error)) return false;
        throw error;
      }
    },
  };
}
