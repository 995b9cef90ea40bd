/**
 * The calls to an object store, each with one meaning: what is absent is undefined, a condition that does not hold is
 * `lost`, and everything else that goes wrong is a StorageFault.
 */
import { randomUUID } from 'node:crypto';
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  type HeadObjectCommandOutput,
  ListMultipartUploadsCommand,
  type ListMultipartUploadsCommandOutput,
  ListObjectsV2Command,
  PutObjectCommand,
  type S3Client,
  UploadPartCommand,
  UploadPartCopyCommand,
} from '@aws-sdk/client-s3';
import { type ByteRange, StorageFault } from '../../lib/driver.ts';
import { again, faultOf, isAbsent, isBusy, isConflict, isLost } from './faults.ts';

/** An object that was read whole. */
export interface Found {
  readonly bytes: Uint8Array;
  readonly etag: string;
}

/** When an object may be written: only if it is the one with this entity tag, or only if there is none. */
export type WriteCondition = { readonly is: string } | 'absent';

/** A part of a multipart upload. */
export interface Part {
  readonly number: number;
  readonly etag: string;
  /** In bytes. */
  readonly size: number;
}

/** A multipart upload, and the key that its content will have. */
export interface Multipart {
  readonly key: string;
  readonly id: string;
}

/** Bytes that come over a connection: to be read to their end, or destroyed. */
export interface Bytes extends AsyncIterable<Uint8Array> {
  destroy(): unknown;
}

/** What a listing names. */
export interface Listed {
  /** Without the part that was asked for; ends in `/` if it stands for more keys. */
  readonly name: string;
  /** When it was written last, and its size in bytes; absent for what stands for more keys. */
  readonly written?: Date;
  readonly size?: number;
}

/** A bucket, or what is below a prefix in one. Keys are without that prefix. */
export interface Store {
  read(key: string): Promise<Found | undefined>;
  /** The bytes of a range, as they come. */
  stream(key: string, range: ByteRange): Promise<Bytes | undefined>;
  /** The size of the object in bytes. */
  size(key: string): Promise<number | undefined>;
  /** Writes an object and gives its entity tag. Undefined if the condition does not hold. `sha256` is in base64. */
  write(
    key: string,
    bytes: Uint8Array,
    options?: { readonly when?: WriteCondition; readonly sha256?: string },
  ): Promise<string | undefined>;
  /** Deletes an object; with `etag`, only if it is that one, and says whether it was. */
  delete(key: string, etag?: string): Promise<boolean>;
  /** What is directly below a prefix that ends in `/`, in byte order, after the name `after`. */
  list(prefix: string, after?: string): AsyncIterable<Listed>;
  begin(key: string): Promise<Multipart>;
  /** Undefined if there is no such multipart upload any more. */
  part(multipart: Multipart, number: number, bytes: Uint8Array): Promise<Part | undefined>;
  /** A part that the store itself copies from another object. */
  copiedPart(multipart: Multipart, number: number, from: string, range: ByteRange): Promise<Part>;
  /** Makes an object of the parts. False if there is no such multipart upload any more. */
  complete(multipart: Multipart, parts: readonly Part[]): Promise<boolean>;
  abort(multipart: Multipart): Promise<void>;
  /** The multipart uploads below a prefix, with when they began. */
  multiparts(prefix: string): AsyncIterable<Multipart & { readonly begun: Date }>;
}

const writer = 'stowage-write';

