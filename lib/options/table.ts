/** What a registry can be told: the types, and below them a row for each option. */
import type { Authorize } from '../access/authorize.ts';
import { boolean, callable, isObject, matching, must, oneOf, positive, timeout } from '../checks/check.ts';
import type { OptionTable } from '../checks/options.ts';
import { type ForwardedHeaders, type TrustProxy, wrongTrust } from '../doors/trust.ts';
import type { RepositoryName, Tag } from '../driver.ts';
import type { OnResponse } from '../events/response.ts';

/** Where messages go: the shape of pino, and near enough that of console. */
export interface Logger {
  error(details: object, message: string): void;
  warn(details: object, message: string): void;
  /** Gets every refusal below 500, in the words that the client gets, with method and path. Mind that `console` prints it. */
  debug?(details: object, message: string): void;
}

/** Bounds on what clients may ask for and send. */
export interface Limits {
  /** The largest manifest, in bytes. At least 4 MiB should be taken. Default: 4 MiB. */
  readonly manifestBytes: number;
  /** The largest blob, in bytes. Default: none. */
  readonly blobBytes: number;
  /** Entries of a page of tags. Default: 10,000. */
  readonly tagsPerPage: number;
  /** Entries of a page of the catalog. Default: 1,000. */
  readonly repositoriesPerPage: number;
  /** Entries of a page of referrers; a page also ends at the size of the largest manifest. Default: 1,000. */
  readonly referrersPerPage: number;
  /**
   * Descriptors in one list of a manifest. A manifest may have 24 JSON members for each of them and 8,192 beside, and no object of
   * it more than 32,768. Default: 4,096.
   */
  readonly descriptors: number;
  /** Tags that one push may give to its manifest with `?tag=`. Default: 100. */
  readonly tagsPerPush: number;
  /** Levels of nesting in one manifest. Default: 64. */
  readonly jsonDepth: number;
}

/** How long a silent client is waited for, in milliseconds; 0: for ever. */
export interface Timeouts {
  /** A body of which nothing arrives for so long counts as a broken connection. Default: 60,000. */
  readonly bodyIdle: number;
  /** A client that takes nothing of a response for so long is cut off. Default: 60,000. */
  readonly responseIdle: number;
}

/** Formats of 2014 that are taken beside today's. Nothing of them is loaded before it is asked for. */
export interface LegacyOptions {
  /**
   * Take Docker's manifests of schema version 1. `verify`: they must be signed, and every signature must hold, which says
   * that a document is as it was signed and not who signed it. `accept`: they need not be. Default: refused.
   */
  readonly schema1?: 'verify' | 'accept' | undefined;
  /**
   * Take tarsums as names of blobs that are pushed, pulled and deleted, and of the layers of schema 1. A tarsum does not
   * cover every byte of an archive: several blobs may have one, which then names the first that was pushed. Default: false.
   */
  readonly tarsum?: boolean | undefined;
}

/** Options of `createRegistryHandler`, and of `createFetchHandler`. */
export interface RegistryOptions {
  /** Take manifests although the repository lacks what they name. Default: false. */
  readonly allowMissingReferences?: boolean | undefined;
  /** Serve the deletion of manifests, tags and blobs. Default: true. */
  readonly deletes?: boolean | undefined;
  readonly limits?: Partial<Limits> | undefined;
  /**
   * Tags that cannot be pointed elsewhere once they are set: all, or those that the function names. Pushing the same
   * manifest again is no change. Where deletion is served, they can be deleted. Default: none.
   */
  readonly immutableTags?: boolean | ((repository: RepositoryName, tag: Tag) => boolean) | undefined;
  /**
   * How long an upload that nobody touches is kept, in milliseconds; false: for ever. To ask where it stands does not touch it.
   * Looked at within a second of the start and then by interval, as long as anybody holds the handler; what dead processes left
   * behind is removed then, also with false. Default: 24 hours.
   */
  readonly uploadExpiry?: number | false | undefined;
  /**
   * Asks clients that send a blob in chunks for chunks of so many bytes at least, but the last; smaller ones are taken all
   * the same. For a storage that is slow with small ones. Default: none.
   */
  readonly minChunkBytes?: number | undefined;
  /** The URL below which clients see the registry, without `/v2/`: makes `Location` and `Link` absolute. Default: they are paths. */
  readonly publicUrl?: string | undefined;
  /**
   * The path below which the host server mounts the handler, such as `/registry`, or an empty text for its root. Needed only
   * where the host takes it off `request.url` without leaving `originalUrl`, or does not take it off at all. Default: found
   * by itself.
   */
  readonly mountPath?: string | undefined;
  /**
   * The proxies whose headers say who a client is and how it sees the registry; `Location` and `Link` become absolute where
   * they say it. The values are those of Express: `true`, a number of proxies, addresses, networks and their names, a
   * function. Default: false, and no such header is read.
   */
  readonly trustProxy?: TrustProxy | undefined;
  /**
   * Which headers those proxies set. `'x-forwarded'`: `X-Forwarded-For`, `-Proto`, `-Host` and `-Prefix`; `'forwarded'`: the
   * header of RFC 7239, which has no prefix. Have them drop the other family: where it is there and says something else,
   * nothing is known of the client, neither address nor URL. Default: `'x-forwarded'`.
   */
  readonly forwardedHeaders?: ForwardedHeaders | undefined;
  readonly timeouts?: Partial<Timeouts> | undefined;
  readonly legacy?: LegacyOptions | undefined;
  /** Decides what a client may do. Default: everybody may do everything. */
  readonly authorize?: Authorize | undefined;
  /**
   * Hears of each response once it has ended, for request logs, metrics and audit. What it throws is logged and changes
   * nothing. Default: none.
   */
  readonly onResponse?: OnResponse | undefined;
  /**
   * Hears of faults, and of mistakes of the host. Default: silent, but for mistakes by which requests fail: each of them is a
   * warning of the process (`process.emitWarning`), once.
   */
  readonly logger?: Logger | undefined;
}

