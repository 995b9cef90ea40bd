/** Gives tokens: proves who asks, and grants what of the wish the policy allows. It knows no HTTP but statuses. */
import { isRegistryError } from '../../api/errors.ts';
import { accessOf } from '../bearer/claims.ts';
import { loadJose } from '../bearer/jose.ts';
import { readScopes, type Wanted } from '../bearer/scopes.ts';
import { basicChallenge } from '../challenge.ts';
import { type Policy, type Principal, type Verify, whoHas } from '../principal.ts';
import { type Proof, readWish, type TokenRequest, type Wish } from './dialects.ts';
import { grantedOf } from './granted.ts';
import type { KeyRing } from './key-ring.ts';
import { giveRefreshToken, holderOf, type RefreshTokens } from './refresh-tokens.ts';
import { refusal, type TokenReply } from './replies.ts';

/** What tokens are given from. */
export interface Issuer {
  readonly issuer: string;
  readonly service: string;
  readonly keys: KeyRing;
  readonly verify: Verify;
  readonly policy: Policy;
  readonly expiresIn: number;
  readonly refreshTokens: RefreshTokens | false;
}

/** Each is a question to the policy, and makes the token longer, which has to fit into a header. */
const mostRepositories = 100;

/** Answers a request for a token. What fails in the host's functions is thrown. */
export async function giveToken(issuer: Issuer, asked: TokenRequest): Promise<TokenReply> {
  const wish = readWish(asked);
  if (!wish) return refusal(400, 'UNSUPPORTED', 'log in with Basic, or with the grant of a password or a refresh token');
  if (wish.service !== undefined && wish.service !== issuer.service)
    return refusal(400, 'UNSUPPORTED', `tokens are given here for the service ${issuer.service} alone`);
  const wanted = readScopes(wish.scopes);
  if (wanted.repositories.size > mostRepositories)
    return refusal(400, 'UNSUPPORTED', `a token is for ${mostRepositories} repositories at most`);
  const who = await whoProves(issuer, wish.proof);
  if (who === 'wrong')
    return refusal(401, 'UNAUTHORIZED', 'nobody has this name and this password, or this refresh token', {
      'WWW-Authenticate': basicChallenge('tokens'),
    });
  return { status: 200, json: await tokenOf(issuer, who, wanted, wish) };
}

/** Who it is that proves to be somebody; undefined for somebody who did not log in. */
async function whoProves({ verify, refreshTokens }: Issuer, proof: Proof): Promise<Principal | undefined | 'wrong'> {
  if (proof.kind === 'none') return undefined;
  if (proof.kind === 'password') return (await whoHas(verify, proof.username, proof.password)) ?? 'wrong';
  return (refreshTokens && (await holderOf(refreshTokens, proof.token, verify))) || 'wrong';
}

async function tokenOf(
  issuer: Issuer,
  principal: Principal | undefined,
  wanted: Wanted,
  { wantsRefresh, proof }: Wish,
): Promise<object> {
  const { SignJWT, importJWK } = await loadJose();
  const { policy, expiresIn, refreshTokens, verify } = issuer;
  const key = await issuer.keys.signing();
  const access = accessOf(await grantedOf(wanted, (need) => policy(principal, need)));
  const now = Math.floor(Date.now() / 1000);
  const token = await new SignJWT({ access })
    .setProtectedHeader({ alg: key.alg, typ: 'JWT', ...(key.kid !== undefined && { kid: key.kid }) })
    .setIssuer(issuer.issuer)
    .setSubject(principal?.subject ?? '')
    .setAudience(issuer.service)
    .setIssuedAt(now)
    .setNotBefore(now)
    .setExpirationTime(now + expiresIn)
    .setJti(crypto.randomUUID())
    .sign(await importJWK({ ...key }, key.alg));
  // A refresh token that was used is good for the next time, too.
  const refresh = proof.kind === 'refresh token' ? proof.token : undefined;
  const given =
    wantsRefresh && principal !== undefined && refreshTokens !== false && proof.kind === 'password'
      ? await giveRefreshToken(refreshTokens, principal, proof.username, verify)
      : refresh;
  return {
    token,
    access_token: token,
    token_type: 'Bearer',
    expires_in: expiresIn,
    issued_at: new Date(now * 1000).toISOString(),
    ...(given !== undefined && { refresh_token: given }),
  };
}

/** What is answered when the host's functions have failed: the error that they chose, or 503, which says nothing about it. */
export function failureOf(error: unknown): TokenReply {
  if (isRegistryError(error)) {
    const { status, headers, entries } = error;
    const own = Object.entries(headers).map(([name, value]) => [name, String(value)] as const);
    const wait = status === 429 || status === 503 ? { 'Retry-After': '5' } : {};
    return { status, headers: { ...wait, ...Object.fromEntries(own) }, json: { errors: entries } };
  }
  return refusal(503, 'UNAVAILABLE', 'tokens cannot be given at the moment', { 'Retry-After': '5' });
}
