/** The calls of single objects, by the SDK. Errors are thrown as the SDK has them. */
import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  type HeadObjectCommandOutput,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { StorageFault } from '../../lib/driver.ts';
import { withoutChecksum } from './without-checksum.ts';

/** What is known of an object without its bytes. */
export type ObjectHead = Pick<HeadObjectCommandOutput, 'ETag' | 'ContentLength' | 'Metadata'>;

/** What a reply says of the bytes that it has. */
export interface ObjectPart {
  readonly ETag?: string | undefined;
  readonly ContentLength?: number | undefined;
  /** Absent where the reply has all bytes of the object. */
  readonly ContentRange?: string | undefined;
  readonly LastModified?: Date | undefined;
}

/** The bytes of a response. They must be read to their end, or destroyed to close the connection. */
export interface ByteStream extends AsyncIterable<Uint8Array> {
  /** In place of the iteration: puts the next bytes into a buffer that is not empty, and says how many; 0 if all were read. */
  readonly readInto?: (buffer: Uint8Array) => Promise<number>;
  destroy(): unknown;
}

/** What goes along with the bytes of an object that is written. */
export interface PutOptions {
  readonly IfMatch?: string;
  readonly IfNoneMatch?: '*';
  readonly Metadata?: Readonly<Record<string, string>>;
  readonly ChecksumSHA256?: string;
}

/** Calls of the objects of a bucket, or of those below a prefix. Keys are without that prefix; ranges are as in HTTP. */
export interface ObjectCalls {
  head(key: string): Promise<ObjectHead>;
  /** Gets an object, or a range of it, with its bytes, and checks them by what checksum the store has of them. */
  read(key: string, range?: string): Promise<ObjectPart & { readonly bytes: Uint8Array }>;
  /** Gets a range of an object, of so many bytes, which are not checked. */
  stream(key: string, range: string, length: number): Promise<ObjectPart & { readonly bytes: ByteStream }>;
  /** Writes an object; gives its entity tag. */
  put(key: string, bytes: Uint8Array, options?: PutOptions): Promise<string | undefined>;
  /** Deletes an object; with `etag`, only one with this entity tag. */
  delete(key: string, etag?: string): Promise<unknown>;
}

/** The calls of the objects of a bucket, by the client. */
export function createObjectCalls(client: S3Client, bucket: string, prefix: string): ObjectCalls {
  const at = (key: string) => ({ Bucket: bucket, Key: prefix + key });
  return {
    head: (key) => client.send(new HeadObjectCommand(at(key))),
    read: async (key, Range) => {
      const output = await client.send(new GetObjectCommand({ ...at(key), Range }));
      try {
        return { ...output, bytes: (await output.Body?.transformToByteArray()) ?? new Uint8Array() };
      } catch (cause) {
        throw new StorageFault('busy', `the connection broke while ${key} was read`, { cause });
      }
    },
    stream: async (key, Range) => {
      const output = await client.send(withoutChecksum(new GetObjectCommand({ ...at(key), Range })));
      // On Node it is a Readable; the SDK's type covers all platforms.
      return { ...output, bytes: output.Body as unknown as ByteStream };
    },
    put: async (key, Body, options) => (await client.send(new PutObjectCommand({ ...at(key), Body, ...options }))).ETag,
    delete: (key, etag) => client.send(new DeleteObjectCommand({ ...at(key), ...(etag !== undefined && { IfMatch: etag }) })),
  };
}
