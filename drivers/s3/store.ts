/**
 * The calls to an object store. A missing object or multipart upload is undefined or false, and so is a condition that does not
 * hold; every other error is a StorageFault.
 */
import { randomUUID } from 'node:crypto';
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  ListMultipartUploadsCommand,
  type ListMultipartUploadsCommandOutput,
  ListObjectsV2Command,
  type ListObjectsV2CommandInput,
  type S3Client,
  UploadPartCommand,
  UploadPartCopyCommand,
} from '@aws-sdk/client-s3';
import { type ByteRange, StorageFault } from '../../lib/driver.ts';
import type { ValueStart } from '../tree/objects.ts';
import { faultOf, isBusy, isConditionFailed, isConflict, isLaterAttempt, isMissing, isRangeOutside, retry } from './faults.ts';
import { type ByteStream, createObjectCalls, type ObjectCalls, type ObjectHead, type ObjectPart } from './object-calls.ts';

export type { ByteStream } from './object-calls.ts';

/** An object with all its bytes. */
export interface StoredObject {
  readonly bytes: Uint8Array;
  readonly etag: string;
  /** When it was last written, by the clock of the store, to the second. */
  readonly written?: Date | undefined;
}

/** The condition of a write: only over the object with this entity tag (If-Match), or only if there is none (If-None-Match). */
export type WriteCondition = { readonly ifMatch: string } | 'absent';

/** A part of a multipart upload. */
export interface Part {
  readonly number: number;
  readonly etag: string;
  /** In bytes. */
  readonly size: number;
}

/** A multipart upload, and the key of the object that it becomes. */
export interface Multipart {
  readonly key: string;
  readonly id: string;
}

/** An entry of a listing: an object, or a common prefix of several keys. */
export interface ListEntry {
  /** Relative to the prefix of the listing. That of a common prefix ends in `/`. */
  readonly name: string;
  /** When the object was last written. Absent for a common prefix. */
  readonly written?: Date;
  /** The object's size in bytes. Absent for a common prefix. */
  readonly size?: number;
}

/** A bucket, or what is below a prefix in one. Keys are without that prefix. */
export interface Store {
  /** All of an object. */
  read(key: string): Promise<StoredObject | undefined>;
  /** The first bytes of an object, at most `length`, and the size of all of it. Undefined for an empty object, too. */
  readStart(key: string, length: number): Promise<ValueStart | undefined>;
  /** The bytes of a range of an object, as a stream. Nothing but the digest of a blob vouches for them. */
  stream(key: string, range: ByteRange): Promise<ByteStream | undefined>;
  /** The size of an object in bytes. */
  size(key: string): Promise<number | undefined>;
  /**
   * Writes an object and gives its entity tag. Undefined if the condition does not hold. With `certain`, it throws where an attempt was
   * not answered and the object is another one by then: nobody knows whether the condition held at first. The store checks `sha256`,
   * which is in base64.
   */
  write(
    key: string,
    bytes: Uint8Array,
    options?: { readonly when?: WriteCondition; readonly certain?: boolean; readonly sha256?: string },
  ): Promise<string | undefined>;
  /** Deletes an object; with `etag`, only one with this entity tag. False if there is none. */
  delete(key: string, etag?: string): Promise<boolean>;
  /** The entries directly below a prefix that ends in `/`, in byte order, after the name `after`. */
  list(prefix: string, after?: string): AsyncIterable<ListEntry>;
  /** The objects below a prefix that ends in `/`, at any depth, in byte order, after the name `after`. */
  walk(prefix: string, after?: string): AsyncIterable<ListEntry>;
  /** Whether there is an object below a prefix, at any depth, whose size in bytes is as wanted. */
  holdsAny(prefix: string, isWanted: (size: number) => boolean): Promise<boolean>;
  /** Begins a multipart upload. */
  beginMultipart(key: string): Promise<Multipart>;
  /** Uploads a part. Undefined if the multipart upload is gone. */
  uploadPart(multipart: Multipart, number: number, bytes: Uint8Array): Promise<Part | undefined>;
  /** Has the store copy a part from another object. Undefined if that or the multipart upload is gone. */
  copyPart(multipart: Multipart, number: number, from: string, range: ByteRange): Promise<Part | undefined>;
  /** Makes an object of the parts. False if the multipart upload is gone. */
  completeMultipart(multipart: Multipart, parts: readonly Part[]): Promise<boolean>;
  /** Drops a multipart upload and its parts. Does nothing if it is gone. */
  abortMultipart(multipart: Multipart): Promise<void>;
  /** The open multipart uploads below a prefix. */
  listMultiparts(prefix: string): AsyncIterable<Multipart & { readonly begun: Date }>;
}

/** The name of the metadata that has the random id of a conditional write. */
const writeIdKey = 'stowage-write';

