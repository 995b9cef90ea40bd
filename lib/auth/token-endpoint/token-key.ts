/** New keys for tokens. */
import { generateKeyPair, randomUUID } from 'node:crypto';
import { promisify } from 'node:util';
import type { PrivateKey } from './private-key.ts';

/**
 * A new key for `tokenEndpoint`, for ES256: to be kept as a secret, in JSON. With a key that is made at each start, tokens of before
 * hold no longer, and of two processes each would refuse the tokens of the other.
 *
 * @example
 * import { tokenKey } from 'stowage/auth';
 *
 * console.log(JSON.stringify(await tokenKey()));
 */
export async function tokenKey(): Promise<PrivateKey> {
  const { privateKey } = await promisify(generateKeyPair)('ec', { namedCurve: 'P-256' });
  const { kty = '', d = '', ...members } = privateKey.export({ format: 'jwk' });
  return { kty, ...members, d, alg: 'ES256', kid: randomUUID() };
}
