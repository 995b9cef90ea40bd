/**
 * The formats of everything that travels as text in a path, a query or a header: what it looks like, how it is read
 * and written, and which error a malformed value is. A value that was read carries its format's brand, and drivers
 * accept only brands: a path that nobody checked does not type-check.
 */
import type { ErrorCode } from './errors.ts';

/** A string (or another `T`) that passed the format named `B`. */
export type Brand<T, B extends string> = T & { readonly '~brand': B };

/** `<name>` of the specification: lower-case components joined by slashes, 255 characters at most. */
export type RepositoryName = Brand<string, 'RepositoryName'>;
/** A tag: 1 to 128 characters, case matters. */
export type Tag = Brand<string, 'Tag'>;
/** `algorithm:hex` in one of the algorithms `sha256`, `sha384` and `sha512`, lower-case, of exactly the algorithm's length. */
export type Digest = Brand<string, 'Digest'>;
/** A name that Docker gave to layers before they had digests, computed from what is in a tar archive. */
export type Tarsum = Brand<string, 'Tarsum'>;
/** The random UUID of an upload session. */
export type UploadId = Brand<string, 'UploadId'>;
/** A media type without parameters, as in `Content-Type`. */
export type MediaType = Brand<string, 'MediaType'>;

/** The digest algorithms that are served, with the length of their digests in hex digits. */
export const algorithms = { sha256: 64, sha384: 96, sha512: 128 } as const;
export type Algorithm = keyof typeof algorithms;

/** Bytes `first` to `last`, both included, counted from zero. */
export interface ByteRange {
  readonly first: number;
  readonly last: number;
}

/** A format of values that travel as text. */
export interface Format<T> {
  /** A regular expression that a well-formed value fits, anchored, without flags. */
  readonly pattern: string;
  readonly example: string;
  /** What a well-formed value is, as clients are told where theirs is malformed; nothing but documents says it of the others. */
  readonly expected?: string;
  /** What a value is, where no client is told. */
  readonly description?: string;
  /** How an attempt at this format is told from an attempt at another one, for parameters that take several. */
  readonly like?: RegExp;
  /** What a malformed value is answered with; without it, nothing that a client sends is malformed. */
  readonly invalid?: { readonly code: ErrorCode; readonly status?: number };
  /** What is said of a malformed value, behind the name of its parameter, where `is malformed` says too little. */
  readonly complaint?: string;
  /** The value, or undefined if the text is malformed. Without it, the value is the text. */
  read?(text: string): T | undefined;
  /** The text. Without it, the value is the text. */
  write?(value: T): string;
}

const component = '[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*';
const namePattern = `^${component}(?:/${component})*$`;
const tagPattern = '^[a-zA-Z0-9_][a-zA-Z0-9._\\-]{0,127}$';
const digestPattern = '^(?:sha256:[0-9a-f]{64}|sha384:[0-9a-f]{96}|sha512:[0-9a-f]{128})$';
const tarsumPattern = '^tarsum(?:\\.(?:v1|dev))?\\+sha256:[0-9a-f]{64}$';
const uuidPattern = '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$';
const token = "[A-Za-z0-9!#$%&'*+.^_`\\|~\\-]+";
const mediaTypePattern = `^${token}/${token}$`;

const digestWords = 'A digest: the algorithm (sha256, sha384 or sha512), a colon and the digest in lower-case hex.';
const emptyDigest = 'sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';

/** Text of one kind, checked by one expression, at most `longest` characters. */
function matching<T extends string>(pattern: string, longest = Number.POSITIVE_INFINITY): (text: string) => T | undefined {
  const expression = new RegExp(pattern);
  return (text) => (text.length <= longest && expression.test(text) ? (text as T) : undefined);
}

/** Digits only, within what a number holds exactly. */
function readCount(text: string): number | undefined {
  if (!/^[0-9]+$/.test(text)) return undefined;
  const count = Number(text);
  return Number.isSafeInteger(count) ? count : undefined;
}

/**
 * Reads the name of a repository; undefined if the text is none.
 *
 * @example
 * import { readRepositoryName } from 'stowage';
 *
 * readRepositoryName('library/alpine'); // => 'library/alpine'
 * readRepositoryName('library/../etc'); // => undefined
 */
export const readRepositoryName: (text: string) => RepositoryName | undefined = matching<RepositoryName>(namePattern, 255);