/** The store of a bucket. `prefix` is empty or ends in `/`. */
export function storeIn(client: S3Client, bucket: string, prefix: string): Store {
  const at = (key: string) => ({ Bucket: bucket, Key: prefix + key });

  /** What a call gives; undefined where it says that there is no such thing. Made again while other requests are in its way. */
  async function found<T>(what: string, call: () => Promise<T>, mayPass = isConflict): Promise<T | undefined> {
    try {
      return await again(mayPass, call);
    } catch (error) {
      if (isAbsent(error)) return undefined;
      throw faultOf(error, what);
    }
  }

  async function done<T>(what: string, call: () => Promise<T>, mayPass = isConflict): Promise<T> {
    try {
      return await again(mayPass, call);
    } catch (error) {
      throw faultOf(error, what);
    }
  }

  async function look(key: string): Promise<HeadObjectCommandOutput | undefined> {
    const head = await found(`look at ${key}`, () => client.send(new HeadObjectCommand(at(key))));
    if (head) entityTag(head.ETag, key);
    return head;
  }

  async function writeIf(key: string, bytes: Uint8Array, when: WriteCondition, checksum: object): Promise<string | undefined> {
    const write = randomUUID();
    const [condition, expected] = when === 'absent' ? [{ IfNoneMatch: '*' }, undefined] : [{ IfMatch: when.is }, when.is];
    const input = { ...at(key), Body: bytes, Metadata: { [writer]: write }, ...condition, ...checksum };
    const put = async (): Promise<string | undefined> => {
      try {
        return entityTag((await client.send(new PutObjectCommand(input))).ETag, key);
      } catch (error) {
        if (!isLost(error) && !isAbsent(error)) throw error;
        const now = await look(key);
        // The reply to this very write may have been lost, and the write sent again.
        if (now?.Metadata?.[writer] === write) return now.ETag;
        if (now?.ETag !== expected) return undefined;
        // The condition holds: whatever made it fail has passed.
        throw error;
      }
    };
    return done(`write ${key}`, put, (error) => isConflict(error) || isLost(error) || isAbsent(error));
  }

  return {
    read: (key) => {
      const read = async () => {
        const { Body, ETag } = await client.send(new GetObjectCommand(at(key)));
        const etag = entityTag(ETag, key);
        try {
          return { bytes: (await Body?.transformToByteArray()) ?? new Uint8Array(), etag };
        } catch (cause) {
          throw new StorageFault('busy', `${key} broke off while it was read`, { cause });
        }
      };
      return found(`read ${key}`, read, (error) => isConflict(error) || isBusy(error));
    },

    stream: (key, { first, last }) =>
      found(`read ${key}`, async () => {
        const { Body, ContentLength, ContentRange } = await client.send(
          new GetObjectCommand({ ...at(key), Range: `bytes=${first}-${last}` }),
        );
        // On Node it is a stream; the SDK's type is of all platforms.
        const bytes = Body as unknown as Bytes;
        const isWhole = first === 0 && ContentLength === last + 1;
        if (ContentRange?.startsWith(`bytes ${first}-${last}/`) ?? isWhole) return bytes;
        bytes.destroy();
        throw new StorageFault(
          'broken',
          `the store gave ${ContentRange ?? 'all'} of ${key} for the bytes from ${first} to ${last}`,
        );
      }),

    size: async (key) => (await look(key))?.ContentLength,

    write: async (key, bytes, { when, sha256 } = {}) => {
      // A client that sends only what is required is one of a store that does not take more.
      const isTaken = sha256 !== undefined && (await client.config.requestChecksumCalculation()) !== 'WHEN_REQUIRED';
      const checksum = isTaken ? { ChecksumSHA256: sha256 } : {};
      if (when) return writeIf(key, bytes, when, checksum);
      const { ETag } = await done(`write ${key}`, () =>
        client.send(new PutObjectCommand({ ...at(key), Body: bytes, ...checksum })),
      );
      return entityTag(ETag, key);
    },

    delete: async (key, etag) => {
      try {
        const condition = etag === undefined ? {} : { IfMatch: etag };
        await again(isConflict, () => client.send(new DeleteObjectCommand({ ...at(key), ...condition })));
        return true;
      } catch (error) {
        if (isAbsent(error) || isLost(error)) return false;
        throw faultOf(error, `delete ${key}`);
      }
    },

    async *list(below, after) {
      // A group that `after` lies in begins before it.
      const start = after === undefined ? {} : { StartAfter: prefix + below + after.split('/', 1)[0] };
      let ContinuationToken: string | undefined;
      do {
        const page = await done(`list ${below}`, () =>
          client.send(
            new ListObjectsV2Command({
              Bucket: bucket,
              Prefix: prefix + below,
              Delimiter: '/',
              ...(ContinuationToken === undefined ? start : { ContinuationToken }),
            }),
          ),
        );
        const cut = (key = '') => key.slice(prefix.length + below.length);
        const names: Listed[] = [
          ...(page.Contents ?? []).map(({ Key, LastModified, Size }) => ({
            name: cut(Key),
            ...(LastModified && { written: LastModified }),
            ...(Size !== undefined && { size: Size }),
          })),
          ...(page.CommonPrefixes ?? []).map(({ Prefix }) => ({ name: cut(Prefix) })),
        ];
        const follows = ({ name }: Listed) =>
          after === undefined || name > after || (name.endsWith('/') && after.startsWith(name));
        yield* names.filter(follows).sort((a, b) => (a.name < b.name ? -1 : 1));
        ContinuationToken = page.IsTruncated ? page.NextContinuationToken : undefined;
      } while (ContinuationToken !== undefined);
    },

    begin: async (key) => {
      const { UploadId } = await done(`begin ${key}`, () => client.send(new CreateMultipartUploadCommand(at(key))));
      if (UploadId === undefined) throw new StorageFault('broken', `the store began ${key} without an upload id`);
      return { key, id: UploadId };
    },

    part: async ({ key, id }, number, bytes) => {
      const input = { ...at(key), UploadId: id, PartNumber: number, Body: bytes };
      const written = await found(`write part ${number} of ${key}`, () => client.send(new UploadPartCommand(input)));
      return written && { number, etag: entityTag(written.ETag, key), size: bytes.length };
    },

    copiedPart: async ({ key, id }, number, from, { first, last }) => {
      const source = `${bucket}/${encodeURIComponent(prefix + from)}`;
      const input = {
        ...at(key),
        UploadId: id,
        PartNumber: number,
        CopySource: source,
        CopySourceRange: `bytes=${first}-${last}`,
      };
      const { CopyPartResult } = await done(`copy part ${number} of ${key}`, () => client.send(new UploadPartCopyCommand(input)));
      return { number, etag: entityTag(CopyPartResult?.ETag, key), size: last - first + 1 };
    },

    complete: async ({ key, id }, parts) => {
      const Parts = parts.map(({ number, etag }) => ({ PartNumber: number, ETag: etag }));
      const input = { ...at(key), UploadId: id, MultipartUpload: { Parts } };
      return (await found(`complete ${key}`, () => client.send(new CompleteMultipartUploadCommand(input)))) !== undefined;
    },

    abort: async ({ key, id }) => {
      await found(`abort ${key}`, () => client.send(new AbortMultipartUploadCommand({ ...at(key), UploadId: id })));
    },

    async *multiparts(below) {
      let marker: Marker | undefined = {};
      while (marker) {
        const page: ListMultipartUploadsCommandOutput = await done(`list the multipart uploads below ${below}`, () =>
          client.send(new ListMultipartUploadsCommand({ Bucket: bucket, Prefix: prefix + below, ...marker })),
        );
        for (const { Key, UploadId, Initiated } of page.Uploads ?? []) {
          if (Key !== undefined && UploadId !== undefined && Initiated)
            yield { key: Key.slice(prefix.length), id: UploadId, begun: Initiated };
        }
        marker = page.IsTruncated ? markerAfter(page) : undefined;
      }
    },
  };
}

interface Marker {
  readonly KeyMarker?: string;
  readonly UploadIdMarker?: string;
}

const markerAfter = ({ NextKeyMarker, NextUploadIdMarker }: ListMultipartUploadsCommandOutput): Marker => ({
  ...(NextKeyMarker !== undefined && { KeyMarker: NextKeyMarker }),
  ...(NextUploadIdMarker !== undefined && { UploadIdMarker: NextUploadIdMarker }),
});

function entityTag(etag: string | undefined, key: string): string {
  if (etag === undefined) throw new StorageFault('broken', `the store gave no entity tag for ${key}`);
  return etag;
}
