/** The keys of a token service: one signs, and tokens of all of them hold. */
import type { PublicKey } from '../bearer/keys.ts';
import { type PrivateKey, publicKeyOf, wrongPrivateKey } from './private-key.ts';

/** One key, or several with ids of their own: the first signs, and what the others have signed holds until it expires. */
export type SigningKeys = PrivateKey | readonly PrivateKey[];

/** What is wrong with keys that were given, if anything is. A function is asked later. */
export const wrongSigningKeys = (value: unknown): string | undefined =>
  typeof value === 'function' ? undefined : wrongAmong(Array.isArray(value) ? value : [value]);

function wrongAmong(keys: readonly unknown[]): string | undefined {
  const [complaint] = keys.flatMap((key) => wrongPrivateKey(key) ?? []);
  if (keys.length <= 1) return keys.length === 0 ? 'must be a private key, or several' : complaint;
  const ids = new Set((keys as readonly Partial<PrivateKey>[]).map(({ kid }) => kid));
  return complaint ?? (ids.size < keys.length || ids.has(undefined) ? 'must have a kid each, and no two the same' : undefined);
}

/** The keys that hold at the moment. */
export interface KeyRing {
  /** The key that signs. */
  signing(): Promise<PrivateKey>;
  /** The public keys of all of them. */
  published(): Promise<readonly PublicKey[]>;
}

/** Reads keys, or asks for them each time. What it gives rejects with a TypeError for what the function gave that is no key. */
export function keyRingOf(given: SigningKeys | (() => SigningKeys | Promise<SigningKeys>)): KeyRing {
  const current = async (): Promise<readonly [PrivateKey, ...PrivateKey[]]> => {
    const keys = typeof given === 'function' ? await given() : given;
    const wrong = typeof keys === 'function' ? 'must be a private key, or several' : wrongSigningKeys(keys);
    if (wrong !== undefined) throw new TypeError(`tokenEndpoint: key ${wrong}`);
    // Here data meets types: it was checked that there is one.
    return (Array.isArray(keys) ? keys : [keys]) as [PrivateKey, ...PrivateKey[]];
  };
  return {
    signing: async () => (await current())[0],
    published: async () => (await current()).map(publicKeyOf),
  };
}
