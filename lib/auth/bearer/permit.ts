/** What a token lets its bearer do, and how a client is told to fetch one. */
import type { Credentials, Need, Permit } from '../../access/authorize.ts';
import { challengeOf } from '../challenge.ts';
import type { Policy } from '../principal.ts';
import { covers, type Grant } from './grant.ts';
import { scopeOf } from './scopes.ts';

/** Where tokens are had, and for what. */
interface TokenSource {
  /** The absolute URL of the token service. */
  readonly realm: string;
  /** What the service calls this registry. */
  readonly service: string;
}

/**
 * The permit of somebody with these credentials, for whom a token was read, or none. Who lacks something is told which scopes the
 * request needs (RFC 6750 section 3): as someone who is not known, so that it is answered with a challenge. Who has an anonymous
 * token is not known either, and may probe all the same.
 */
export function permitOf(
  credentials: Credentials,
  needs: readonly Need[],
  grant: Grant | undefined,
  source: TokenSource,
): Permit {
  const isCovered = grant !== undefined && needs.every((need) => covers(grant, need));
  const error = credentials.scheme !== 'bearer' ? undefined : grant ? 'insufficient_scope' : 'invalid_token';
  const scope = needs.map(scopeOf).join(' ');
  const { realm, service } = source;
  return {
    subject: isCovered ? grant.subject : undefined,
    may: (need) => grant !== undefined && covers(grant, need),
    mayProbe: grant !== undefined,
    challenges: [challengeOf('Bearer', { realm, service, ...(scope && { scope }), ...(error && { error }) })],
  };
}

/** The same permit, for what a policy grants as well. */
export function narrowed(permit: Permit, grant: Grant | undefined, policy: Policy): Permit {
  const principal = grant?.subject === undefined ? undefined : { subject: grant.subject };
  return {
    ...permit,
    may: async (need) => (await permit.may(need)) === true && (await policy(principal, need)) === true,
  };
}