/** The store of a bucket. `prefix` is empty or ends in `/`. `calls` are those of single objects there. */
export function createStore(
  client: S3Client,
  bucket: string,
  prefix: string,
  calls: ObjectCalls = createObjectCalls(client, bucket, prefix),
): Store {
  const at = (key: string) => ({ Bucket: bucket, Key: prefix + key });

  /** The result of a call, which is retried on transient errors; undefined if the object or multipart upload is missing. */
  async function callOrUndefined<T>(doing: string, call: () => Promise<T>, isTransient = isConflict): Promise<T | undefined> {
    try {
      return await retry(isTransient, call);
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw faultOf(error, doing);
    }
  }

  /** The result of a call, which is retried on transient errors. */
  async function callOrFault<T>(doing: string, call: () => Promise<T>, isTransient = isConflict): Promise<T> {
    try {
      return await retry(isTransient, call);
    } catch (error) {
      throw faultOf(error, doing);
    }
  }

  async function head(key: string): Promise<ObjectHead | undefined> {
    const output = await callOrUndefined(`look at ${key}`, () => calls.head(key));
    if (output) requireETag(output.ETag, key);
    return output;
  }

  async function writeIf(
    key: string,
    bytes: Uint8Array,
    when: WriteCondition,
    certain: boolean,
    checksum: object,
  ): Promise<string | undefined> {
    const writeId = randomUUID();
    const [condition, expected] =
      when === 'absent' ? [{ IfNoneMatch: '*' } as const, undefined] : [{ IfMatch: when.ifMatch }, when.ifMatch];
    const options = { Metadata: { [writeIdKey]: writeId }, ...condition, ...checksum };
    const put = async (): Promise<string | undefined> => {
      try {
        return requireETag(await calls.put(key, bytes, options), key);
      } catch (error) {
        if (!isConditionFailed(error) && !isMissing(error)) throw error;
        const current = await head(key);
        // This write succeeded, but its reply was lost and the request was sent again.
        if (current?.Metadata?.[writeIdKey] === writeId) return current.ETag;
        if (current?.ETag !== expected) {
          if (certain && isLaterAttempt(error))
            throw new StorageFault('busy', `${key} was changed while it was unknown whether a write of it was done`);
          return undefined;
        }
        // The condition holds now, so the failure was transient: the error is retried.
        throw error;
      }
    };
    return callOrFault(`write ${key}`, put, (error) => isConflict(error) || isConditionFailed(error) || isMissing(error));
  }

  /** The pages of a listing below a prefix. Names are relative to that, as `StartAfter` is. */
  async function* pages(
    below: string,
    { Delimiter, StartAfter }: { readonly Delimiter?: '/'; readonly StartAfter?: string | undefined },
  ): AsyncGenerator<readonly ListEntry[]> {
    const relative = (key = '') => key.slice(prefix.length + below.length);
    const folding = Delimiter === undefined ? {} : { Delimiter };
    const start = StartAfter === undefined ? {} : { StartAfter: prefix + below + StartAfter };
    let ContinuationToken: string | undefined;
    do {
      const input = { Bucket: bucket, Prefix: prefix + below, ...folding };
      const from = ContinuationToken === undefined ? start : { ContinuationToken };
      const page = await callOrFault(`list ${below}`, () => client.send(new ListObjectsV2Command({ ...input, ...from })));
      yield [
        ...(page.Contents ?? []).map(({ Key, LastModified, Size }) => ({
          name: relative(Key),
          ...(LastModified && { written: LastModified }),
          ...(Size !== undefined && { size: Size }),
        })),
        ...(page.CommonPrefixes ?? []).map(({ Prefix }) => ({ name: relative(Prefix) })),
      ];
      ContinuationToken = page.IsTruncated ? page.NextContinuationToken : undefined;
    } while (ContinuationToken !== undefined);
  }

  /** Gets an object, or a range of it, with its bytes; undefined if it is missing. */
  const readBytes = (key: string, range?: string): Promise<(ObjectPart & { readonly bytes: Uint8Array }) | undefined> =>
    callOrUndefined(
      `read ${key}`,
      () => calls.read(key, range),
      (error) => isConflict(error) || isBusy(error),
    );

  return {
    read: async (key) => {
      const output = await readBytes(key);
      return output && { bytes: output.bytes, etag: requireETag(output.ETag, key), written: output.LastModified };
    },

    readStart: async (key, length) => {
      try {
        const output = await readBytes(key, `bytes=0-${length - 1}`);
        // A store may send all of an object instead of a range, and then gives no Content-Range.
        const size = /^bytes 0-\d+\/(\d+)$/.exec(output?.ContentRange ?? '')?.[1];
        return (
          output && { bytes: output.bytes.subarray(0, length), size: size === undefined ? output.bytes.length : Number(size) }
        );
      } catch (error) {
        if (isRangeOutside(error)) return undefined;
        throw error;
      }
    },

    stream: (key, { first, last }) =>
      callOrUndefined(`read ${key}`, async () => {
        const length = last + 1 - first;
        const { bytes, ContentLength, ContentRange } = await calls.stream(key, `bytes=${first}-${last}`, length);
        const isWhole = first === 0 && ContentLength === length;
        const isRange = ContentRange?.startsWith(`bytes ${first}-${last}/`) ?? isWhole;
        // A body ends where its length says, whatever range it is called.
        if (isRange && (ContentLength ?? length) === length) return bytes;
        bytes.destroy();
        const given = `${ContentRange ?? 'all'} of ${key}${isRange ? ` as ${ContentLength} bytes` : ''}`;
        throw new StorageFault('broken', `the store gave ${given} for the bytes from ${first} to ${last}`);
      }),

    size: async (key) => (await head(key))?.ContentLength,

    write: async (key, bytes, { when, certain = false, sha256 } = {}) => {
      // WHEN_REQUIRED is set for stores that refuse checksums which are not required.
      const sendsChecksum = sha256 !== undefined && (await client.config.requestChecksumCalculation()) !== 'WHEN_REQUIRED';
      const checksum = sendsChecksum ? { ChecksumSHA256: sha256 } : {};
      if (when) return writeIf(key, bytes, when, certain, checksum);
      return requireETag(await callOrFault(`write ${key}`, () => calls.put(key, bytes, checksum)), key);
    },

    delete: async (key, etag) => {
      try {
        await retry(isConflict, () => calls.delete(key, etag));
        return true;
      } catch (error) {
        if (isMissing(error) || isConditionFailed(error)) return false;
        throw faultOf(error, `delete ${key}`);
      }
    },

    async *list(below, after) {
      const isAfter = ({ name }: ListEntry) =>
        after === undefined || name > after || (name.endsWith('/') && after.startsWith(name));
      // Start before the common prefix that contains `after`, so that it is listed.
      for await (const entries of pages(below, { Delimiter: '/', StartAfter: after?.split('/', 1)[0] }))
        yield* entries.filter(isAfter).sort((a, b) => (a.name < b.name ? -1 : 1));
    },

    async *walk(below, after) {
      for await (const entries of pages(below, { StartAfter: after })) yield* entries;
    },

    holdsAny: async (below, isWanted) => {
      // As a rule it is the first object: only what was deleted or discarded has another size.
      let input: ListObjectsV2CommandInput = { Bucket: bucket, Prefix: prefix + below, MaxKeys: 1 };
      for (;;) {
        const page = await callOrFault(`list ${below}`, () => client.send(new ListObjectsV2Command(input)));
        if (page.Contents?.some(({ Size }) => Size === undefined || isWanted(Size))) return true;
        if (!page.IsTruncated || page.NextContinuationToken === undefined) return false;
        input = { Bucket: bucket, Prefix: prefix + below, ContinuationToken: page.NextContinuationToken };
      }
    },

    beginMultipart: async (key) => {
      const { UploadId } = await callOrFault(`begin ${key}`, () => client.send(new CreateMultipartUploadCommand(at(key))));
      if (UploadId === undefined) throw new StorageFault('broken', `the store began ${key} without an upload id`);
      return { key, id: UploadId };
    },

    uploadPart: async ({ key, id }, number, bytes) => {
      const input = { ...at(key), UploadId: id, PartNumber: number, Body: bytes };
      const written = await callOrUndefined(`write part ${number} of ${key}`, () => client.send(new UploadPartCommand(input)));
      return written && { number, etag: requireETag(written.ETag, key), size: bytes.length };
    },

    copyPart: async ({ key, id }, number, from, { first, last }) => {
      const source = `${bucket}/${encodeURIComponent(prefix + from)}`;
      const input = {
        ...at(key),
        UploadId: id,
        PartNumber: number,
        CopySource: source,
        CopySourceRange: `bytes=${first}-${last}`,
      };
      const copied = await callOrUndefined(`copy part ${number} of ${key}`, () => client.send(new UploadPartCopyCommand(input)));
      return copied && { number, etag: requireETag(copied.CopyPartResult?.ETag, key), size: last - first + 1 };
    },

    completeMultipart: async ({ key, id }, parts) => {
      const Parts = parts.map(({ number, etag }) => ({ PartNumber: number, ETag: etag }));
      const input = { ...at(key), UploadId: id, MultipartUpload: { Parts } };
      return (
        (await callOrUndefined(`complete ${key}`, () => client.send(new CompleteMultipartUploadCommand(input)))) !== undefined
      );
    },

    abortMultipart: async ({ key, id }) => {
      await callOrUndefined(`abort ${key}`, () => client.send(new AbortMultipartUploadCommand({ ...at(key), UploadId: id })));
    },

    async *listMultiparts(below) {
      let marker: Marker | undefined = {};
      while (marker) {
        const page: ListMultipartUploadsCommandOutput = await callOrFault(`list the multipart uploads below ${below}`, () =>
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

/** Where the next page of a listing of multipart uploads begins. */
interface Marker {
  readonly KeyMarker?: string;
  readonly UploadIdMarker?: string;
}

const markerAfter = ({ NextKeyMarker, NextUploadIdMarker }: ListMultipartUploadsCommandOutput): Marker => ({
  ...(NextKeyMarker !== undefined && { KeyMarker: NextKeyMarker }),
  ...(NextUploadIdMarker !== undefined && { UploadIdMarker: NextUploadIdMarker }),
});

/** The entity tag of a reply. Throws a StorageFault if there is none. */
function requireETag(etag: string | undefined, key: string): string {
  if (etag === undefined) throw new StorageFault('broken', `the store gave no entity tag for ${key}`);
  return etag;
}