/**
 * Reads a tag; undefined if the text is none.
 *
 * @example
 * import { readTag } from 'stowage';
 *
 * readTag('3.22'); // => '3.22'
 * readTag('-latest'); // => undefined
 */
export const readTag: (text: string) => Tag | undefined = matching<Tag>(tagPattern);

/**
 * Reads the id of an upload; undefined if the text is none.
 *
 * @example
 * import { readUploadId } from 'stowage';
 *
 * readUploadId('7c1f9b0e-6d0b-4e0c-9a51-0f6f7f3a3f5e'); // => '7c1f9b0e-6d0b-4e0c-9a51-0f6f7f3a3f5e'
 * readUploadId('../etc'); // => undefined
 */
export const readUploadId: (text: string) => UploadId | undefined = matching<UploadId>(uuidPattern);

/**
 * Reads a digest of one of the algorithms that are served; undefined if the text is none.
 *
 * @example
 * import { readDigest } from 'stowage';
 *
 * readDigest('sha256:' + '0'.repeat(64)); // => 'sha256:' + '0'.repeat(64)
 * readDigest('md5:' + '0'.repeat(32)); // => undefined
 */
export const readDigest: (text: string) => Digest | undefined = matching<Digest>(digestPattern);

/** Reads a tarsum of a version that can be computed; undefined if the text is none. */
export const readTarsum: (text: string) => Tarsum | undefined = matching<Tarsum>(tarsumPattern);

/** The first and last byte of `a-b`; null where the text is no such range, or ends before it begins. */
function readSpan(text: string): ByteRange | null {
  const [, first, last] = /^([0-9]+)-([0-9]+)$/.exec(text) ?? [];
  const range = { first: readCount(first ?? ''), last: readCount(last ?? '') };
  if (range.first === undefined || range.last === undefined || range.last < range.first) return null;
  return { first: range.first, last: range.last };
}

