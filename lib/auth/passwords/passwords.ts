/** Checks names and passwords against hashes. */
import { createHash } from 'node:crypto';
import { isObject } from '../../checks/check.ts';
import type { Verify } from '../principal.ts';
import { readBcrypt } from './bcrypt.ts';
import { remembering } from './remembering.ts';
import { longestPassword, readScrypt } from './scrypt.ts';

/** A hash that was read. */
export interface PasswordHash {
  check(password: string): Promise<boolean>;
  /** The hash as it was written. */
  readonly text: string;
}

/** Reads a hash. Throws a TypeError that does not tell it. */
export function readHash(text: unknown): PasswordHash {
  const check = typeof text === 'string' ? (readScrypt(text) ?? readBcrypt(text)) : undefined;
  if (typeof text === 'string' && check) return { check, text };
  throw new TypeError('is no hash of scrypt ($scrypt$…) or bcrypt ($2y$…) that can be afforded; hashPassword makes one');
}

/** A name without a colon and without control characters, as Basic can say it. */
export const isUsername = (name: string): boolean => /^[^:\p{Cc}]+$/u.test(name);

/**
 * Checks names and passwords against hashes by name. It takes as long for a name that nobody has. A password that was right is
 * remembered for a minute, by a keyed hash, as clients send it with every request; two are hashed at a time. One of more than 1,024
 * characters is wrong.
 *
 * @example
 * import { hashPassword, passwords } from 'stowage/auth';
 *
 * const verify = passwords({ ann: await hashPassword('correct horse battery staple') });
 *
 * @throws {TypeError} for what is no hash: the name is told, the hash is not.
 */
export function passwords(hashes: Readonly<Record<string, string>>): Verify {
  if (!isObject(hashes) || Array.isArray(hashes)) throw new TypeError('passwords: give hashes by name');
  const read = new Map<string, PasswordHash>();
  for (const [name, hash] of Object.entries(hashes)) {
    if (!isUsername(name)) throw new TypeError(`passwords: ${JSON.stringify(name)} is no name that Basic can say`);
    read.set(
      name,
      named(`passwords: that of ${name}`, () => readHash(hash)),
    );
  }
  return Object.assign(remembering(verifyAmong(read)), { loginOf: (username: string) => loginAmong(read, username) });
}

/** What is thrown, with what it is about before it. */
export function named<T>(subject: string, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    throw new TypeError(`${subject} ${cause instanceof Error ? cause.message : cause}`, { cause });
  }
}

/** A check of a name and a password. For a name that nobody has, the password is checked against that of somebody, in vain. */
export function verifyAmong(hashes: ReadonlyMap<string, PasswordHash>): (username: string, password: string) => Promise<boolean> {
  const [decoy] = hashes.values();
  return async (username, password) => {
    if (password.length > longestPassword) return false;
    const own = hashes.get(username);
    const isRight = (await (own ?? decoy)?.check(password)) ?? false;
    return own !== undefined && isRight;
  };
}

/** What changes with the password of a name, and tells nothing of its hash; undefined for a name that nobody has. */
export function loginAmong(hashes: ReadonlyMap<string, PasswordHash>, username: string): string | undefined {
  const own = hashes.get(username);
  return own && createHash('sha256').update(own.text).digest('base64url');
}
