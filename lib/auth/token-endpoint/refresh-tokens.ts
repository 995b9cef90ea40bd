/** Refresh tokens: what a client keeps instead of a password. Those who keep them here know only their hashes. */
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { ForAWhile } from '../for-a-while.ts';
import { type Principal, principalOf, type Verify } from '../principal.ts';

/** Where refresh tokens are kept, by their hash: a table of a database, say. */
export interface RefreshTokens {
  /** Keeps who has a token. */
  put(hash: string, principal: Principal): Promise<void>;
  /** Who has a token, as long as it holds. Ask here whether the principal is still somebody. */
  get(hash: string): Promise<Principal | undefined>;
}

/** Keeps them in the memory of this process for 90 days at most: after a restart, clients ask with their password again. */
export function refreshTokensInMemory(): RefreshTokens {
  const kept = new ForAWhile<Principal>(100_000);
  return {
    put: async (hash, principal) => kept.set(hash, principal, 90 * 24 * 3600 * 1000),
    get: async (hash) => kept.get(hash),
  };
}

/** What a token is kept under. The login that it was had with is a part of it: after that has changed, nothing is found. */
const hashOf = (token: string, login: string): string => createHash('sha256').update(`${token} ${login}`).digest('base64url');

/** The login of a name, as it is now; the same for all names where `verify` knows nothing of logins. */
const loginOf = async (verify: Verify, username: string): Promise<string | undefined> =>
  verify.loginOf ? verify.loginOf(username) : '';

/** A new token of somebody who logged in under a name: that name, and 256 random bits. Undefined if nobody has it any longer. */
export async function giveRefreshToken(
  tokens: RefreshTokens,
  principal: Principal,
  username: string,
  verify: Verify,
): Promise<string | undefined> {
  const login = await loginOf(verify, username);
  if (login === undefined) return undefined;
  const token = `${Buffer.from(username).toString('base64url')}.${randomBytes(32).toString('base64url')}`;
  await tokens.put(hashOf(token, login), principal);
  return token;
}

/** Who has this token. What a storage gives that is no principal is nobody. */
export async function holderOf(tokens: RefreshTokens, token: string, verify: Verify): Promise<Principal | undefined> {
  const username = Buffer.from(token.slice(0, Math.max(0, token.indexOf('.'))), 'base64url').toString();
  // Looked up in vain where nobody has the name, so that it takes as long.
  const login = (await loginOf(verify, username)) ?? randomUUID();
  const held = await tokens.get(hashOf(token, login));
  return typeof held === 'object' ? principalOf(held, '') : undefined;
}
