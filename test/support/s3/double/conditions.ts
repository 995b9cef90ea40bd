/** `If-Match` and `If-None-Match`, of reads, writes, deletes and copies. */
import { S3Error } from './errors.ts';

/** A condition on the object that is there now. */
export interface Conditions {
  readonly ifMatch: string | undefined;
  readonly ifNoneMatch: string | undefined;
}

/** The conditions of a request, or those that `x-amz-copy-source-` puts on the source of a copy. */
export function conditionsOf(headers: ReadonlyMap<string, string>, prefix = ''): Conditions {
  return { ifMatch: headers.get(`${prefix}if-match`), ifNoneMatch: headers.get(`${prefix}if-none-match`) };
}

/** Whether an ETag is among those of a condition. */
export function matches(condition: string, etag: string): boolean {
  const named = condition.split(',').map((text) => text.trim().replace(/^"(.*)"$/, '$1'));
  return named.includes('*') || named.includes(etag);
}

/** Refuses a write whose condition does not hold for what is there. */
export function checkWrite({ ifMatch, ifNoneMatch }: Conditions, found: { readonly etag: string } | undefined): void {
  if (ifNoneMatch !== undefined && (ifNoneMatch !== '*' || ifMatch !== undefined)) {
    throw new S3Error('NotImplemented', 'A header you provided implies functionality that is not implemented', {
      Header: 'If-None-Match',
    });
  }
  if (ifNoneMatch !== undefined && found !== undefined) failed('If-None-Match');
  if (ifMatch === undefined) return;
  if (found === undefined) throw new S3Error('NoSuchKey', 'The specified key does not exist.');
  if (!matches(ifMatch, found.etag)) failed('If-Match');
}

/** Refuses a delete whose condition does not hold for what is there. */
export function checkDelete(ifMatch: string | undefined, found: { readonly etag: string } | undefined): void {
  if (ifMatch !== undefined && (found === undefined || !matches(ifMatch, found.etag))) failed('If-Match');
}

/** Says that a condition does not hold. */
export function failed(condition: string): never {
  throw new S3Error('PreconditionFailed', 'At least one of the pre-conditions you specified did not hold', {
    Condition: condition,
  });
}
