/** Every path, query and header parameter of the API, described once; descriptors name them. */
import type { FormatName } from './formats.ts';
import type { Access } from './row-shapes.ts';

/** One parameter, in whichever part of a request or reply it travels. */
export interface ParameterDescriptor {
  readonly format: FormatName;
  readonly description: string;
}

/** A query parameter. */
export interface QueryDescriptor extends ParameterDescriptor {
  /** It may be given several times; all its values count. Of any other parameter, a second value is malformed. */
  readonly repeats?: true;
  /**
   * It names a repository that the request *wants* this access to. Where that is refused, the request counts as the
   * next one of its method.
   */
  readonly access?: Exclude<Access, 'none' | 'catalog'>;
}

/** A header of a reply. */
export interface ResponseHeaderDescriptor extends ParameterDescriptor {
  /** Every reply carries it, without naming it: with this value or, if that is true, one of its own. */
  readonly always?: string | true;
}

export const pathParameters = {
  name: { format: 'name', description: 'The repository.' },
  reference: { format: 'reference', description: 'The tag or the digest of a manifest.' },
  digest: { format: 'blobDigest', description: 'The digest of a blob, or of the manifest whose referrers are asked for.' },
  upload: {
    format: 'uploadId',
    description: 'The upload session; its URL comes from a `Location` header and is never built by clients.',
  },
} as const satisfies Record<string, ParameterDescriptor>;

export const queryParameters = {
  n: { format: 'pageSize', description: 'How many entries the page may have.' },
  last: { format: 'marker', description: 'List only what comes after this entry.' },
  after: { format: 'digest', description: 'List only referrers whose digest comes after this one. Taken from a `Link` header.' },
  artifactType: { format: 'artifactType', description: 'List only referrers of this artifact type.' },
  tag: {
    format: 'tag',
    repeats: true,
    description: 'A tag that the manifest gets, too. Only beside a digest: the query of a push by tag is not read.',
  },
  digest: { format: 'blobDigest', description: 'The digest of the whole blob.' },
  'digest-algorithm': {
    format: 'algorithm',
    description: 'The algorithm in which the digest of the upload will be given; sha256 if absent.',
  },
  mount: { format: 'mountedDigest', description: 'The blob to take over from another repository.' },
  from: {
    format: 'mountSource',
    access: 'pull',
    description: 'The repository to take the blob from; if absent, any that holds it, where everybody may read all of them.',
  },
  offset: {
    format: 'offset',
    description: 'Part of the upload URLs that the registry hands out: a body sent to a URL that has been overtaken is refused.',
  },
} as const satisfies Record<string, QueryDescriptor>;

export const requestHeaders = {
  'Content-Type': {
    format: 'mediaType',
    description:
      'The media type of the manifest. If it is absent, or one that tools send by themselves (`application/json`, `application/octet-stream`, a form, any text), the `mediaType` inside the manifest counts.',
  },
  'Content-Encoding': { format: 'identity', description: 'Content has to be sent as it is.' },
  'Content-Range': { format: 'chunkRange', description: 'Which bytes of the blob the body is.' },
  Range: { format: 'byteRanges', description: 'Asks for a part of the content.' },
  'If-Range': {
    format: 'entityTag',
    description: 'Asks for the part only if the content is still this one, and for the whole otherwise.',
  },
  'If-Match': {
    format: 'entityTags',
    description:
      'Does it only if what is there now, under the tag or the digest in the path, is one of these; with an asterisk, only if anything is.',
  },
  'If-None-Match': {
    format: 'entityTags',
    description:
      'Does it only if what is there now, under the tag or the digest in the path, is none of these; with an asterisk, only if nothing is.',
  },
} as const satisfies Record<string, ParameterDescriptor>;

export const responseHeaders = {
  'Docker-Distribution-API-Version': {
    format: 'word',
    always: 'registry/2.0',
    description: 'Says that this is a registry of the second API.',
  },
  'X-Content-Type-Options': {
    format: 'word',
    always: 'nosniff',
    description: 'Keeps browsers from guessing another type for stored content.',
  },
  'Content-Security-Policy': {
    format: 'word',
    always: "default-src 'none'; sandbox",
    description: 'Keeps browsers from running stored content.',
  },
  'X-Request-Id': {
    format: 'requestId',
    always: true,
    description:
      'The id of the request, under which the log of the registry knows it. It is the one that a proxy gave the request in this header, where the option `trustProxy` says that its word counts.',
  },
  Location: { format: 'url', description: 'Where the thing that the request made or worked on can be found.' },
  'Docker-Content-Digest': { format: 'digest', description: 'The digest of the content, in the algorithm in which it is known.' },
  'Docker-Upload-UUID': { format: 'uploadId', description: 'The id of the upload session.' },
  Range: { format: 'receivedRange', description: 'The bytes that the upload has.' },
  'OCI-Chunk-Min-Length': {
    format: 'byteCount',
    description:
      'With the option `minChunkBytes`: how many bytes each chunk but the last should have. Smaller ones are taken all the same.',
  },
  'Content-Range': { format: 'contentRange', description: 'Which part of the content the body is.' },
  'Accept-Ranges': { format: 'word', description: 'Says that parts of the content may be asked for.' },
  ETag: { format: 'entityTag', description: 'The entity tag of the content.' },
  'Cache-Control': {
    format: 'word',
    description: 'How long the content may be kept: content under its digest never changes, a tag may.',
  },
  Link: { format: 'nextLink', description: 'Where the next page is; absent on the last one.' },
  'OCI-Subject': {
    format: 'digest',
    description: 'The subject of the manifest; present if it has one, and says that the referrers API lists it.',
  },
  'OCI-Tag': { format: 'tags', description: 'The tags that the request set.' },
  'OCI-Filters-Applied': { format: 'word', description: 'The filters that were applied to the list.' },
  'WWW-Authenticate': { format: 'challenge', description: 'How to authenticate.' },
  Allow: { format: 'methods', description: 'The methods that the path has.' },
  'Retry-After': { format: 'seconds', description: 'How long to wait before asking again.' },
} as const satisfies Record<string, ResponseHeaderDescriptor>;

export type PathName = keyof typeof pathParameters;
export type QueryName = keyof typeof queryParameters;
/** A query parameter that names a repository which a request wants to use and can do without. */
export type WantName = {
  [N in QueryName]: (typeof queryParameters)[N] extends { readonly access: string } ? N : never;
}[QueryName];
export type RequestHeader = keyof typeof requestHeaders;
export type ResponseHeader = keyof typeof responseHeaders;
