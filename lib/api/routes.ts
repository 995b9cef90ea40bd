/**
 * The table: every route, method and use case of the API, with all that may be sent and all that may come back.
 * Read this file first; everything else is compiled from it or serves one of its rows.
 */

import type { ErrorCode } from './errors.ts';
import type { FailureDescriptor, ResponseDescriptor, RouteDescriptor } from './row-shapes.ts';

const identityOnly = { 'Content-Encoding': 'optional' } as const;
const conditions = { 'If-Match': 'optional', 'If-None-Match': 'optional' } as const;
const page = { n: 'optional', last: 'optional' } as const;
const immutable = { 'Docker-Content-Digest': 'required', ETag: 'required', 'Cache-Control': 'required' } as const;
const standing = { Location: 'required', Range: 'required', 'Docker-Upload-UUID': 'required' } as const;
const published = { Location: 'required', 'Docker-Content-Digest': 'required' } as const;

const notModified = {
  status: 304,
  description: 'The client has it already.',
  headers: immutable,
} as const satisfies ResponseDescriptor;
const uploadBegun = {
  status: 202,
  description: 'An upload has begun; its bytes go to the `Location`.',
  headers: { ...standing, 'OCI-Chunk-Min-Length': 'optional' },
} as const satisfies ResponseDescriptor;
const blobPublished = {
  status: 201,
  description: 'The repository holds the blob; the `Location` is where it is pulled from.',
  headers: published,
} as const satisfies ResponseDescriptor;
const blobClosed = {
  ...blobPublished,
  description:
    'The repository holds the blob; the `Location` is where it is pulled from. The same where there is no such upload, and the blob is there: it was published before, and the reply to that was lost.',
} as const satisfies ResponseDescriptor;
const manifestPut = {
  status: 201,
  description: 'The manifest is stored; the `Location` is where it is pulled from.',
  headers: { ...published, 'OCI-Subject': 'optional' },
} as const satisfies ResponseDescriptor;

const tooLarge = {
  code: 'SIZE_INVALID',
  status: 413,
  description: 'The body is over the limit of the registry, which the detail has in bytes.',
} as const satisfies FailureDescriptor;
const tooManyTags = {
  code: 'UNSUPPORTED',
  status: 414,
  description:
    'The request has more tags than the registry sets in one push. The detail has the `limit` and how many were `given`; nothing was kept.',
} as const satisfies FailureDescriptor;
const conditionBesideTags = {
  code: 'UNSUPPORTED',
  status: 400,
  description:
    'The request has a condition beside a `tag`: it would be about the manifest and guard no tag. The `reason` is `condition-beside-tags`; nothing was kept. To set a tag on a condition, push by tag.',
} as const satisfies FailureDescriptor;
const conditionFailed = {
  code: 'DENIED',
  status: 412,
  description:
    'The current digest does not satisfy `If-Match` or `If-None-Match`. The detail names the header and, to clients that may pull, the `current` digest, null where there is none. A header that cannot be read is never satisfied: the `reason` is then `malformed`.',
} as const satisfies FailureDescriptor;
const tagImmutable = {
  code: 'DENIED',
  description:
    'The client may not do this, or the tag is immutable and points elsewhere: the `reason` is then `immutable-tag`, and the detail has the `current` digest.',
} as const satisfies FailureDescriptor;
const nameInside = {
  code: 'NAME_INVALID',
  description: 'With the option `legacy.schema1`: the name inside a manifest of schema version 1 is malformed.',
} as const satisfies FailureDescriptor;
const tagInside = {
  code: 'TAG_INVALID',
  description: 'With the option `legacy.schema1`: the tag inside a manifest of schema version 1 is another one.',
} as const satisfies FailureDescriptor;
const unverified = {
  code: 'MANIFEST_UNVERIFIED',
  description:
    'With the option `legacy.schema1`: a signature of a manifest of schema version 1 does not hold or, where they are verified, there is none.',
} as const satisfies FailureDescriptor;
const offsetMismatch = {
  code: 'BLOB_UPLOAD_INVALID',
  description:
    'The bytes do not continue the upload. The reply says where it goes on, and so does the detail: the offset that was `expected`, the one `given`, and the `reason`: `wrong-range` (the first byte of the `Content-Range`), `wrong-offset` (in the URL), `overtaken` (another request changed the upload), `held` (another request is using it; the same may be sent again).',
  headers: standing,
} as const satisfies FailureDescriptor;
const rangeMalformed = {
  code: 'BLOB_UPLOAD_INVALID',
  status: 400,
  description: 'The `Content-Range` is malformed; nothing was kept. The `reason` is `malformed-range`.',
  headers: standing,
} as const satisfies FailureDescriptor;
const lengthDiffers = {
  code: 'SIZE_INVALID',
  description:
    'The body is longer or shorter than its `Content-Range`; nothing of it was kept. The detail has the length `expected` and, if it was `given`, that of the body.',
} as const satisfies FailureDescriptor;
const digestDiffers = {
  code: 'DIGEST_INVALID',
  description:
    'The digest is missing, malformed, or not that of the content, whose `actual` digest the detail has. The upload stays, and its status says where it goes on.',
} as const satisfies FailureDescriptor;

