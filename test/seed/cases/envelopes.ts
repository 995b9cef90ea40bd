/** Error bodies, byte for byte. */
import type { ErrorCode } from '../../../lib/api/errors.ts';
import type { SeedCase } from './case.ts';

/** An error that is replied. */
export interface Raised {
  readonly code: ErrorCode;
  readonly detail?: unknown;
}

export const envelopes: readonly SeedCase<readonly Raised[], readonly string[]>[] = [
  {
    given: [{ code: 'DIGEST_INVALID' }, { code: 'BLOB_UNKNOWN', detail: { digest: 'sometestblobsumdoesntmatter' } }],
    was: [
      '{"errors":[{"code":"DIGEST_INVALID","message":"provided digest did not match uploaded content"},{"code":"BLOB_UNKNOWN","message":"blob unknown to registry","detail":{"digest":"sometestblobsumdoesntmatter"}}]}',
    ],
    is: [
      '{"errors":[{"code":"DIGEST_INVALID","message":"provided digest did not match uploaded content"}]}',
      '{"errors":[{"code":"BLOB_UNKNOWN","message":"blob unknown to registry","detail":{"digest":"sometestblobsumdoesntmatter"}}]}',
    ],
    why: 'A reply has one status, so it has one code; the entries are what they were.',
  },
  {
    given: [{ code: 'UNKNOWN' }],
    was: ['{"errors":[{"code":"UNKNOWN","message":"unknown error"}]}'],
    is: ['{"errors":[{"code":"UNKNOWN","message":"internal error"}]}'],
    why: 'The code is for what broke on the server and for nothing else, and says so.',
  },
];
