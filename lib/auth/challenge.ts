/** Values of `WWW-Authenticate`. */

/** A parameter that a header can carry: printable ASCII, and what Latin-1 has beyond it is left out. */
const isPlain = (value: string): boolean => /^[\x20-\x7e]*$/.test(value);

/** Whether a text can be a parameter of a challenge. */
export const isChallengeText = (value: unknown): boolean => typeof value === 'string' && value !== '' && isPlain(value);

/** A challenge: `Bearer realm="…",service="…"`. RFC 9110 section 11.6.1; values are quoted strings of section 5.6.4. */
export function challengeOf(scheme: string, parameters: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(parameters).map(([name, value]) => `${name}="${value.replace(/["\\]/g, '\\$&')}"`);
  return `${scheme} ${pairs.join(',')}`;
}

/** The challenge to log in with name and password, which are read as UTF-8: RFC 7617 section 2.1. */
export const basicChallenge = (realm: string): string => challengeOf('Basic', { realm, charset: 'UTF-8' });
