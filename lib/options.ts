/** What a registry can be told. */
import type { Authorize } from './access/authorize.ts';
import { type Trust, type TrustProxy, trustOf, wrongTrust } from './doors/trust.ts';
import type { Driver, RepositoryName, Tag } from './driver.ts';
import type { OnResponse } from './events/response.ts';

/** Where messages go: the shape of pino, and near enough that of console. */
export interface Logger {
  error(details: object, message: string): void;
  warn(details: object, message: string): void;
}

/** Bounds on what clients may ask for and send. */
export interface Limits {
  /** The largest manifest, in bytes. At least 4 MiB should be taken. Default: 4 MiB. */
  readonly manifestBytes: number;
  /** The largest blob, in bytes. Default: no limit. */
  readonly blobBytes: number;
  /** Entries of a page of tags. Default: 10,000. */
  readonly tagsPerPage: number;
  /** Entries of a page of the catalog. Default: 1,000. */
  readonly repositoriesPerPage: number;
  /** Entries of a page of referrers; a page also ends at the size of the largest manifest. Default: 1,000. */
  readonly referrersPerPage: number;
  /** Descriptors in one manifest. Default: 4,096. */
  readonly descriptors: number;
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
   * that a document is as it was signed and not who signed it. `accept`: they need not be. Default: they are refused.
   */
  readonly schema1?: 'verify' | 'accept';
  /**
   * Take tarsums as names of blobs that are pushed, pulled and deleted, and of the layers of schema 1. A tarsum does not
   * cover every byte of an archive: several blobs may have one, which then names the first that was pushed. Default: false.
   */
  readonly tarsum?: boolean;
}

/** Options of `createRegistryHandler`. */
export interface RegistryOptions {
  /** Take manifests although the repository lacks what they name. Default: false. */
  readonly allowMissingReferences?: boolean;
  /** Serve the deletion of manifests, tags and blobs. Default: true. */
  readonly deletes?: boolean;
  readonly limits?: Partial<Limits>;
  /**
   * Tags that cannot be pointed elsewhere once they are set: all, or those that the function names. Pushing the same
   * manifest again is no change. Where deletion is served, they can be deleted. Default: none.
   */
  readonly immutableTags?: boolean | ((repository: RepositoryName, tag: Tag) => boolean);
  /**
   * How long an upload that nobody touches is kept, in milliseconds; false: for ever. Looked at within a second of the
   * start and then by interval, as long as anybody holds the handler. Default: 24 hours.
   */
  readonly uploadExpiry?: number | false;
  /**
   * Asks clients that send a blob in chunks for chunks of so many bytes at least, but the last; smaller ones are taken all
   * the same. For a storage that is slow with small ones. Default: clients are asked for nothing.
   */
  readonly minChunkBytes?: number;
  /** The URL below which clients see the registry, without `/v2/`: makes `Location` and `Link` absolute. Default: they are paths. */
  readonly publicUrl?: string;
  /**
   * The path below which the host server mounts the handler, such as `/registry`. Needed only where the host takes it
   * off `request.url` without leaving `originalUrl`, or does not take it off at all.
   */
  readonly mountPath?: string;
  /**
   * The proxies whose `Forwarded` header, or else `X-Forwarded-For`, `-Proto` and `-Host`, and `X-Forwarded-Prefix` say
   * who a client is and how it sees the registry; `Location` and `Link` become absolute where they say it. The values are
   * those of Express: `true`, a number of proxies, addresses, networks and their names, a function. Default: none, and
   * none of these headers is read.
   */
  readonly trustProxy?: TrustProxy;
  readonly timeouts?: Partial<Timeouts>;
  readonly legacy?: LegacyOptions;
  /** Decides what a client may do. Default: everybody may do everything. */
  readonly authorize?: Authorize;
  /** Hears of each response once it has ended, for request logs, metrics and audit. What it throws is logged and changes nothing. */
  readonly onResponse?: OnResponse;
  /** Default: silent. */
  readonly logger?: Logger;
}

/** Options with all defaults filled in. */
export interface Settings {
  readonly allowMissingReferences: boolean;
  readonly deletes: boolean;
  readonly limits: Limits;
  isImmutable(repository: RepositoryName, tag: Tag): boolean;
  readonly uploadExpiry: number | false;
  readonly minChunkBytes: number | undefined;
  readonly publicUrl: string | undefined;
  readonly mountPath: string | undefined;
  readonly trust: Trust | undefined;
  readonly timeouts: Timeouts;
  readonly legacy: LegacyOptions;
  readonly authorize: Authorize | undefined;
  readonly onResponse: OnResponse | undefined;
  readonly logger: Logger;
}

const defaultLimits: Limits = {
  manifestBytes: 4 * 1024 * 1024,
  blobBytes: Number.MAX_SAFE_INTEGER,
  tagsPerPage: 10_000,
  repositoriesPerPage: 1_000,
  referrersPerPage: 1_000,
  descriptors: 4_096,
  jsonDepth: 64,
};

const defaultTimeouts: Timeouts = { bodyIdle: 60_000, responseIdle: 60_000 };

const silent: Logger = { error: () => {}, warn: () => {} };