export const routes = [
  {
    name: 'base',
    path: '/v2/',
    entity: 'Base',
    description: 'Says that the registry speaks this API, and whether the client may use it.',
    methods: [
      {
        method: 'GET',
        access: 'none',
        requests: [
          {
            operation: 'checkBase',
            summary: 'Check the API and the credentials',
            spec: ['end-1'],
            successes: [{ status: 200, description: 'The registry speaks this API, and the client may log in.', body: 'empty' }],
            failures: [],
          },
        ],
      },
    ],
  },
  {
    name: 'catalog',
    path: '/v2/_catalog',
    entity: 'Catalog',
    description: 'The repositories of the registry.',
    methods: [
      {
        method: 'GET',
        access: 'catalog',
        requests: [
          {
            operation: 'listRepositories',
            summary: 'List the repositories that the client may pull from',
            query: page,
            successes: [
              {
                status: 200,
                description:
                  'A page of names, in byte order. It may be shorter than asked for where others are hidden; `Link` leads to the next.',
                headers: { Link: 'optional' },
                body: 'repositories',
              },
            ],
            failures: [],
          },
        ],
      },
    ],
  },
  {
    name: 'tags',
    path: '/v2/{name}/tags/list',
    entity: 'Tags',
    description: 'The tags of a repository.',
    methods: [
      {
        method: 'GET',
        access: 'pull',
        requests: [
          {
            operation: 'listTags',
            summary: 'List the tags of a repository',
            spec: ['end-8a', 'end-8b'],
            query: page,
            successes: [
              { status: 200, description: 'A page of tags, in byte order.', headers: { Link: 'optional' }, body: 'tags' },
            ],
            failures: ['NAME_UNKNOWN'],
          },
        ],
      },
    ],
  },
  {
    name: 'manifest',
    path: '/v2/{name}/manifests/{reference}',
    entity: 'Manifest',
    description: 'A manifest or index, under its digest or under a tag.',
    methods: [
      {
        method: 'GET',
        access: 'pull',
        requests: [
          {
            operation: 'getManifest',
            use: 'by digest',
            summary: 'Fetch the manifest of a digest',
            spec: ['end-3'],
            when: { path: 'reference', format: 'digest' },
            headers: { 'If-None-Match': 'optional' },
            successes: [
              { status: 200, description: 'The manifest as it was pushed.', headers: immutable, body: 'manifest' },
              notModified,
            ],
            failures: ['MANIFEST_UNKNOWN'],
          },
          {
            operation: 'getManifest',
            use: 'by tag',
            summary: 'Fetch the manifest that a tag points at',
            spec: ['end-3'],
            when: { path: 'reference', format: 'tag' },
            headers: { 'If-None-Match': 'optional' },
            successes: [
              { status: 200, description: 'The manifest as it was pushed.', headers: immutable, body: 'manifest' },
              notModified,
            ],
            failures: ['MANIFEST_UNKNOWN'],
          },
        ],
      },
      {
        method: 'PUT',
        access: 'push',
        requests: [
          {
            operation: 'putManifest',
            use: 'by digest',
            summary: 'Push a manifest under its digest, with any tags',
            description: 'A condition is about the manifest, so it goes without tags.',
            spec: ['end-7a', 'end-7b'],
            when: { path: 'reference', format: 'digest' },
            query: { tag: 'optional' },
            headers: { 'Content-Type': 'optional', ...identityOnly, ...conditions },
            body: 'manifest',
            successes: [{ ...manifestPut, headers: { ...manifestPut.headers, 'OCI-Tag': 'optional' } }],
            failures: [
              'DIGEST_INVALID',
              'MANIFEST_INVALID',
              'MANIFEST_BLOB_UNKNOWN',
              tooLarge,
              tooManyTags,
              conditionBesideTags,
              conditionFailed,
              tagImmutable,
              nameInside,
              unverified,
            ],
          },
          {
            operation: 'putManifest',
            use: 'by tag',
            summary: 'Push a manifest and point a tag at it',
            description: 'Its digest is computed with sha256.',
            spec: ['end-7a'],
            when: { path: 'reference', format: 'tag' },
            headers: { 'Content-Type': 'optional', ...identityOnly, ...conditions },
            body: 'manifest',
            successes: [manifestPut],
            failures: [
              'MANIFEST_INVALID',
              'MANIFEST_BLOB_UNKNOWN',
              tooLarge,
              conditionFailed,
              tagImmutable,
              nameInside,
              tagInside,
              unverified,
            ],
          },
        ],
      },
      {
        method: 'DELETE',
        access: 'delete',
        requests: [
          {
            operation: 'deleteManifest',
            summary: 'Delete a manifest and all tags on it',
            spec: ['end-9'],
            when: { path: 'reference', format: 'digest' },
            headers: conditions,
            successes: [{ status: 202, description: 'The manifest is gone, and so are its tags.' }],
            failures: ['MANIFEST_UNKNOWN', conditionFailed],
          },
          {
            operation: 'deleteTag',
            summary: 'Delete a tag',
            description: 'The manifest that it points at stays.',
            spec: ['end-9'],
            when: { path: 'reference', format: 'tag' },
            headers: conditions,
            successes: [{ status: 202, description: 'The tag is gone.' }],
            failures: ['MANIFEST_UNKNOWN', conditionFailed],
          },
        ],
      },
    ],
  },
  {
    name: 'blob',
    path: '/v2/{name}/blobs/{digest}',
    entity: 'Blob',
    description: 'A blob: a layer, a configuration, or any other content that manifests name.',
    methods: [
      {
        method: 'GET',
        access: 'pull',
        requests: [
          {
            operation: 'getBlob',
            summary: 'Fetch a blob or a part of it',
            spec: ['end-2'],
            headers: { Range: 'optional', 'If-Range': 'optional', 'If-None-Match': 'optional' },
            successes: [
              {
                status: 200,
                description: 'The whole blob.',
                headers: { ...immutable, 'Accept-Ranges': 'required' },
                body: 'blob',
              },
              {
                status: 206,
                description: 'The part that was asked for.',
                headers: { ...immutable, 'Accept-Ranges': 'required', 'Content-Range': 'required' },
                body: 'blob',
                head: false,
              },
              {
                status: 206,
                form: 'several parts',
                description:
                  'The parts that were asked for, in their order, where they do not touch; those outside the blob are left out.',
                headers: { ...immutable, 'Accept-Ranges': 'required' },
                body: 'parts',
                head: false,
              },
              notModified,
              {
                status: 307,
                description: 'The storage serves the blob at the `Location`.',
                headers: { Location: 'required', 'Docker-Content-Digest': 'required' },
                head: false,
              },
            ],
            failures: [
              'BLOB_UNKNOWN',
              {
                code: 'SIZE_INVALID',
                status: 416,
                description:
                  'No range lies inside the blob. The detail has the `size` of the blob and the range that was `given`.',
                headers: { 'Content-Range': 'required' },
              },
            ],
          },
        ],
      },
      {
        method: 'DELETE',
        access: 'delete',
        requests: [
          {
            operation: 'deleteBlob',
            summary: 'Delete a blob from this repository',
            spec: ['end-10'],
            successes: [{ status: 202, description: 'This repository holds the blob no longer.' }],
            failures: ['BLOB_UNKNOWN'],
          },
        ],
      },
    ],
  },
  {
    name: 'uploads',
    path: '/v2/{name}/blobs/uploads/',
    entity: 'Uploads',
    description: 'Where blobs are pushed to.',
    methods: [
      {
        method: 'POST',
        access: 'push',
        requests: [
          {
            operation: 'mountBlob',
            summary: 'Take a blob over from another repository',
            spec: ['end-11'],
            when: { query: 'mount' },
            query: { mount: 'required', from: 'optional' },
            successes: [blobPublished, { ...uploadBegun, description: 'The blob could not be taken over; an upload has begun.' }],
            failures: [],
          },
          {
            operation: 'pushBlob',
            summary: 'Push a blob in one request',
            spec: ['end-4b'],
            when: { query: 'digest' },
            query: { digest: 'required' },
            headers: identityOnly,
            body: 'blob',
            successes: [blobPublished],
            failures: [digestDiffers, tooLarge],
          },
          {
            operation: 'startUpload',
            summary: 'Begin an upload',
            spec: ['end-4a', 'end-4c'],
            query: { 'digest-algorithm': 'optional' },
            successes: [uploadBegun],
            failures: [],
          },
        ],
      },
    ],
  },
  {
    name: 'upload',
    path: '/v2/{name}/blobs/uploads/{upload}',
    entity: 'Upload',
    description: 'An upload session, which takes the bytes of one blob in any number of requests, one after the other.',
    methods: [
      {
        method: 'GET',
        access: 'push',
        requests: [
          {
            operation: 'getUpload',
            summary: 'Ask where an upload stands',
            description: 'Asking does not touch the upload: it expires as if nobody had asked.',
            spec: ['end-13'],
            successes: [{ status: 204, description: 'The upload goes on after the `Range`.', headers: standing }],
            failures: ['BLOB_UPLOAD_UNKNOWN'],
          },
        ],
      },
      {
        method: 'PATCH',
        access: 'push',
        requests: [
          {
            operation: 'appendUpload',
            use: 'chunk',
            summary: 'Send a chunk',
            spec: ['end-5'],
            when: { header: 'Content-Range' },
            headers: { 'Content-Range': 'required', ...identityOnly },
            body: 'blob',
            successes: [{ status: 202, description: 'The chunk is stored.', headers: standing }],
            failures: ['BLOB_UPLOAD_UNKNOWN', offsetMismatch, rangeMalformed, lengthDiffers, tooLarge],
          },
          {
            operation: 'appendUpload',
            use: 'stream',
            summary: 'Send bytes of any length',
            query: { offset: 'optional' },
            headers: identityOnly,
            body: 'blob',
            successes: [{ status: 202, description: 'The bytes are stored.', headers: standing }],
            failures: ['BLOB_UPLOAD_UNKNOWN', offsetMismatch, tooLarge],
          },
        ],
      },
      {
        method: 'PUT',
        access: 'push',
        requests: [
          {
            operation: 'completeUpload',
            use: 'last chunk',
            summary: 'Send the last chunk and publish the blob',
            spec: ['end-6'],
            when: { header: 'Content-Range' },
            query: { digest: 'required' },
            headers: { 'Content-Range': 'required', ...identityOnly },
            body: 'blob',
            successes: [blobClosed],
            failures: ['BLOB_UPLOAD_UNKNOWN', digestDiffers, offsetMismatch, rangeMalformed, lengthDiffers, tooLarge],
          },
          {
            operation: 'completeUpload',
            use: 'nothing left',
            summary: 'Publish the blob that was sent',
            spec: ['end-6'],
            when: { body: 'none' },
            query: { digest: 'required' },
            successes: [blobClosed],
            failures: ['BLOB_UPLOAD_UNKNOWN', digestDiffers, offsetMismatch],
          },
          {
            operation: 'completeUpload',
            use: 'the rest',
            summary: 'Send all that is left and publish the blob',
            spec: ['end-6'],
            query: { digest: 'required', offset: 'optional' },
            headers: identityOnly,
            body: 'blob',
            successes: [blobClosed],
            failures: ['BLOB_UPLOAD_UNKNOWN', digestDiffers, offsetMismatch, tooLarge],
          },
        ],
      },
      {
        method: 'DELETE',
        access: 'push',
        requests: [
          {
            operation: 'cancelUpload',
            summary: 'Cancel an upload',
            spec: ['end-14'],
            successes: [{ status: 204, description: 'The upload and its bytes are gone.' }],
            failures: ['BLOB_UPLOAD_UNKNOWN'],
          },
        ],
      },
    ],
  },
  {
    name: 'referrers',
    path: '/v2/{name}/referrers/{digest}',
    entity: 'Referrers',
    description: 'The manifests whose subject a digest is: signatures, attestations and the like.',
    methods: [
      {
        method: 'GET',
        access: 'pull',
        requests: [
          {
            operation: 'listReferrers',
            summary: 'List the referrers of a digest',
            description: 'The list may be empty; neither the digest nor the repository has to exist.',
            spec: ['end-12a', 'end-12b'],
            when: { path: 'digest', format: 'digest' },
            query: { artifactType: 'optional', after: 'optional' },
            successes: [
              {
                status: 200,
                description:
                  'A page of descriptors, in the order of their digests. With a filter it may be empty; `Link` leads to the next.',
                headers: { Link: 'optional', 'OCI-Filters-Applied': 'optional' },
                body: 'referrers',
              },
            ],
            failures: [],
          },
        ],
      },
    ],
  },
] as const satisfies readonly RouteDescriptor[];

