/** Logins with a name and a password in each request: RFC 7617. */
import type { Authorize, Credentials } from '../access/authorize.ts';
import { callable, must, oneOf } from '../checks/check.ts';
import { type OptionRules, parseOptions } from '../checks/options.ts';
import { basicChallenge, isChallengeText } from './challenge.ts';
import { type Policy, type Verify, whoHas } from './principal.ts';

/** Options of `basic`. */
export interface BasicOptions {
  /** Checks a name and a password: `htpasswd(…)`, `passwords(…)`, or a function of your own. */
  readonly verify: Verify;
  /** What somebody may do: `rules(…)`, or a function of your own. */
  readonly policy: Policy;
  /** The name of what is protected, as clients show it when they ask for a password. Default: `'registry'`. */
  readonly realm?: string | undefined;
  /**
   * What a client without a login is told at `/v2/`, where clients of docker's kind learn whether to log in at all. `challenge`: 401;
   * those without a login get no further, even where the policy lets everybody pull. `open`: 200; those with one do not send it.
   * With Basic it is one or the other for them; tokens do both. Default: `'challenge'`.
   */
  readonly probe?: 'challenge' | 'open' | undefined;
}

const basicOptions = {
  verify: { check: callable, required: true },
  policy: { check: callable, required: true },
  realm: {
    check: must('be printable ASCII', isChallengeText),
    default: 'registry',
  },
  probe: {
    check: oneOf('challenge', 'open'),
    default: 'challenge',
  },
} as const satisfies OptionRules<BasicOptions>;

/**
 * An `authorize` for logins with name and password. Who gives a wrong password is refused, also where those without one are let in:
 * 401, in the same bytes whether or not somebody has that name. Who is known and may not is refused with 403.
 *
 * @example
 * import { createRegistryHandler } from 'stowage';
 * import { basic, hashPassword, passwords, rules } from 'stowage/auth';
 * import { memoryDriver } from 'stowage/drivers/memory';
 *
 * const registry = createRegistryHandler(memoryDriver(), {
 *   authorize: basic({
 *     verify: passwords({ ann: await hashPassword('correct horse battery staple') }),
 *     policy: rules([{ subjects: 'ann', repositories: '**', actions: ['pull', 'push'] }]),
 *   }),
 * });
 *
 * @throws {TypeError} for options that are wrong, in words.
 */
export function basic(options: BasicOptions): Authorize {
  const { verify, policy, realm, probe } = parseOptions('basic', options, basicOptions);
  const challenges = [basicChallenge(realm)];
  return async (_ask, credentials) => {
    const principal = isBasic(credentials) ? await whoHas(verify, credentials.username, credentials.password) : undefined;
    if (credentials.scheme !== 'none' && !principal) return { challenges, may: () => false };
    return {
      subject: principal?.subject,
      may: (need) => policy(principal, need),
      ...(probe === 'open' && { mayProbe: true }),
      challenges,
    };
  };
}

const isBasic = (credentials: Credentials): credentials is Extract<Credentials, { scheme: 'basic' }> =>
  credentials.scheme === 'basic';