type Check = (value: unknown) => string | undefined;

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === 'object' && value !== null;
const boolean: Check = (value) => (typeof value === 'boolean' ? undefined : 'must be true or false');
const callable: Check = (value) => (typeof value === 'function' ? undefined : 'must be a function');
const positive: Check = (value) => (Number.isSafeInteger(value) && Number(value) > 0 ? undefined : 'must be a positive integer');
const object: Check = (value) => (isObject(value) && !Array.isArray(value) ? undefined : 'must be an object');
/** As long as a timer of Node can be. */
const wait: Check = (value) =>
  Number.isInteger(value) && Number(value) >= 0 && Number(value) < 2 ** 31
    ? undefined
    : 'must be a number of milliseconds, or 0 for no end';
const matching =
  (pattern: RegExp, meaning: string): Check =>
  (value) =>
    typeof value === 'string' && pattern.test(value) ? undefined : `must be ${meaning}`;

const checks: Readonly<Record<keyof RegistryOptions, Check>> = {
  allowMissingReferences: boolean,
  deletes: boolean,
  immutableTags: (value) => (boolean(value) && callable(value) ? 'must be true, false or a function' : undefined),
  uploadExpiry: (value) =>
    value !== false && positive(value) ? 'must be a positive number of milliseconds, or false' : undefined,
  minChunkBytes: positive,
  limits: object,
  publicUrl: matching(
    /^https?:\/\/[\w.:[\]-]+(?:\/[\w.~%-]+)*$/,
    "a URL like 'https://registry.example.com', without a slash at its end",
  ),
  mountPath: matching(/^(?:\/[\w.~%-]+)+$/, "a path like '/registry', without a slash at its end"),
  trustProxy: wrongTrust,
  timeouts: object,
  legacy: object,
  authorize: callable,
  onResponse: callable,
  logger: (value) =>
    isObject(value) && !callable(value.error) && !callable(value.warn) ? undefined : 'must have the methods error and warn',
};

const legacyChecks: Readonly<Record<keyof LegacyOptions, Check>> = {
  schema1: matching(/^(?:verify|accept)$/, "'verify' or 'accept'"),
  tarsum: boolean,
};

/** Fills in the defaults. Throws a TypeError that lists everything that is wrong with driver and options, with the fix. */
export function readOptions(driver: Driver, options: RegistryOptions): Settings {
  if (typeof options !== 'object' || options === null)
    throw new TypeError('createRegistryHandler: the options must be an object');
  const limits = given(options.limits);
  const timeouts = given(options.timeouts);
  const legacy = given(options.legacy);
  const wrong = [
    ...wrongInDriver(driver),
    ...wrongIn('', options, checks),
    ...wrongIn('limits.', limits, eachOf(defaultLimits, positive)),
    ...wrongIn('timeouts.', timeouts, eachOf(defaultTimeouts, wait)),
    ...wrongIn('legacy.', legacy, legacyChecks),
  ];
  if (wrong.length > 0) throw new TypeError(`createRegistryHandler: ${wrong.join('; ')}`);
  const { immutableTags = false } = options;
  return {
    allowMissingReferences: options.allowMissingReferences ?? false,
    deletes: options.deletes ?? true,
    limits: { ...defaultLimits, ...limits },
    isImmutable: typeof immutableTags === 'function' ? immutableTags : () => immutableTags,
    uploadExpiry: options.uploadExpiry ?? 24 * 60 * 60 * 1000,
    minChunkBytes: options.minChunkBytes,
    publicUrl: options.publicUrl,
    mountPath: options.mountPath,
    trust: trustOf(options.trustProxy ?? false),
    timeouts: { ...defaultTimeouts, ...timeouts },
    legacy,
    authorize: options.authorize,
    onResponse: options.onResponse,
    logger: options.logger ? calm(options.logger) : silent,
  };
}

const given = (values: object = {}): object =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
const eachOf = (names: object, check: Check): Record<string, Check> =>
  Object.fromEntries(Object.keys(names).map((name) => [name, check]));

function wrongInDriver(driver: unknown): string[] {
  const parts = ['blobs', 'uploads', 'manifests'].filter((part) => !isObject(driver) || !isObject(driver[part]));
  return parts.length > 0
    ? [`the driver has no ${parts.join(', no ')}; pass what a driver's function gives, as in memoryDriver()`]
    : [];
}

/** A logger that fails must not take a request along. */
function calm(logger: Logger): Logger {
  const attempt = (write: () => void): void => {
    try {
      write();
    } catch (error) {
      process.emitWarning(`the logger failed: ${error}`, 'StowageWarning');
    }
  };
  return {
    error: (details, message) => attempt(() => logger.error(details, message)),
    warn: (details, message) => attempt(() => logger.warn(details, message)),
  };
}

function wrongIn(prefix: string, values: object, allowed: Readonly<Record<string, Check>>): string[] {
  return Object.entries(values).flatMap(([name, value]) => {
    const check = Object.hasOwn(allowed, name) ? allowed[name] : undefined;
    if (!check) return [`there is no option ${prefix}${name}; there are ${Object.keys(allowed).join(', ')}`];
    const complaint = value === undefined ? undefined : check(value);
    return complaint ? [`${prefix}${name} ${complaint}, not ${show(value)}`] : [];
  });
}

const show = (value: unknown): string => (typeof value === 'string' ? JSON.stringify(value) : String(value));
