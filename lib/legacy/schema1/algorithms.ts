/** The signature algorithms that are accepted (RFC 7518 section 3.1, without HMAC and `none`), and the keys that fit them. */
import { constants, createVerify, type KeyObject, type Verify } from 'node:crypto';

const elliptic = {
  ES256: { curve: 'prime256v1', hash: 'sha256', width: 64 },
  ES384: { curve: 'secp384r1', hash: 'sha384', width: 96 },
  ES512: { curve: 'secp521r1', hash: 'sha512', width: 132 },
} as const;

const rsa = { RS256: 'sha256', RS384: 'sha384', RS512: 'sha512' } as const;

type EllipticAlgorithm = keyof typeof elliptic;
type RsaAlgorithm = keyof typeof rsa;

/** The name of a signature algorithm, the `alg` of a header. */
export type SignatureAlgorithm = EllipticAlgorithm | RsaAlgorithm;

const ellipticAlgorithms: readonly EllipticAlgorithm[] = ['ES256', 'ES384', 'ES512'];
const rsaAlgorithms: readonly RsaAlgorithm[] = ['RS256', 'RS384', 'RS512'];

/** Sizes of RSA keys. RFC 7518 section 3.3 requires at least 2048 bits; more than 8192 cost too much time to verify. */
const rsaBits = { least: 2048, most: 8192 };

/** The algorithms of a public key: one for a curve, three for RSA, none for a key that is not accepted. */
export function algorithmsFor(key: KeyObject): readonly SignatureAlgorithm[] {
  const { namedCurve, modulusLength = 0, publicExponent = 0n } = key.asymmetricKeyDetails ?? {};
  if (key.asymmetricKeyType === 'ec') return ellipticAlgorithms.filter((name) => elliptic[name].curve === namedCurve);
  const usable = modulusLength >= rsaBits.least && modulusLength <= rsaBits.most;
  // With the exponent 1 anybody can sign; a long exponent makes verification slow.
  const sound = publicExponent >= 3n && publicExponent < 1n << 64n;
  return key.asymmetricKeyType === 'rsa' && usable && sound ? rsaAlgorithms : [];
}

/** The signed bytes, in two parts. */
export type SigningInput = readonly [string, Uint8Array];

/** Whether `signature` is a valid signature of the input by the key. The key must fit the algorithm. */
export function isValidSignature(
  algorithm: SignatureAlgorithm,
  key: KeyObject,
  input: SigningInput,
  signature: Uint8Array,
): boolean {
  if (!isElliptic(algorithm)) {
    return verifierOf(rsa[algorithm], input).verify({ key, padding: constants.RSA_PKCS1_PADDING }, signature);
  }
  const { hash, width } = elliptic[algorithm];
  return signature.length === width && verifierOf(hash, input).verify({ key, dsaEncoding: 'ieee-p1363' }, signature);
}

function verifierOf(hash: string, [first, second]: SigningInput): Verify {
  return createVerify(hash).update(first).update(second);
}

function isElliptic(algorithm: SignatureAlgorithm): algorithm is EllipticAlgorithm {
  return Object.hasOwn(elliptic, algorithm);
}
