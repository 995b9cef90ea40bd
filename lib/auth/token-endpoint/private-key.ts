/** Keys with which tokens are signed. */
import { isObject } from '../../checks/check.ts';
import { algorithms, type PublicKey } from '../bearer/keys.ts';

/** A private key as a JSON Web Key (RFC 7517), with the algorithm that it is for. */
export interface PrivateKey extends PublicKey {
  /** The private part. */
  readonly d: string;
}

/** What is wrong with a key that was given, if anything is. */
export function wrongPrivateKey(value: unknown): string | undefined {
  if (!isObject(value) || typeof value.kty !== 'string') return 'must be a private key as a JSON Web Key';
  if (typeof value.alg !== 'string' || !algorithms.includes(value.alg)) return `must say its alg: ${algorithms.join(', ')}`;
  return typeof value.d === 'string' ? undefined : 'must be a private key';
}

/** What of each kind of key may be known to all: RFC 7518 section 6, RFC 8037. */
const publicMembers = ['kty', 'alg', 'kid', 'use', 'crv', 'x', 'y', 'n', 'e'];

/** The public key of a private one. */
export const publicKeyOf = (key: PrivateKey): PublicKey => ({
  kty: key.kty,
  alg: key.alg,
  ...Object.fromEntries(Object.entries(key).filter(([member]) => publicMembers.includes(member))),
});
