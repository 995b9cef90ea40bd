/**
 * The error codes, one row each, and the one error class that carries them to a client.
 * Those up to `TOOMANYREQUESTS` are the closed list of the distribution specification (chapter "Error Codes"); `TAG_INVALID` and
 * `MANIFEST_UNVERIFIED` appear only in documents of Docker's first API; `UNKNOWN` and `UNAVAILABLE` only travel with a 5xx status.
 */

/** What is known of one error code. */
export interface ErrorDescriptor {
  /** The HTTP status it has unless a failure row says otherwise. */
  readonly status: number;
  /** The short text that goes into replies. */
  readonly message: string;
  /** When it is met, for the documentation. */
  readonly description: string;
  /** Headers that every reply with this code carries, whatever the route. */
  readonly headers?: readonly string[];
}

export const errors = {
  BLOB_UNKNOWN: {
    status: 404,
    message: 'blob unknown to registry',
    description: 'The repository does not hold the blob.',
  },
  BLOB_UPLOAD_INVALID: {
    status: 416,
    message: 'blob upload invalid',
    description: 'The bytes do not continue the upload. The reply says where it goes on, the detail why.',
  },
  BLOB_UPLOAD_UNKNOWN: {
    status: 404,
    message: 'blob upload unknown to registry',
    description:
      'The upload was never begun in this repository, or it was finished, cancelled or expired: before the request came (`reason`: `unknown`) or during it (`gone`).',
  },
  DIGEST_INVALID: {
    status: 400,
    message: 'provided digest did not match uploaded content',
    description: 'The digest is malformed, missing, of an algorithm that is not served, or not the digest of the content.',
  },
  MANIFEST_BLOB_UNKNOWN: {
    status: 400,
    message: 'manifest references a manifest or blob unknown to registry',
    description: 'The manifest names content that the repository does not hold: one error for each missing digest.',
  },
  MANIFEST_INVALID: {
    status: 400,
    message: 'manifest invalid',
    description: 'The manifest or its tag breaks a rule of its format; the message says which.',
  },
  MANIFEST_UNKNOWN: {
    status: 404,
    message: 'manifest unknown to registry',
    description: 'The repository has no manifest under that tag or digest.',
  },
  NAME_INVALID: {
    status: 400,
    message: 'invalid repository name',
    description: 'The repository name does not fit the grammar of names, or is longer than 255 characters.',
  },
  NAME_UNKNOWN: {
    status: 404,
    message: 'repository name not known to registry',
    description: 'The registry holds no manifest and no blob under that repository name.',
  },
  SIZE_INVALID: {
    status: 400,
    message: 'provided length did not match content length',
    description: 'The body is longer or shorter than announced, over a limit, or a range lies outside the content.',
  },
  UNAUTHORIZED: {
    status: 401,
    message: 'authentication required',
    description: 'The request needs credentials, or better ones; the challenges say which.',
    headers: ['WWW-Authenticate'],
  },
  DENIED: {
    status: 403,
    message: 'requested access to the resource is denied',
    description:
      'The request is refused as it is: the client may not do it, a condition does not hold, or the tag may not be moved.',
  },
  UNSUPPORTED: {
    status: 405,
    message: 'the operation is unsupported',
    description: 'The registry does not serve this path, method or parameter value.',
  },
  TOOMANYREQUESTS: {
    status: 429,
    message: 'too many requests',
    description: 'The client has to wait before it asks again.',
    headers: ['Retry-After'],
  },
  TAG_INVALID: {
    status: 400,
    message: 'manifest tag did not match URI',
    description: 'Legacy documents only: the tag inside the manifest is not the one in the URL.',
  },
  MANIFEST_UNVERIFIED: {
    status: 400,
    message: 'manifest failed signature verification',
    description: 'Legacy documents only: a signature of the manifest is missing or wrong.',
  },
  UNKNOWN: {
    status: 500,
    message: 'internal error',
    description: 'Something broke on the server; its log says what.',
  },
  UNAVAILABLE: {
    status: 503,
    message: 'service unavailable',
    description: 'The storage or the authorization is overloaded; the same request may succeed later.',
    headers: ['Retry-After'],
  },
} as const satisfies Record<string, ErrorDescriptor>;