export const formats = {
  name: {
    pattern: namePattern,
    example: 'library/alpine',
    expected:
      'The name of a repository: components of lower-case letters and digits, separated inside by one dot, one or two underscores or any run of hyphens, joined by slashes; 255 characters at most.',
    invalid: { code: 'NAME_INVALID' },
    read: readRepositoryName,
  },
  tag: {
    pattern: tagPattern,
    example: '3.22',
    expected: 'A tag: a letter, digit or underscore, then up to 127 of these, dots and hyphens.',
    like: /^[^:]*$/,
    invalid: { code: 'MANIFEST_INVALID' },
    read: readTag,
  },
  digest: {
    pattern: digestPattern,
    example: emptyDigest,
    expected: digestWords,
    like: /:/,
    invalid: { code: 'DIGEST_INVALID' },
    read: readDigest,
  },
  blobDigest: {
    pattern: `${digestPattern}|${tarsumPattern}`,
    example: emptyDigest,
    expected: `${digestWords} With the option \`legacy.tarsum\` also a tarsum: \`tarsum+sha256:\`, \`tarsum.v1+sha256:\` or \`tarsum.dev+sha256:\` and its hex.`,
    like: /:/,
    invalid: { code: 'DIGEST_INVALID' },
    read: (text: string): Digest | Tarsum | undefined => readDigest(text) ?? readTarsum(text),
  },
  // A mount that cannot be done is an upload, whatever is wrong with it: what is malformed is null, and nothing is refused.
  mountedDigest: {
    pattern: digestPattern,
    example: emptyDigest,
    description: `${digestWords} With anything else, an upload begins.`,
    read: (text: string): Digest | null => readDigest(text) ?? null,
  },
  mountSource: {
    pattern: namePattern,
    example: 'library/alpine',
    description: 'The name of a repository. With anything else, an upload begins.',
    read: (text: string): RepositoryName | null => readRepositoryName(text) ?? null,
  },
  reference: {
    pattern: `${digestPattern}|${tagPattern}`,
    example: '3.22',
    expected: 'A tag or a digest; whatever contains a colon is read as a digest.',
    invalid: { code: 'MANIFEST_INVALID' },
    read: (text: string): Tag | Digest | undefined => readDigest(text) ?? readTag(text),
  },
  uploadId: {
    pattern: uuidPattern,
    example: '7c1f9b0e-6d0b-4e0c-9a51-0f6f7f3a3f5e',
    expected: 'The id of an upload session, a random UUID that the registry chose.',
    invalid: { code: 'BLOB_UPLOAD_UNKNOWN' },
    read: readUploadId,
  },
  algorithm: {
    pattern: `^(?:${Object.keys(algorithms).join('|')})$`,
    example: 'sha512',
    expected: 'A digest algorithm.',
    invalid: { code: 'DIGEST_INVALID' },
    read: (text: string): Algorithm | undefined => (Object.hasOwn(algorithms, text) ? (text as Algorithm) : undefined),
  },
  pageSize: {
    pattern: '^[0-9]+$',
    example: '100',
    expected: 'How many entries a page may have; a number over the limit of the registry counts as that limit.',
    invalid: { code: 'UNSUPPORTED', status: 400 },
    read: (text: string): number | undefined =>
      /^[0-9]+$/.test(text) ? Math.min(Number(text), Number.MAX_SAFE_INTEGER) : undefined,
    write: (count: number): string => String(count),
  },
  marker: {
    pattern: '^[!-~]{0,255}$',
    example: '3.21',
    expected: 'The last entry of the page before; it need not exist any more.',
    invalid: { code: 'UNSUPPORTED', status: 400 },
    read: matching<string>('^[!-~]{0,255}$'),
  },
  artifactType: {
    pattern: '^[ -~]{1,255}$',
    example: 'application/vnd.example.sbom.v1',
    expected: 'The type of an artifact, compared letter by letter. A plus sign also stands for a space, as forms write it.',
    invalid: { code: 'UNSUPPORTED', status: 400 },
    read: matching<string>('^[ -~]{1,255}$'),
  },
  offset: {
    pattern: '^[0-9]+$',
    example: '1048576',
    description: 'How many bytes an upload had when its URL was handed out.',
    // A malformed one is null, which no upload stands at: the answer to it says where the upload stands.
    read: (text: string): number | null => readCount(text) ?? null,
    write: (count: number): string => String(count),
  },
  mediaType: {
    pattern: mediaTypePattern,
    example: 'application/vnd.oci.image.manifest.v1+json',
    expected: 'A media type; parameters that follow it are ignored.',
    invalid: { code: 'MANIFEST_INVALID' },
    read: readEssence,
  },
  identity: {
    pattern: '^identity$',
    example: 'identity',
    expected: 'No coding: digests are those of the bytes that are sent.',
    complaint: 'must be left out, or identity: content has to be sent without a coding',
    invalid: { code: 'UNSUPPORTED', status: 415 },
    read: matching<string>('^identity$'),
  },
  chunkRange: {
    pattern: '^[0-9]+-[0-9]+$',
    example: '0-1048575',
    expected: 'The first and the last byte of a chunk within its blob, both included, without a unit.',
    // A malformed one is null and not refused here: the answer to it says where the upload stands.
    read: readSpan,
  },
  receivedRange: {
    pattern: '^0-[0-9]+$',
    example: '0-1048575',
    description: 'The bytes of an upload that the registry has, up to the last one, included; 0-0 also where there are none.',
    write: (received: number): string => `0-${Math.max(0, received - 1)}`,
  },
  byteRanges: {
    pattern: '^[a-z]+=.*$',
    example: 'bytes=0-1048575',
    description:
      'Parts of the content, as in RFC 9110 section 14.2. Up to 64 ranges of bytes are served, merged where they touch; anything else gets the whole.',
  },
  contentRange: {
    pattern: '^bytes (?:[0-9]+-[0-9]+|\\*)/[0-9]+$',
    example: 'bytes 0-1048575/3145728',
    description: 'Which part of the content this is, and the size of the whole, as in RFC 9110 section 14.4.',
    write: ({ range, size }: { range?: ByteRange; size: number }): string =>
      `bytes ${range ? `${range.first}-${range.last}` : '*'}/${size}`,
  },
  entityTag: {
    pattern: '^"[!-~]+"$',
    example: `"${emptyDigest}"`,
    description: 'The digest of the content in quotation marks.',
    write: (digest: Digest): string => `"${digest}"`,
  },
  entityTags: {
    pattern: '^(?:\\*|(?:W/)?"[^"]*"(?:\\s*,\\s*(?:W/)?"[^"]*")*)$',
    example: `"${emptyDigest}"`,
    expected: 'Entity tags as in RFC 9110 section 13.1, or an asterisk alone for any. GET and HEAD ignore what is malformed.',
  },
  url: {
    pattern: '^(?:https?://[^\\/]+)?/[!-~]*$',
    example: '/v2/library/alpine/blobs/uploads/7c1f9b0e-6d0b-4e0c-9a51-0f6f7f3a3f5e?offset=0',
    description: 'A URL, by default only its path; to be used as it is.',
  },
  nextLink: {
    pattern: '^<[!-~]+>; rel="next"$',
    example: '</v2/library/alpine/tags/list?n=100&last=3.21>; rel="next"',
    description: 'Where the next page is, as in RFC 8288.',
    write: (url: string): string => `<${url}>; rel="next"`,
  },
  tags: {
    pattern: '^[a-zA-Z0-9_][a-zA-Z0-9._\\-]{0,127}(?:, [a-zA-Z0-9_][a-zA-Z0-9._\\-]{0,127})*$',
    example: '3, 3.22, latest',
    description: 'Tags, separated by commas.',
    write: (list: readonly Tag[]): string => list.join(', '),
  },
  methods: {
    pattern: '^[A-Z]+(?:, [A-Z]+)*$',
    example: 'GET, HEAD',
    description: 'HTTP methods, separated by commas.',
    write: (list: readonly string[]): string => list.join(', '),
  },
  challenge: {
    pattern: '^[A-Za-z][A-Za-z0-9._~+\\-]*(?: [ -~]+)?$',
    example: 'Basic realm="registry"',
    description: 'How to authenticate, as in RFC 9110 section 11.6.1.',
  },
  requestId: {
    pattern: '^[!-~]{1,128}$',
    example: 'k3x9q0vd-2n',
    description: 'The id of a request: printable characters of ASCII.',
  },
  seconds: {
    pattern: '^[0-9]+$',
    example: '5',
    description: 'A number of seconds.',
    write: (count: number): string => String(count),
  },
  byteCount: {
    pattern: '^[1-9][0-9]*$',
    example: '5242880',
    description: 'A number of bytes.',
    write: (count: number): string => String(count),
  },
  word: {
    pattern: '^[!-~][ -~]*$',
    example: 'artifactType',
    description: 'A word that the specification fixes.',
  },
} as const satisfies Record<string, Format<unknown>>;

