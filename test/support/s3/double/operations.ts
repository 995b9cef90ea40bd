/** The operations that the double knows: how a request names one, what else it may carry, which permissions it takes. */
import type { Call, Reply } from './call.ts';
import { S3Error } from './errors.ts';
import { listMultipartUploads, listObjectsV2 } from './listing.ts';
import {
  abortMultipartUpload,
  completeMultipartUpload,
  createMultipartUpload,
  listParts,
  uploadPart,
  uploadPartCopy,
} from './multipart.ts';
import { copyObject, deleteObject, deleteObjects, getObject, headBucket, putObject } from './objects.ts';
import type { S3Request } from './request.ts';

/** An operation of the S3 API. */
export interface Operation {
  readonly method: 'GET' | 'HEAD' | 'PUT' | 'POST' | 'DELETE';
  readonly on: 'bucket' | 'object';
  /** Parameters that name the operation, with their value where it has to have one. */
  readonly named: Readonly<Record<string, string | undefined>>;
  readonly copies?: boolean;
  /** Further parameters and headers that it takes. */
  readonly query: readonly string[];
  readonly headers: readonly string[];
  /** What a policy has to allow. */
  readonly actions: readonly Action[];
  run(call: Call): Reply;
}

/** The words of policies. */
export type Action =
  | 's3:GetObject'
  | 's3:PutObject'
  | 's3:DeleteObject'
  | 's3:ListBucket'
  | 's3:ListBucketMultipartUploads'
  | 's3:ListMultipartUploadParts'
  | 's3:AbortMultipartUpload';

const checksums = ['x-amz-checksum-crc32', 'x-amz-checksum-sha1', 'x-amz-checksum-sha256', 'x-amz-sdk-checksum-algorithm'];
const bodies = [...checksums, 'content-md5', 'content-encoding', 'x-amz-trailer', 'x-amz-decoded-content-length'];
const described = ['cache-control', 'content-disposition', 'content-encoding', 'content-language', 'expires', 'x-amz-meta-*'];
const conditions = ['if-match', 'if-none-match'];
const source = ['x-amz-copy-source', 'x-amz-copy-source-if-match', 'x-amz-copy-source-if-none-match'];
const overrides = ['type', 'disposition', 'encoding', 'language'].map((name) => `response-content-${name}`);
const reads = { headers: [...conditions, 'range', 'x-amz-checksum-mode'], query: [...overrides, 'response-cache-control'] };

