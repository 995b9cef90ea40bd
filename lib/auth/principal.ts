/** Who somebody is, and what that lets them do: the two questions that every kind of login is made of. */
import type { Need } from '../access/authorize.ts';

/** Somebody who logged in. */
export interface Principal {
  /** The name, as logs and events tell it. */
  readonly subject: string;
  /** Groups, roles or teams, for policies. */
  readonly groups?: readonly string[] | undefined;
}

/** What a check of a login gives: who it is, `true` for somebody with the very name that was given, or nobody. */
export type Verified = Principal | boolean | undefined;

/**
 * Checks a name and a password. Nobody is let in by what it throws: a `RegistryError` (`TOOMANYREQUESTS`, say) becomes the
 * reply, anything else a 503. Neither text is empty: such a login is refused before, as a directory may take it for one of nobody, and say yes.
 */
export interface Verify {
  (username: string, password: string): Verified | Promise<Verified>;
  /**
   * A text that changes with the login of a name, and tells nothing of it; undefined where nobody has that name. Refresh tokens end when it changes.
   * `passwords` and `htpasswd` have it; without it, refresh tokens outlive the password with which they were had.
   */
  readonly loginOf?: ((username: string) => string | undefined | Promise<string | undefined>) | undefined;
}

/** Decides whether somebody may do something; undefined is somebody who did not log in. Only `true` grants. */
export type Policy = (principal: Principal | undefined, need: Need) => boolean | Promise<boolean>;

/** Who has this name and password, by a check of the host's. */
export async function whoHas(verify: Verify, username: string, password: string): Promise<Principal | undefined> {
  // LDAP takes a name without a password for a login of nobody, and says yes to it (RFC 4513 section 5.1.2).
  if (username === '' || password === '') return undefined;
  return principalOf(await verify(username, password), username);
}

/** Who it is that a check found. Anything but `true` and a principal is nobody. */
export function principalOf(verified: Verified, username: string): Principal | undefined {
  if (verified === true) return { subject: username };
  return typeof verified === 'object' && typeof verified?.subject === 'string' ? verified : undefined;
}
