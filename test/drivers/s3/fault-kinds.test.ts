/** What an error of an object store is in the words of the contract. */
import { expect, it } from 'vitest';
import { faultOf } from '../../../drivers/s3/faults.ts';

const answered = (name: string, httpStatusCode: number) =>
  Object.assign(new Error('no'), { name, $metadata: { httpStatusCode } });
const failed = (code: string) => Object.assign(new Error('no'), { code });

it.each([
  [answered('QuotaExceeded', 403), 'full'],
  [answered('XMinioStorageFull', 507), 'full'],
  [answered('SlowDown', 503), 'busy'],
  [answered('InternalError', 500), 'busy'],
  [answered('Unknown', 429), 'busy'],
  [failed('ECONNREFUSED'), 'busy'],
  [failed('ECONNRESET'), 'busy'],
  [failed('ETIMEDOUT'), 'busy'],
  [answered('AccessDenied', 403), 'broken'],
  [answered('NoSuchBucket', 404), 'broken'],
] as const)('%o is %s', (error, kind) => {
  expect(faultOf(error, 'write a').kind).toBe(kind);
});