/** The operations by name. */
export const operations = {
  HeadBucket: { method: 'HEAD', on: 'bucket', named: {}, query: [], headers: [], actions: ['s3:ListBucket'], run: headBucket },
  ListObjectsV2: {
    method: 'GET',
    on: 'bucket',
    named: { 'list-type': '2' },
    query: ['prefix', 'delimiter', 'start-after', 'continuation-token', 'max-keys', 'encoding-type'],
    headers: [],
    actions: ['s3:ListBucket'],
    run: listObjectsV2,
  },
  ListMultipartUploads: {
    method: 'GET',
    on: 'bucket',
    named: { uploads: '' },
    query: ['prefix', 'delimiter', 'key-marker', 'upload-id-marker', 'max-uploads', 'encoding-type'],
    headers: [],
    actions: ['s3:ListBucketMultipartUploads'],
    run: listMultipartUploads,
  },
  DeleteObjects: {
    method: 'POST',
    on: 'bucket',
    named: { delete: '' },
    query: [],
    headers: bodies,
    actions: ['s3:DeleteObject'],
    run: deleteObjects,
  },
  HeadObject: { method: 'HEAD', on: 'object', named: {}, ...reads, actions: ['s3:GetObject'], run: getObject },
  ListParts: {
    method: 'GET',
    on: 'object',
    named: { uploadId: undefined },
    query: ['max-parts', 'part-number-marker'],
    headers: [],
    actions: ['s3:ListMultipartUploadParts'],
    run: listParts,
  },
  GetObject: { method: 'GET', on: 'object', named: {}, ...reads, actions: ['s3:GetObject'], run: getObject },
  UploadPartCopy: {
    method: 'PUT',
    on: 'object',
    named: { uploadId: undefined, partNumber: undefined },
    copies: true,
    query: [],
    headers: [...source, 'x-amz-copy-source-range'],
    actions: ['s3:PutObject', 's3:GetObject'],
    run: uploadPartCopy,
  },
  UploadPart: {
    method: 'PUT',
    on: 'object',
    named: { uploadId: undefined, partNumber: undefined },
    query: [],
    headers: bodies,
    actions: ['s3:PutObject'],
    run: uploadPart,
  },
  CopyObject: {
    method: 'PUT',
    on: 'object',
    named: {},
    copies: true,
    query: [],
    headers: [...source, ...conditions, ...described, 'x-amz-metadata-directive'],
    actions: ['s3:PutObject', 's3:GetObject'],
    run: copyObject,
  },
  PutObject: {
    method: 'PUT',
    on: 'object',
    named: {},
    query: [],
    headers: [...bodies, ...described, ...conditions],
    actions: ['s3:PutObject'],
    run: putObject,
  },
  CreateMultipartUpload: {
    method: 'POST',
    on: 'object',
    named: { uploads: '' },
    query: [],
    headers: [...described, 'x-amz-checksum-algorithm', 'x-amz-checksum-type'],
    actions: ['s3:PutObject'],
    run: createMultipartUpload,
  },
  CompleteMultipartUpload: {
    method: 'POST',
    on: 'object',
    named: { uploadId: undefined },
    query: [],
    headers: [...conditions, 'x-amz-mp-object-size', ...checksums],
    actions: ['s3:PutObject'],
    run: completeMultipartUpload,
  },
  AbortMultipartUpload: {
    method: 'DELETE',
    on: 'object',
    named: { uploadId: undefined },
    query: [],
    headers: [],
    actions: ['s3:AbortMultipartUpload'],
    run: abortMultipartUpload,
  },
  DeleteObject: {
    method: 'DELETE',
    on: 'object',
    named: {},
    query: [],
    headers: ['if-match'],
    actions: ['s3:DeleteObject'],
    run: deleteObject,
  },
} as const satisfies Readonly<Record<string, Operation>>;

export type OperationName = keyof typeof operations;

const byName: readonly (readonly [OperationName, Operation])[] = Object.entries(operations) as [OperationName, Operation][];

/** The operation that a request names; the first whose names are all there. */
export function operationOf({ method, key, query, headers }: S3Request): OperationName {
  const on = key === undefined ? 'bucket' : 'object';
  const [found] =
    byName.find(([, operation]) => {
      if (operation.method !== method || operation.on !== on) return false;
      if ((operation.copies ?? false) !== headers.has('x-amz-copy-source')) return false;
      return Object.entries(operation.named).every(
        ([name, value]) => query.has(name) && (value ?? query.get(name)) === query.get(name),
      );
    }) ?? [];
  if (found === undefined) throw new S3Error('MethodNotAllowed', 'The specified method is not allowed against this resource.');
  return found;
}

const signing = /^x-amz-(?:date|content-sha256|user-agent)$/;

/** Refuses what the operation does not take, wherever it would mean something. */
export function checkExtras({ query, headers }: S3Request, name: OperationName): void {
  const operation: Operation = operations[name];
  const taken = [...Object.keys(operation.named), ...operation.query];
  for (const [parameter, value] of query) {
    if (parameter.toLowerCase().startsWith('x-amz-') || taken.includes(parameter)) continue;
    if (parameter !== 'x-id' || value !== name) throw notImplemented(parameter);
  }
  for (const header of headers.keys()) {
    if (!/^(?:x-amz-|if-|range$|content-(?!type$|length$)|cache-control$|expires$)/.test(header)) continue;
    if (signing.test(header) || isSigningParameter(header)) continue;
    const family = header.startsWith('x-amz-meta-') ? 'x-amz-meta-*' : header;
    if (!operation.headers.includes(family)) throw notImplemented(header);
  }
}

/** Whether a name is one of those that carry a presigned URL's signature. */
function isSigningParameter(name: string): boolean {
  return /^x-amz-(?:algorithm|credential|expires|signedheaders|signature)$/.test(name);
}

function notImplemented(name: string): S3Error {
  return new S3Error('NotImplemented', 'A parameter or header you provided implies functionality that is not implemented', {
    Header: name,
  });
}
