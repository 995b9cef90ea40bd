/** Several kinds of logins at one registry. */
import type { Authorize, Permit } from '../access/authorize.ts';

/**
 * An `authorize` that takes what any of these take: the first that knows who asks decides alone. Where none does, a client may do what
 * one of them lets those do who did not log in, and is told the challenges of all, in this order: put tokens before passwords, as some
 * clients look at the first challenge alone.
 *
 * @example
 * import { anyOf, basic, htpasswd, rules } from 'stowage/auth';
 *
 * const people = basic({ verify: htpasswd('people'), policy: rules([{ subjects: '*', repositories: '**', actions: ['pull'] }]) });
 * const robots = basic({ verify: htpasswd('robots'), policy: rules([{ subjects: '*', repositories: 'ci/**', actions: ['pull', 'push'] }]) });
 * const authorize = anyOf(robots, people);
 */
export function anyOf(...kinds: readonly Authorize[]): Authorize {
  if (kinds.length === 0 || kinds.some((kind) => typeof kind !== 'function'))
    throw new TypeError('anyOf: give functions for authorize');
  return async (ask, credentials) => {
    const permits: Permit[] = [];
    for (const kind of kinds) {
      const permit = await kind(ask, credentials);
      if (permit.subject !== undefined) return permit;
      permits.push(permit);
    }
    return {
      may: async (need) => {
        for (const permit of permits) if ((await permit.may(need)) === true) return true;
        return false;
      },
      mayProbe: permits.some(({ mayProbe, challenges = [] }) => mayProbe === true || challenges.length === 0),
      challenges: [...new Set(permits.flatMap(({ challenges = [] }) => challenges))],
    };
  };
}