export type Formats = typeof formats;
export type FormatName = keyof Formats;

/**
 * Reads a media type that has no parameters; undefined if it is malformed.
 *
 * @example
 * import { readMediaType } from 'stowage';
 *
 * readMediaType('application/json'); // => 'application/json'
 * readMediaType('application/json; charset=utf-8'); // => undefined
 */
export const readMediaType: (text: string) => MediaType | undefined = matching<MediaType>(mediaTypePattern, 255);

/**
 * Reads the essence of a media type: its `type/subtype`, without the parameters that may follow. Undefined if it is malformed, or
 * if there are control characters among the parameters, which may be anything else.
 */
export function readEssence(text: string): MediaType | undefined {
  const [essence = ''] = text.split(';', 1);
  return /\p{Cc}/u.test(text) ? undefined : readMediaType(essence.trim());
}

/** Whether a reference is a digest rather than a tag. */
export function isDigest(reference: Tag | Digest): reference is Digest {
  return formats.digest.like.test(reference);
}

/** Whether a blob is named by a tarsum rather than by its digest. */
export function isTarsum(named: Digest | Tarsum): named is Tarsum {
  return named.startsWith('tarsum');
}

/**
 * The algorithm of a digest.
 *
 * @example
 * import { algorithmOf, readDigest } from 'stowage';
 *
 * const digest = readDigest('sha256:' + '0'.repeat(64));
 * digest && algorithmOf(digest); // => 'sha256'
 */
export function algorithmOf(digest: Digest): Algorithm {
  return digest.slice(0, digest.indexOf(':')) as Algorithm;
}

/**
 * The hex digits of a digest.
 *
 * @example
 * import { hexOf, readDigest } from 'stowage';
 *
 * const digest = readDigest('sha256:' + '0'.repeat(64));
 * digest && hexOf(digest); // => '0'.repeat(64)
 */
export function hexOf(digest: Digest): string {
  return digest.slice(digest.indexOf(':') + 1);
}
