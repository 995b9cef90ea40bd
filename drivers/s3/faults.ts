/** What an object store answers when it does not do what it was asked for. */
import { setTimeout as sleep } from 'node:timers/promises';
import { isStorageFault, StorageFault } from '../../lib/driver.ts';

interface Answer {
  readonly name?: string;
  readonly message?: string;
  /** Of a system call that failed. */
  readonly code?: unknown;
  readonly $metadata?: { readonly httpStatusCode?: number };
}

const answerOf = (error: unknown): Answer => (typeof error === 'object' && error !== null ? error : {});

/** The name that the client gives to the reply to a HEAD, which has no body to name the error. */
const unnamed = 'Unknown';

/** Whether an error says that a thing is not there. */
export function isAbsent(error: unknown): boolean {
  const { name = '', $metadata } = answerOf(error);
  if (name === 'NoSuchBucket') return false;
  return name === 'NoSuchKey' || name === 'NotFound' || name === 'NoSuchUpload' || $metadata?.httpStatusCode === 404;
}

/** Whether a condition of the request did not hold. */
export function isLost(error: unknown): boolean {
  return answerOf(error).$metadata?.httpStatusCode === 412 || answerOf(error).name === 'PreconditionFailed';
}

const conflicts = new Set<unknown>(['ConditionalRequestConflict', 'OperationAborted', unnamed]);

/** Whether another request to the same key was under way, so that this one may be sent again. Other conflicts last. */
export function isConflict(error: unknown): boolean {
  const { name, $metadata } = answerOf(error);
  return $metadata?.httpStatusCode === 409 && conflicts.has(name);
}

/** Whether an error is a fault that will pass. */
export function isBusy(error: unknown): boolean {
  return isStorageFault(error) && error.kind === 'busy';
}

/** How often a call is made in all. */
const attempts = 4;

/** What a call gives, which is made again after errors that may pass: a few times, after pauses by chance that grow. */
export async function again<T>(mayPass: (error: unknown) => boolean, call: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await call();
    } catch (error) {
      if (attempt === attempts || !mayPass(error)) throw error;
      await sleep(Math.random() * 50 * 2 ** attempt);
    }
  }
}

/** What the policy has to allow; docs/s3.md has it as JSON. */
const policy =
  'allow s3:GetObject, s3:PutObject, s3:DeleteObject and s3:AbortMultipartUpload on the objects below the option prefix, ' +
  's3:ListBucket and s3:ListBucketMultipartUploads on the bucket';
/** System error codes of a connection that cannot be made. */
const unreachable = ['ECONNREFUSED', 'EHOSTUNREACH', 'ENETUNREACH', 'ENOTFOUND'];

/** What whoever runs the registry can do about an error, by its name, its system error code or its message. */
const advice: Readonly<Record<string, string>> = {
  NoSuchBucket: 'create the bucket, or name another one with the option bucket',
  AccessDenied: policy,
  CredentialsProviderError: 'give the client credentials, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY',
  ExpiredToken: 'give the client credentials that still hold',
  InvalidAccessKeyId: 'the store does not know the access key of the client',
  SignatureDoesNotMatch: 'the secret key of the client is not the one that the store knows',
  RequestTimeTooSkewed: 'set the clock of this machine',
  'Region is missing': 'give the client a region, or set AWS_REGION',
  AuthorizationHeaderMalformed: 'give the client the region of the bucket, or set AWS_REGION',
  PermanentRedirect: 'give the client the region of the bucket, or set AWS_REGION',
  NotImplemented: 'ask the store what it does with checkS3',
  ...Object.fromEntries(unreachable.map((code) => [code, 'is the endpoint of the client right, and is the store up?'])),
};

/** What will pass by itself. */
const passing = new Set([
  'SlowDown',
  'ServiceUnavailable',
  'InternalError',
  'RequestTimeout',
  'ThrottlingException',
  'TimeoutError',
  ...unreachable,
]);

/** By what an error is known. */
function nameOf({ name = 'an error', code, $metadata }: Answer): string {
  if (typeof code === 'string') return code;
  return name === unnamed && $metadata?.httpStatusCode === 403 ? 'AccessDenied' : name;
}

/** The fault that an error of the store is: throttling, outages and lost races will pass, the rest will not by itself. */
export function faultOf(error: unknown, what: string): StorageFault {
  if (isStorageFault(error)) return error;
  const answer = answerOf(error);
  const { message = '', $metadata } = answer;
  const name = nameOf(answer);
  const status = $metadata?.httpStatusCode;
  const hint = advice[name] ?? advice[message];
  const raced = isConflict(error) || isLost(error);
  const busy = raced || passing.has(name) || (hint === undefined && (status === undefined || status >= 500 || status === 429));
  return new StorageFault(busy ? 'busy' : 'broken', `${what}: ${name}: ${message}${hint ? ` (${hint})` : ''}`, { cause: error });
}
