/** The bodies of requests and replies, described once; descriptors name them. */
import type { ErrorEntry } from './errors.ts';
import type { Digest } from './formats.ts';
import { artifactManifestType, dockerImageType, dockerIndexType, imageType, indexType } from './known-media.ts';

/** A reply body of stored bytes. */
export interface Content {
  /** As it is sent: without parameters, but for the boundary of several parts. */
  readonly mediaType: string;
  /** In bytes; exactly this many are sent. */
  readonly size: number;
  /** The bytes, not opened before they are to be sent. */
  open(): Promise<Uint8Array | AsyncIterable<Uint8Array>>;
}

/** A descriptor: image specification, chapter "OCI Content Descriptors". */
export interface Descriptor {
  readonly mediaType: string;
  readonly digest: Digest;
  /** In bytes. */
  readonly size: number;
  readonly artifactType?: string | undefined;
  readonly annotations?: Readonly<Record<string, string>> | undefined;
}

/** An image index as the referrers API answers it: image specification, chapter "OCI Image Index". */
export interface ReferrersIndex {
  readonly schemaVersion: 2;
  readonly mediaType: typeof indexType;
  readonly manifests: readonly Descriptor[];
}

/** The part of JSON Schema that the bodies need. */
export interface Schema {
  readonly type: 'object' | 'array' | 'string' | 'integer';
  readonly description?: string;
  readonly properties?: { readonly [name: string]: Schema };
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly const?: string | number;
  readonly additionalProperties?: boolean | Schema;
}

/** One kind of body. `T` is the value that an operation gives for it: stored bytes, or what becomes JSON. */
export interface BodyDescriptor<T> {
  readonly description: string;
  /** The media types that it may have; `*&#47;*` for any other. The first is sent where the body is JSON of our own. */
  readonly mediaTypes: readonly [string, ...string[]];
  /** Whether it is written as JSON of our own; absent for a body of bytes. */
  readonly isJson?: true;
  /** What JSON of our own looks like. */
  readonly schema?: Schema;
  readonly example: unknown;
  /** Only for the compiler. */
  readonly '~value'?: T;
}

const text: Schema = { type: 'string' };
const descriptor: Schema = {
  type: 'object',
  description: 'A content descriptor.',
  required: ['mediaType', 'digest', 'size'],
  properties: {
    mediaType: text,
    digest: text,
    size: { type: 'integer' },
    artifactType: text,
    annotations: { type: 'object', additionalProperties: text },
  },
};

const exampleDescriptor = {
  mediaType: imageType,
  digest: 'sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855' as Digest,
  size: 1024,
};

/** JSON of our own. States the value that it is made of, which no literal can. */
const json = <T>(described: Described & { readonly schema: Schema }): BodyDescriptor<T> => ({ ...described, isJson: true });
/** Stored bytes. */
const content = (described: Described): BodyDescriptor<Content> => described;

type Described = Pick<BodyDescriptor<unknown>, 'description' | 'mediaTypes' | 'example'>;

export const bodies = {
  empty: json<Record<string, never>>({
    description: 'An empty object.',
    mediaTypes: ['application/json'],
    schema: { type: 'object', additionalProperties: false },
    example: {},
  }),
  errors: json<{ readonly errors: readonly ErrorEntry[] }>({
    description: 'What went wrong: one entry or several, each with a code.',
    mediaTypes: ['application/json'],
    schema: {
      type: 'object',
      required: ['errors'],
      properties: {
        errors: {
          type: 'array',
          items: { type: 'object', required: ['code', 'message'], properties: { code: text, message: text } },
        },
      },
    },
    example: { errors: [{ code: 'NAME_INVALID', message: 'invalid repository name' }] },
  }),
  repositories: json<{ readonly repositories: readonly string[] }>({
    description: 'Names of repositories in byte order.',
    mediaTypes: ['application/json'],
    schema: { type: 'object', required: ['repositories'], properties: { repositories: { type: 'array', items: text } } },
    example: { repositories: ['library/alpine', 'library/busybox'] },
  }),
  tags: json<{ readonly name: string; readonly tags: readonly string[] }>({
    description: 'The tags of a repository in byte order.',
    mediaTypes: ['application/json'],
    schema: {
      type: 'object',
      required: ['name', 'tags'],
      properties: { name: text, tags: { type: 'array', items: text } },
    },
    example: { name: 'library/alpine', tags: ['3.21', '3.22', 'latest'] },
  }),
  referrers: json<ReferrersIndex>({
    description: 'An image index with a descriptor of each manifest that has the digest as its subject.',
    mediaTypes: [indexType],
    schema: {
      type: 'object',
      required: ['schemaVersion', 'mediaType', 'manifests'],
      properties: {
        schemaVersion: { type: 'integer', const: 2 },
        mediaType: { type: 'string', const: indexType },
        manifests: { type: 'array', items: descriptor },
      },
    },
    example: {
      schemaVersion: 2,
      mediaType: indexType,
      manifests: [{ ...exampleDescriptor, artifactType: 'application/vnd.example.sbom.v1' }],
    },
  }),
  manifest: content({
    description: 'A manifest or index, byte for byte as it was pushed.',
    mediaTypes: [imageType, indexType, dockerImageType, dockerIndexType, artifactManifestType, '*/*'],
    example: {
      schemaVersion: 2,
      mediaType: imageType,
      config: { ...exampleDescriptor, mediaType: 'application/vnd.oci.image.config.v1+json' },
      layers: [{ ...exampleDescriptor, mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip' }],
    },
  }),
  blob: content({
    description: 'The bytes of a blob, or of a part of it.',
    mediaTypes: ['application/octet-stream'],
    example: 'bytes',
  }),
  parts: content({
    description: 'Parts of a blob, each with its `Content-Type` and `Content-Range`, as in RFC 9110 section 14.6.',
    mediaTypes: ['multipart/byteranges'],
    example: 'bytes',
  }),
} as const;

export type Bodies = typeof bodies;
export type BodyName = keyof Bodies;
