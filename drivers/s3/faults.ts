/** Errors of an object store: what they mean, which of them are retried, and as storage faults. */
import { isStorageFault, StorageFault } from '../../lib/driver.ts';
import { sleep } from '../../lib/timers.ts';

/** The properties of the client's errors that are read. */
interface S3Error {
  readonly name?: string;
  readonly message?: string;
  /** The code of a system error. */
  readonly code?: unknown;
  readonly $metadata?: {
    readonly httpStatusCode?: number;
    /** How many times the request was sent. */
    readonly attempts?: number;
  };
}

const asS3Error = (error: unknown): S3Error => (typeof error === 'object' && error !== null ? error : {});

/** The client's name for an error without a body, as a reply to HEAD is. */
const unnamedError = 'Unknown';

/** Whether the object or multipart upload is missing. A missing bucket is a fault instead. */
export function isMissing(error: unknown): boolean {
  const { name = '', $metadata } = asS3Error(error);
  if (name === 'NoSuchBucket') return false;
  return name === 'NoSuchKey' || name === 'NotFound' || name === 'NoSuchUpload' || $metadata?.httpStatusCode === 404;
}

/** Whether the condition of a request did not hold (412). */
export function isConditionFailed(error: unknown): boolean {
  return asS3Error(error).$metadata?.httpStatusCode === 412 || asS3Error(error).name === 'PreconditionFailed';
}

/** The last is what a store over a file system may call a race of two writes: it finds the name of the object taken meanwhile. */
const conflicts = new Set<unknown>(['ConditionalRequestConflict', 'OperationAborted', unnamedError, 'ExistingObjectIsDirectory']);

/** Whether a concurrent request to the same key was in the way (409), so that a retry may succeed. Other conflicts last. */
export function isConflict(error: unknown): boolean {
  const { name, $metadata } = asS3Error(error);
  return $metadata?.httpStatusCode === 409 && conflicts.has(name);
}

/** Whether an error is a fault that is expected to pass. */
export function isBusy(error: unknown): boolean {
  return isStorageFault(error) && error.kind === 'busy';
}

/** Whether a fault is the store's answer that an object has no byte of the range: as a rule, that it is empty. */
export function isRangeOutside(fault: unknown): boolean {
  return isStorageFault(fault) && asS3Error(fault.cause).$metadata?.httpStatusCode === 416;
}

/** Whether a fault is the store's refusal of something that it does not know. */
export function isNotImplemented(fault: unknown): boolean {
  return isStorageFault(fault) && asS3Error(fault.cause).name === 'NotImplemented';
}

/** The error of a request that was sent once more than it says. */
export function asLaterAttempt(error: Error): Error {
  const { $metadata } = asS3Error(error);
  return Object.assign(error, { $metadata: { ...$metadata, attempts: ($metadata?.attempts ?? 1) + 1 } });
}

/** Whether the request was sent before, and no answer came: nobody knows whether that attempt did what it asked for. */
export function isLaterAttempt(error: unknown): boolean {
  return (asS3Error(error).$metadata?.attempts ?? 1) > 1;
}

const maxAttempts = 4;

/** The result of `call`, which is retried on transient errors: up to four attempts, with exponential backoff and jitter. */
export async function retry<T>(isTransient: (error: unknown) => boolean, call: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await call();
    } catch (error) {
      if (attempt === maxAttempts || !isTransient(error)) throw error;
      await sleep(Math.random() * 50 * 2 ** attempt);
    }
  }
}

/** The permissions that the driver needs; docs/s3.md has them as a JSON policy. */
const requiredPolicy =
  'allow s3:GetObject, s3:PutObject, s3:DeleteObject and s3:AbortMultipartUpload on the objects below the option prefix, ' +
  's3:ListBucket and s3:ListBucketMultipartUploads on the bucket';
/** System error codes of a connection that cannot be opened. */
const connectionErrors = ['ECONNREFUSED', 'EHOSTUNREACH', 'ENETUNREACH', 'ENOTFOUND'];

/** What an operator can do about an error, by the error's name, system error code or message. */
const advice: Readonly<Record<string, string>> = {
  NoSuchBucket: 'create the bucket, or name another one with the option bucket',
  AccessDenied: requiredPolicy,
  CredentialsProviderError: 'give the client credentials, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY',
  ExpiredToken: 'give the client credentials that still hold',
  InvalidAccessKeyId: 'the store does not know the access key of the client',
  SignatureDoesNotMatch: 'the secret key of the client is not the one that the store knows',
  RequestTimeTooSkewed: 'set the clock of this machine',
  'Region is missing': 'give the client a region, or set AWS_REGION',
  AuthorizationHeaderMalformed: 'give the client the region of the bucket, or set AWS_REGION',
  PermanentRedirect: 'give the client the region of the bucket, or set AWS_REGION',
  NotImplemented: 'ask the store what it does with checkS3',
  ...Object.fromEntries(connectionErrors.map((code) => [code, 'is the endpoint of the client right, and is the store up?'])),
};

/** Names of errors that are expected to pass without a change by the operator. */
const transient = new Set([
  'SlowDown',
  'ServiceUnavailable',
  'InternalError',
  'RequestTimeout',
  'ThrottlingException',
  'TimeoutError',
  ...connectionErrors,
]);

/** Names of errors of stores that have no room, or whose quota is used up. */
const noRoom = new Set(['QuotaExceeded', 'InsufficientStorage', 'XMinioStorageFull', 'XMinioAdminBucketQuotaExceeded']);

/** The name under which `advice` and `transient` have an error. */
function nameOf({ name = 'an error', code, $metadata }: S3Error): string {
  if (typeof code === 'string') return code;
  return name === unnamedError && $metadata?.httpStatusCode === 403 ? 'AccessDenied' : name;
}

/** An error as a storage fault: `full` for a lack of space or quota, `busy` for throttling, outages and lost races, else `broken`. */
export function faultOf(error: unknown, doing: string): StorageFault {
  if (isStorageFault(error)) return error;
  const s3Error = asS3Error(error);
  const { message = '', $metadata } = s3Error;
  const name = nameOf(s3Error);
  const status = $metadata?.httpStatusCode;
  const hint = advice[name] ?? advice[message];
  const raced = isConflict(error) || isConditionFailed(error);
  const busy = raced || transient.has(name) || (hint === undefined && (status === undefined || status >= 500 || status === 429));
  const full = noRoom.has(name) || status === 507;
  return new StorageFault(full ? 'full' : busy ? 'busy' : 'broken', `${doing}: ${name}: ${message}${hint ? ` (${hint})` : ''}`, {
    cause: error,
  });
}
