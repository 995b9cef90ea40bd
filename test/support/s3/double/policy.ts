/** A policy: which actions are allowed, and what a caller may learn without the others. */
import { S3Error } from './errors.ts';
import { type Action, type Operation, type OperationName, operations } from './operations.ts';
import type { S3Request } from './request.ts';

/** Refuses an operation that the allowed actions do not cover. */
export function checkPolicy(name: OperationName, request: S3Request, allowed: readonly Action[]): void {
  const operation: Operation = operations[name];
  // S3 lets only those compare an ETag who may read the object.
  const compares = request.method !== 'GET' && (request.headers.get('if-match') ?? '*') !== '*';
  const needed = compares ? [...operation.actions, 's3:GetObject' as const] : operation.actions;
  const lacking = needed.filter((action) => !allowed.includes(action));
  if (lacking.length > 0) throw denied(lacking.join(' and '));
}

/** What a caller is told of an error: without s3:ListBucket a missing key cannot be told from a forbidden one. */
export function tellable(error: S3Error, allowed: readonly Action[]): S3Error {
  return error.code === 'NoSuchKey' && !allowed.includes('s3:ListBucket') ? denied('s3:ListBucket') : error;
}

function denied(actions: string): S3Error {
  return new S3Error('AccessDenied', `User is not authorized to perform: ${actions}`);
}
