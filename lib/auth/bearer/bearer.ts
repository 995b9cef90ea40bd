/** Logins with tokens that a token service gives: RFC 6750, and the distribution project's token authentication. */
import { createHash } from 'node:crypto';
import type { Ask, Authorize } from '../../access/authorize.ts';
import { callable, isWhole, must } from '../../checks/check.ts';
import { type OptionRules, parseOptions } from '../../checks/options.ts';
import { isChallengeText } from '../challenge.ts';
import { ForAWhile } from '../for-a-while.ts';
import type { Policy } from '../principal.ts';
import { readClaims } from './claims.ts';
import type { Grant } from './grant.ts';
import { loadJose } from './jose.ts';
import { algorithms, keySetOf, type PublicKeys, wrongKeys } from './keys.ts';
import { narrowed, permitOf } from './permit.ts';

/** Options of `bearer`. */
export interface BearerOptions {
  /**
   * The absolute URL at which clients fetch tokens: that of a `tokenEndpoint`, or of another token service. A function gives it for
   * each request, where clients reach the service under several names.
   */
  readonly realm: string | ((ask: Ask) => string);
  /** What the token service calls this registry: the audience of its tokens. */
  readonly service: string;
  /** Who signs the tokens: their claim `iss`. */
  readonly issuer: string;
  /**
   * The public keys of the issuer: a list; a function that gives them, such as `keys` of a `tokenEndpoint`, asked for each token that is
   * not remembered; or where they are published: fetched when first needed, after ten minutes, and for a key that is not
   * known, but not twice within half a minute.
   */
  readonly keys: PublicKeys;
  /**
   * Asked as well, about what the token grants: for what tokens cannot say, such as tags, and to take rights away before tokens expire.
   * It knows the name of who asks, and no groups. Default: what the token grants is granted.
   */
  readonly policy?: Policy | undefined;
  /** How many seconds the clocks of issuer and registry may differ. Default: 60. */
  readonly leeway?: number | undefined;
}

const isAbsolute = (value: unknown): boolean =>
  isChallengeText(value) && /^https?:\/\/[^/]/.test(String(value)) && URL.canParse(String(value));

const bearerOptions = {
  realm: {
    check: must(
      'be an absolute URL of http or https, or a function that gives one',
      (value) => isAbsolute(value) || callable(value) === undefined,
    ),
    required: true,
  },
  service: {
    check: must('be printable ASCII', isChallengeText),
    required: true,
  },
  issuer: { check: must('be printable ASCII', isChallengeText), required: true },
  keys: { check: wrongKeys, required: true },
  policy: { check: callable },
  leeway: {
    check: must('be seconds, 0 or more', (value) => isWhole(value) && value >= 0),
    default: 60,
  },
} as const satisfies OptionRules<BearerOptions>;

/** What jose says of a token that does not hold. */
const aboutTokens = new Set([
  'ERR_JOSE_ALG_NOT_ALLOWED',
  'ERR_JOSE_NOT_SUPPORTED',
  'ERR_JWKS_MULTIPLE_MATCHING_KEYS',
  'ERR_JWKS_NO_MATCHING_KEY',
  'ERR_JWS_INVALID',
  'ERR_JWS_SIGNATURE_VERIFICATION_FAILED',
  'ERR_JWT_CLAIM_VALIDATION_FAILED',
  'ERR_JWT_EXPIRED',
  'ERR_JWT_INVALID',
]);

/** Tokens that held are checked again after so long, in milliseconds. */
const rememberedMs = 60_000;

/**
 * An `authorize` for tokens. A token has to be signed by a key of these in its own algorithm, for this service, and to say until when
 * it holds; keys that a token brings along are ignored. What it grants is in its claim `access`. A token that held is remembered for a
 * minute. Who has none is told where to fetch one, for which scope.
 *
 * @example
 * import { bearer } from 'stowage/auth';
 *
 * const authorize = bearer({
 *   realm: 'https://auth.example.com/token',
 *   service: 'registry.example.com',
 *   issuer: 'auth.example.com',
 *   keys: new URL('https://auth.example.com/jwks.json'),
 * });
 *
 * @throws {TypeError} for options that are wrong, in words.
 */
export function bearer(options: BearerOptions): Authorize {
  const { realm, service, issuer, keys, policy, leeway } = parseOptions('bearer', options, bearerOptions);
  const known = new ForAWhile<Grant>();
  let keySet: ReturnType<typeof keySetOf> | undefined;

  const verify = async (token: string): Promise<Grant | undefined> => {
    const name = createHash('sha256').update(token).digest('base64');
    const remembered = known.get(name);
    if (remembered) return remembered;
    const { jwtVerify, errors } = await loadJose();
    keySet ??= keySetOf(keys);
    try {
      const rules = { issuer, audience: service, algorithms, clockTolerance: leeway, requiredClaims: ['exp'] };
      const { payload } = await jwtVerify(token, await keySet, rules);
      const grant = readClaims(payload);
      known.set(name, grant, Math.min(rememberedMs, (Number(payload.exp) + leeway) * 1000 - Date.now()));
      return grant;
    } catch (error) {
      // Anything else, such as keys that cannot be fetched, says nothing about the token.
      if (error instanceof errors.JOSEError && aboutTokens.has(error.code)) return undefined;
      throw error;
    }
  };

  return async (ask, credentials) => {
    const grant = credentials.scheme === 'bearer' ? await verify(credentials.token) : undefined;
    const source = { realm: typeof realm === 'function' ? realm(ask) : realm, service };
    const permit = permitOf(credentials, ask.needs, grant, source);
    return policy ? narrowed(permit, grant, policy) : permit;
  };
}
