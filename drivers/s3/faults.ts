/** What an object store answers when it does not do what it was asked for. */
import { StorageFault } from '../../lib/driver.ts';

interface Answer {
  readonly name?: string;
  readonly message?: string;
  readonly $metadata?: { readonly httpStatusCode?: number };
}

const answerOf = (error: unknown): Answer => (typeof error === 'object' && error !== null ? error : {});

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

/** Whether another request to the same key was under way, so that this one may be sent again. */
export function isConflict(error: unknown): boolean {
  const { name, $metadata } = answerOf(error);
  return name === 'ConditionalRequestConflict' || (name === 'OperationAborted' && $metadata?.httpStatusCode === 409);
}

/** What whoever runs the registry can do about an error. */
const advice: Readonly<Record<string, string>> = {
  NoSuchBucket: 'create the bucket, or name another one with the option bucket',
  AccessDenied: 'let the credentials of the client read, write, list and delete below the option prefix',
  CredentialsProviderError: 'give the client credentials, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY',
  InvalidAccessKeyId: 'the store does not know the access key of the client',
  SignatureDoesNotMatch: 'the secret key of the client is not the one that the store knows',
};

const overloaded = new Set([
  'SlowDown',
  'ServiceUnavailable',
  'InternalError',
  'RequestTimeout',
  'ThrottlingException',
  'TimeoutError',
]);

/** The fault that an error of the store is: throttling and outages will pass, the rest will not by itself. */
export function faultOf(error: unknown, what: string): StorageFault {
  const { name = 'an error', message = '', $metadata } = answerOf(error);
  const status = $metadata?.httpStatusCode;
  const hint = advice[name];
  const busy = overloaded.has(name) || (hint === undefined && (status === undefined || status >= 500 || status === 429));
  return new StorageFault(busy ? 'busy' : 'broken', `${what}: ${name}${hint ? ` (${hint})` : `: ${message}`}`, { cause: error });
}
