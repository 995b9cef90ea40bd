/** Questions to an object store that its driver never asks by itself: how it lists, what it signs, what else it keeps to. */
import {
  CompleteMultipartUploadCommand,
  ListObjectsV2Command,
  type ListObjectsV2CommandOutput,
  type S3Client,
} from '@aws-sdk/client-s3';
import { isLost } from './faults.ts';
import { signedUrl } from './redirect.ts';
import type { Multipart, Part } from './store.ts';

/** A bucket, or what is below a prefix in one. Keys are without that prefix. What goes wrong is thrown as it comes. */
export interface Direct {
  /** The names below a prefix in the order in which they come, two to a page. */
  names(below: string): Promise<readonly string[]>;
  /** A URL at which the object can be fetched for a minute. */
  signed(key: string): Promise<string>;
  /** Makes an object of one part only if there is none at its key; says whether it did. */
  completeNew(multipart: Multipart, part: Part): Promise<boolean>;
}

/** The bucket, asked directly. `prefix` is empty or ends in `/`. */
export function directIn(client: S3Client, bucket: string, prefix: string): Direct {
  const at = (key: string) => ({ Bucket: bucket, Key: prefix + key });
  return {
    names: async (below) => {
      const names: string[] = [];
      const asked = { Bucket: bucket, Prefix: prefix + below, MaxKeys: 2 };
      let page: ListObjectsV2CommandOutput | undefined;
      do {
        const from = page?.NextContinuationToken;
        page = await client.send(new ListObjectsV2Command({ ...asked, ...(from !== undefined && { ContinuationToken: from }) }));
        names.push(...(page.Contents ?? []).map(({ Key = '' }) => Key.slice(asked.Prefix.length)));
      } while (page.IsTruncated && page.NextContinuationToken !== undefined);
      return names;
    },

    signed: (key) => signedUrl(client, at(key), 60),

    completeNew: async ({ key, id }, { number, etag }) => {
      const MultipartUpload = { Parts: [{ PartNumber: number, ETag: etag }] };
      const input = { ...at(key), UploadId: id, MultipartUpload, IfNoneMatch: '*' };
      try {
        await client.send(new CompleteMultipartUploadCommand(input));
        return true;
      } catch (error) {
        if (isLost(error)) return false;
        throw error;
      }
    },
  };
}
