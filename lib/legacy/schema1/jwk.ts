/** Public keys in JSON (RFC 7517, RFC 7518 section 6). */
import { createPublicKey, type JsonWebKey, type KeyObject } from 'node:crypto';
import { isObject, type JsonObject } from '../../content/json.ts';
import { algorithmsFor } from './algorithms.ts';
import { readBase64Url } from './base64.ts';
import { keyIdOf } from './key-id.ts';
import { unverified } from './refusal.ts';

/** The number of bytes of a coordinate on each curve; leading zeros are included. */
const coordinateBytes = new Map<unknown, number>([
  ['P-256', 32],
  ['P-384', 48],
  ['P-521', 66],
]);

/** Members that only private and symmetric keys have. */
const secrets = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'] as const;

/** Reads a public key. Throws `MANIFEST_UNVERIFIED` if it is malformed or not accepted, or if its `kid` is not its identifier. */
export function readJwk(value: unknown, where: string): KeyObject {
  if (!isObject(value)) throw unverified(`"${where}" must be an object`);
  const secret = secrets.find((name) => Object.hasOwn(value, name));
  if (secret !== undefined) throw unverified(`"${where}" has "${secret}", which only a private key has`);
  const key = keyFrom(value.kty === 'RSA' ? rsaMembers(value, where) : curveMembers(value, where), where);
  if (algorithmsFor(key).length === 0) throw unverified(`"${where}" is a key of a kind or size that is not taken`);
  if (value.kid !== undefined && value.kid !== keyIdOf(key)) throw unverified(`"${where}.kid" is not the identifier of the key`);
  return key;
}

function curveMembers({ kty, crv, x, y }: JsonObject, where: string): JsonWebKey {
  const width = coordinateBytes.get(crv);
  if (kty !== 'EC' || typeof crv !== 'string' || width === undefined) {
    throw unverified(`"${where}" must have the "kty" RSA, or EC and the "crv" P-256, P-384 or P-521`);
  }
  if (readBase64Url(x)?.length !== width || readBase64Url(y)?.length !== width) {
    throw unverified(`"${where}" has no valid "x" and "y": ${crv} takes ${width} bytes for each, in base64url`);
  }
  return { kty, crv, x: String(x), y: String(y) };
}

/** 8192 bits, the longest modulus that is accepted. */
const maxModulusBytes = 1024;

function rsaMembers({ n, e }: JsonObject, where: string): JsonWebKey {
  const sizes = { n: readBase64Url(n)?.length ?? 0, e: readBase64Url(e)?.length ?? 0 };
  if (sizes.n === 0 || sizes.n > maxModulusBytes || sizes.e === 0 || sizes.e > 8) {
    throw unverified(`"${where}" has no valid "n" and "e", in base64url`);
  }
  return { kty: 'RSA', n: String(n), e: String(e) };
}

function keyFrom(jwk: JsonWebKey, where: string): KeyObject {
  try {
    return createPublicKey({ key: jwk, format: 'jwk' });
  } catch {
    // The message of OpenSSL is dropped: it names internals, for example that the point is not on the curve.
    throw unverified(`"${where}" is no usable key`);
  }
}