const mebibyte = 1024 * 1024;

const limits = {
  manifestBytes: { check: positive, default: 4 * mebibyte, defaultWords: '4 MiB', sentence: 'the largest manifest' },
  blobBytes: { check: positive, default: Number.MAX_SAFE_INTEGER, defaultWords: 'none', sentence: 'the largest blob' },
  tagsPerPage: { check: positive, default: 10_000, sentence: 'entries of one page of tags' },
  repositoriesPerPage: { check: positive, default: 1_000, sentence: 'entries of one page of the catalog' },
  referrersPerPage: { check: positive, default: 1_000, sentence: 'entries of one page of referrers' },
  descriptors: {
    check: positive,
    default: 4_096,
    sentence: 'descriptors in one list of a manifest, which may have 24 JSON members for each',
  },
  tagsPerPush: { check: positive, default: 100, sentence: 'tags that one push may give to its manifest with `?tag=`' },
  jsonDepth: { check: positive, default: 64, sentence: 'levels of nesting in one manifest' },
} as const satisfies OptionTable<Partial<Limits>>;

const timeouts = {
  bodyIdle: {
    check: timeout,
    default: 60_000,
    sentence: 'milliseconds after which a body that stands still counts as broken off; `0` for never',
  },
  responseIdle: {
    check: timeout,
    default: 60_000,
    sentence: 'milliseconds after which a client that does not read is cut off; `0` for never',
  },
} as const satisfies OptionTable<Partial<Timeouts>>;

const legacy = {
  schema1: {
    check: oneOf('verify', 'accept'),
    defaultWords: 'refused',
    sentence:
      "`'verify'`: take Docker's manifests of schema 1 if all their signatures hold; `'accept'`: take them without a look at those",
  },
  tarsum: {
    check: boolean,
    default: false,
    sentence: 'take tarsums, which Docker used before digests, as names of blobs; they do not cover every byte of one',
  },
} as const satisfies OptionTable<LegacyOptions>;

/** The options of `createRegistryHandler`. An option is its member of {@link RegistryOptions} and its row here. */
export const registryOptions = {
  allowMissingReferences: { check: boolean, default: false, sentence: 'accept manifests whose blobs are missing' },
  deletes: { check: boolean, default: true, sentence: 'serve the deletion of tags, manifests and blobs' },
  authorize: {
    check: callable,
    defaultWords: 'everybody may do everything',
    sentence: '`(ask, credentials) => permit`: what a client may do, asked once for each request',
  },
  onResponse: {
    check: callable,
    defaultWords: 'none',
    sentence: '`(event) => void`: hears of each response once it has ended, for request logs, metrics and audit',
  },
  immutableTags: {
    check: must('be true, false or a function', (value) => typeof value === 'boolean' || typeof value === 'function'),
    default: false,
    defaultWords: 'none',
    sentence: '`true`, or `(repository, tag) => boolean`: tags that cannot be pointed elsewhere once they are set',
  },
  uploadExpiry: {
    check: must('be a positive number of milliseconds, or false', (value) => value === false || positive(value) === undefined),
    default: 24 * 60 * 60 * 1000,
    defaultWords: '24 hours',
    sentence:
      'milliseconds after which an upload ends that nobody touched, for which asking where it stands does not count; `false` for never',
  },
  minChunkBytes: {
    check: positive,
    defaultWords: 'none',
    sentence: 'what `OCI-Chunk-Min-Length` asks clients for that push in chunks; smaller chunks are taken all the same',
  },
  publicUrl: {
    check: matching(
      /^(?!.*\/v2$)https?:\/\/[\w.:[\]-]+(?:\/[\w.~%-]+)*$/,
      "be a URL like 'https://registry.example.com', without /v2 and without a slash at its end",
    ),
    defaultWords: 'they are paths',
    sentence: 'makes `Location` and `Link` absolute, as in `https://registry.example.com`',
  },
  mountPath: {
    check: matching(
      /^(?!.*\/v2$)(?:\/[\w.~%-]+)*$/,
      "be a path like '/registry', without /v2 and without a slash at its end, or '' for the root",
    ),
    defaultWords: 'found by itself',
    sentence: 'the path before `/v2`, where the host hides it or does not strip it',
  },
  trustProxy: {
    check: wrongTrust,
    default: false,
    sentence:
      "whom to believe `X-Forwarded-*` and `Forwarded`, in the values of Express: makes URLs absolute, and tells `authorize` the client's address",
  },
  forwardedHeaders: {
    check: oneOf('x-forwarded', 'forwarded'),
    default: 'x-forwarded',
    sentence: "which of the two families those proxies set; they have to drop the other: `'x-forwarded'` or `'forwarded'`",
  },
  timeouts: { group: timeouts },
  legacy: { group: legacy },
  logger: {
    check: must(
      'have the methods error and warn, and debug as a method or not at all',
      (value) =>
        isObject(value) &&
        typeof value.error === 'function' &&
        typeof value.warn === 'function' &&
        (value.debug === undefined || typeof value.debug === 'function'),
    ),
    defaultWords: 'silent',
    sentence:
      '`{ error(details, message), warn(details, message) }`, as pino has them; `debug` hears of refusals where it is there',
  },
  limits: { group: limits },
} as const satisfies OptionTable<RegistryOptions>;
