/** What a registry can be told: the types, and below them what holds for each option; `words.ts` says it for documents. */
import type { Authorize } from '../access/authorize.ts';
import type { Throttle } from '../access/throttle.ts';
import { boolean, callable, isObject, matching, must, oneOf, positive, timeout } from '../checks/check.ts';
import type { OptionRules } from '../checks/options.ts';
import { nameOrigins } from '../checks/origins.ts';
import { type ForwardedHeaders, type TrustProxy, wrongTrust } from '../doors/trust.ts';
import type { RepositoryName, Tag } from '../driver.ts';
import type { EventRecorder } from '../events/recording.ts';
import type { OnResponse } from '../events/response.ts';
import type { BeforeBlob, BeforeManifest, BeforeTag, DecidingHook, ObservingHook } from '../hooks/hooks.ts';

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
  /**
   * How slowly a body may come, in bytes a second, on the average of `timeouts.bodyIdle`: one that comes more slowly counts as a
   * broken connection. A client that sends a byte now and then would hold its connection and its upload for ever. Default: 0, and
   * any byte will do.
   */
  readonly bodyBytesPerSecond: number;
}

/** How long a silent client, or the host's own code, is waited for, in milliseconds; 0: for ever. */
export interface Timeouts {
  /** A body of which nothing arrives for so long counts as a broken connection. Default: 60,000. */
  readonly bodyIdle: number;
  /** A client that takes nothing of a response for so long is cut off. Default: 60,000. */
  readonly responseIdle: number;
  /**
   * An `authorize`, or a `may` of its permit, that gives no answer for so long is answered for with 503, and `ask.signal` is aborted.
   * Default: 30,000.
   */
  readonly authorize: number;
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

/** Which pages of other origins a browser lets use the registry: the CORS protocol of the Fetch standard. */
export interface CorsOptions {
  /** The origins of the pages, as browsers write them: `['https://ui.example.com']`; `'*'` for all; or a function that is asked. Default: none. */
  readonly origins: readonly string[] | '*' | ((origin: string) => boolean);
  /**
   * Lets pages send what the browser keeps for the registry: cookies, client certificates, a login that it asked for itself. An
   * `Authorization` that the page sets needs no such thing. Not with `'*'`. Default: false.
   */
  readonly credentials?: boolean | undefined;
  /** For how many seconds a browser may remember the answer to a preflight. Default: 600. */
  readonly maxAge?: number | undefined;
}

/**
 * Functions that hear of what happens, and functions that decide whether it may.
 *
 * Those that hear are called once a response has ended, and are told of what was done: a request that was refused, or whose client
 * left before the reply, tells nothing. `docs/events.md` has what is never lost.
 *
 * Those that decide are called before anything is stored, after `authorize`. To refuse, they throw a RegistryError
 * (`DENIED`, say), which becomes the reply; anything else they throw is logged and answered with 503.
 */
export interface Hooks {
  /** A manifest or a blob was pushed. Default: none. */
  readonly onPush?: ObservingHook<'manifest.push' | 'blob.push'> | undefined;
  /** A manifest or a blob was read by GET, to its end. Default: none. */
  readonly onPull?: ObservingHook<'manifest.pull' | 'blob.pull'> | undefined;
  /** A blob was mounted. Default: none. */
  readonly onMount?: ObservingHook<'blob.mount'> | undefined;
  /** A manifest, a tag or a blob was deleted. Default: none. */
  readonly onDelete?: ObservingHook<'manifest.delete' | 'tag.delete' | 'blob.delete'> | undefined;
  /** A tag was set. Default: none. */
  readonly onTag?: ObservingHook<'tag.set'> | undefined;
  /** An upload began, took bytes, or was cancelled. Default: none. */
  readonly onUpload?: ObservingHook<'upload.begin' | 'upload.append' | 'upload.cancel'> | undefined;
  /** May this manifest be stored? Default: it may. */
  readonly beforeManifest?: DecidingHook<BeforeManifest> | undefined;
  /** May this tag be set? Asked about each tag of a push before its manifest is stored. Default: it may. */
  readonly beforeTag?: DecidingHook<BeforeTag> | undefined;
  /**
   * May this blob be published, or mounted? Asked before its last bytes are read; an upload of a client that sends it in parts may hold the
   * others. Default: it may.
   */
  readonly beforeBlob?: DecidingHook<BeforeBlob> | undefined;
}

/** Options of `createRegistryHandler`, and of `createFetchHandler`. */
export interface RegistryOptions {
  /** Take manifests although the repository lacks what they name. Default: false. */
  readonly allowMissingReferences?: boolean | undefined;
  /** Serve the deletion of manifests, tags and blobs. Default: true. */
  readonly deletes?: boolean | undefined;
  readonly limits?: Partial<Limits> | undefined;
  /**
   * `always`: each manifest, and each blob that is read as a whole, is hashed while it is served, and is never served to its end where its
   * bytes are not those of its digest: small ones are answered with 500, others are broken off before their last piece, and the fault is
   * logged. Ranges, and what a storage serves by redirects, are not checked. Default: `'never'`.
   */
  readonly verifyReads?: 'never' | 'always' | undefined;
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
  /** Lets pages of other origins use the registry in a browser. Default: no page of another origin may. */
  readonly cors?: CorsOptions | undefined;
  readonly legacy?: LegacyOptions | undefined;
  /** Decides what a client may do. Default: everybody may do everything. */
  readonly authorize?: Authorize | undefined;
  /** Refuses clients that ask too often, or for too much at a time: what `throttle` of `stowage/throttle` makes. Default: none is. */
  readonly throttle?: Throttle | undefined;
  /**
   * Hears of each response once it has ended, for request logs, metrics and audit. What it throws is logged and changes
   * nothing. Default: none.
   */
  readonly onResponse?: OnResponse | undefined;
  readonly hooks?: Hooks | undefined;
  /**
   * Keeps each change in the outbox of the driver before it is acknowledged, and delivers it from there: `events()` of `stowage/events`.
   * Default: none.
   */
  readonly events?: EventRecorder | undefined;
  /**
   * Hears of faults, and of mistakes of the host. Default: silent, but for mistakes by which requests fail: each of them is a
   * warning of the process (`process.emitWarning`), once.
   */
  readonly logger?: Logger | undefined;
}

const mebibyte = 1024 * 1024;

const limits = {
  manifestBytes: { check: positive, default: 4 * mebibyte },
  blobBytes: { check: positive, default: Number.MAX_SAFE_INTEGER },
  tagsPerPage: { check: positive, default: 10_000 },
  repositoriesPerPage: { check: positive, default: 1_000 },
  referrersPerPage: { check: positive, default: 1_000 },
  descriptors: { check: positive, default: 4_096 },
  tagsPerPush: { check: positive, default: 100 },
  jsonDepth: { check: positive, default: 64 },
  bodyBytesPerSecond: {
    check: must('be 0 or a positive integer', (value) => value === 0 || positive(value) === undefined),
    default: 0,
  },
} as const satisfies OptionRules<Partial<Limits>>;

const timeouts = {
  bodyIdle: { check: timeout, default: 60_000 },
  responseIdle: { check: timeout, default: 60_000 },
  authorize: { check: timeout, default: 30_000 },
} as const satisfies OptionRules<Partial<Timeouts>>;

const legacy = {
  schema1: { check: oneOf('verify', 'accept') },
  tarsum: { check: boolean, default: false },
} as const satisfies OptionRules<LegacyOptions>;

const cors = {
  origins: { check: nameOrigins, required: true },
  credentials: { check: boolean, default: false },
  maxAge: { check: positive, default: 600 },
} as const satisfies OptionRules<CorsOptions>;

const hook = { check: callable };
const hooks = {
  onPush: hook,
  onPull: hook,
  onMount: hook,
  onDelete: hook,
  onTag: hook,
  onUpload: hook,
  beforeManifest: hook,
  beforeTag: hook,
  beforeBlob: hook,
} as const satisfies OptionRules<Hooks>;

/** The options of `createRegistryHandler`. An option is its member of {@link RegistryOptions} and its row here. */
export const registryOptions = {
  allowMissingReferences: { check: boolean, default: false },
  deletes: { check: boolean, default: true },
  authorize: { check: callable },
  throttle: { check: callable },
  onResponse: { check: callable },
  hooks: { group: hooks },
  events: { check: callable },
  immutableTags: {
    check: must('be true, false or a function', (value) => typeof value === 'boolean' || typeof value === 'function'),
    default: false,
  },
  verifyReads: { check: oneOf('never', 'always'), default: 'never' },
  uploadExpiry: {
    check: must('be a positive number of milliseconds, or false', (value) => value === false || positive(value) === undefined),
    default: 24 * 60 * 60 * 1000,
  },
  minChunkBytes: { check: positive },
  publicUrl: {
    check: matching(
      /^(?!.*\/v2$)https?:\/\/[\w.:[\]-]+(?:\/[\w.~%-]+)*$/,
      "be a URL like 'https://registry.example.com', without /v2 and without a slash at its end",
    ),
  },
  mountPath: {
    check: matching(
      /^(?!.*\/v2$)(?:\/[\w.~%-]+)*$/,
      "be a path like '/registry', without /v2 and without a slash at its end, or '' for the root",
    ),
  },
  trustProxy: { check: wrongTrust, default: false },
  forwardedHeaders: { check: oneOf('x-forwarded', 'forwarded'), default: 'x-forwarded' },
  timeouts: { group: timeouts },
  cors: { group: cors },
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
  },
  limits: { group: limits },
} as const satisfies OptionRules<RegistryOptions>;
