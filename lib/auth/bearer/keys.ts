/** Keys with which tokens are checked. */
import type { JWTVerifyGetKey } from 'jose';
import { isObject } from '../../checks/check.ts';
import { loadJose } from './jose.ts';

/** A public key as a JSON Web Key (RFC 7517), with the algorithm that it is for. */
export interface PublicKey {
  readonly kty: string;
  /** The one algorithm that tokens of this key may have. */
  readonly alg: string;
  /** The id of the key, as tokens name it. It may be absent where there is one key. */
  readonly kid?: string;
  readonly [member: string]: unknown;
}

/** The algorithms with a public key. With those of a shared secret, whoever checks tokens could make them. */
export const algorithms = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'];

/** Public keys; a function that gives those that hold at the moment; or the URL of a key set. */
export type PublicKeys = readonly PublicKey[] | (() => readonly PublicKey[] | Promise<readonly PublicKey[]>) | URL;

/** What is wrong with keys that were given, if anything is. A function is asked later. */
export function wrongKeys(value: unknown): string | undefined {
  if (value instanceof URL) return /^https?:$/.test(value.protocol) ? undefined : 'must have a URL of http or https';
  return typeof value === 'function' ? undefined : wrongList(value);
}

function wrongList(value: unknown): string | undefined {
  if (!Array.isArray(value) || value.length === 0) return 'must be a list of public keys, or the URL of one';
  const ids: unknown[] = [];
  for (const [index, key] of value.entries()) {
    const wrong = wrongKey(key, value.length > 1, ids);
    if (wrong !== undefined) return `${index + 1} ${wrong}`;
    ids.push(key.kid);
  }
  return undefined;
}

function wrongKey(key: unknown, hasOthers: boolean, ids: readonly unknown[]): string | undefined {
  if (!isObject(key) || typeof key.kty !== 'string') return 'must be a JSON Web Key';
  if (typeof key.alg !== 'string' || !algorithms.includes(key.alg)) return `must say its alg: ${algorithms.join(', ')}`;
  if (['d', 'p', 'q', 'k'].some((member) => member in key)) return 'must be the public key alone';
  if (hasOthers && typeof key.kid !== 'string') return 'must have a kid, as there are others';
  return ids.includes(key.kid) ? 'must have a kid of its own' : undefined;
}

/** Finds the key of a token by its header, among those that hold at the moment. A function that jose takes. */
export async function keySetOf(keys: PublicKeys): Promise<JWTVerifyGetKey> {
  const { createLocalJWKSet, createRemoteJWKSet } = await loadJose();
  const local = (text: string) => createLocalJWKSet({ keys: JSON.parse(text) });
  if (keys instanceof URL) return createRemoteJWKSet(keys);
  if (typeof keys !== 'function') return local(JSON.stringify(keys));
  let known: { readonly text: string; readonly find: JWTVerifyGetKey } | undefined;
  return async (header, token) => {
    const given = await keys();
    const wrong = wrongList(given);
    if (wrong !== undefined) throw new TypeError(`bearer: keys ${wrong}`);
    const text = JSON.stringify(given);
    // A set that is the same has its keys imported already.
    if (known?.text !== text) known = { text, find: local(text) };
    return known.find(header, token);
  };
}