/** Failures that any request may meet, whatever its row says. */
export const anywhere = [
  {
    code: 'UNSUPPORTED',
    status: 400,
    description:
      'The request could be read in two ways: its framing, a repeated header, or the escapes of its path. The `reason` is `framing`, `repeated-header` or `escaped-path`; with the last one, `expected` is the path to send.',
  },
  {
    code: 'UNSUPPORTED',
    status: 431,
    description:
      'The request has as many headers as the server keeps, so that some may be lost. The `reason` is `too-many-headers`; there have to be fewer than `limit`.',
  },
  'TOOMANYREQUESTS',
  'UNKNOWN',
  'UNAVAILABLE',
  { code: 'UNKNOWN', status: 507, description: 'The storage is full. What was acknowledged before is safe.' },
] as const satisfies readonly (ErrorCode | FailureDescriptor)[];

/**
 * The reply to a GET or HEAD whose path is right but for escapes. They would let it pass by what guards paths before the registry;
 * the plain path does not. Other methods are refused as what could be read in two ways.
 */
export const plainPath = {
  status: 308,
  description: 'The path has escapes that it does not need. The `Location` is without them; its query is the same.',
  headers: { Location: 'required' },
} as const satisfies ResponseDescriptor;

/** The reply to a path below `/v2/` that is no route. */
export const noRoute = {
  code: 'UNSUPPORTED',
  status: 404,
  description: 'The API has no such path.',
} as const satisfies FailureDescriptor;