/** What went wrong, as a client reads it: the `code` of an entry in an error body. `docs/api.md` says when each is met. */
export type ErrorCode = keyof typeof errors;

/** One entry of an error body: specification, chapter "Error Codes". `detail` is any JSON value. */
export interface ErrorEntry {
  readonly code: ErrorCode;
  readonly message: string;
  readonly detail?: unknown;
}

/** Headers as they go on the wire; a list becomes several lines of one name. */
export type HeaderLines = Readonly<Record<string, string | readonly string[]>>;

/** What may be said about an error beside its code. */
export interface ErrorOptions {
  /** The HTTP status, where it is not the code's own. */
  readonly status?: number;
  /** Replaces the code's own message; shown to the client. */
  readonly message?: string;
  /** Any JSON value that helps the client; shown to the client. */
  readonly detail?: unknown;
  /** Headers of the reply, as they go on the wire; a list becomes several lines. */
  readonly headers?: HeaderLines;
  /** One entry for each of several things that are wrong; replaces `message` and `detail`. */
  readonly entries?: readonly Omit<ErrorEntry, 'code'>[];
  /** What led to it; logged for a 5xx, never shown to the client. */
  readonly cause?: unknown;
}

const brand = Symbol.for('stowage.RegistryError');

/**
 * An error reply, thrown. An `authorize` function may throw one too (`TOOMANYREQUESTS`, say), and so may a hook that decides; handlers never reject with one.
 * Recognise it by {@link isRegistryError}: a process can hold two copies of this package.
 *
 * @example
 * import { RegistryError } from 'stowage';
 *
 * const error = new RegistryError('TOOMANYREQUESTS', { headers: { 'Retry-After': '30' }, message: 'wait for half a minute' });
 * error.status; // => 429
 * error.entries; // => [{ code: 'TOOMANYREQUESTS', message: 'wait for half a minute' }]
 */
export class RegistryError extends Error {
  /** The code of all its entries. */
  readonly code: ErrorCode;
  /** The HTTP status of the reply. */
  readonly status: number;
  /** Headers of the reply, beside those that every reply has. */
  readonly headers: HeaderLines;
  /** The body of the reply: one entry, or one for each thing that is wrong. */
  readonly entries: readonly ErrorEntry[];

  /** An error with the status and the message of its code, where the options have no others. */
  constructor(code: ErrorCode, options: ErrorOptions = {}) {
    const message = options.message ?? errors[code].message;
    super(message, 'cause' in options ? { cause: options.cause } : undefined);
    this.name = 'RegistryError';
    this.code = code;
    this.status = options.status ?? errors[code].status;
    this.headers = options.headers ?? {};
    const { entries = [{ message, ...('detail' in options && { detail: options.detail }) }] } = options;
    this.entries = entries.map((entry) => ({ code, ...entry }));
    Object.defineProperty(this, brand, { value: true });
  }
}

/**
 * Whether a value is a {@link RegistryError}, of this copy of the package or of another.
 *
 * @example
 * import { isRegistryError, RegistryError } from 'stowage';
 *
 * isRegistryError(new RegistryError('DENIED')); // => true
 * isRegistryError(new Error('denied')); // => false
 */
export function isRegistryError(value: unknown): value is RegistryError {
  return typeof value === 'object' && value !== null && brand in value;
}

/** What is answered where the host's code has failed: the error that it wants to be sent, or a 503 that says nothing of the cause. */
export const errorOfHost = (cause: unknown, message: string): RegistryError =>
  isRegistryError(cause) ? cause : new RegistryError('UNAVAILABLE', { message, cause });

/** A text that a client gave, as the detail of an error repeats it: cut, since it may be of any length. */
export function excerpt(text: string): string {
  return text.slice(0, 255);
}
