/**
 * The signatures of a manifest of schema 1. That they hold says that the document is as the owner of the keys signed it,
 * and nothing of who that is: the keys come with it.
 */
import type { KeyObject, X509Certificate } from 'node:crypto';
import type { JsonObject } from '../../content/json.ts';
import { algorithmsFor, holds, type SignatureAlgorithm } from './algorithms.ts';
import { readChain } from './certificates.ts';
import type { Schema1Manifest } from './document.ts';
import type { EnvelopeSignature } from './envelope.ts';
import { readJwk } from './jwk.ts';
import { keyIdOf } from './key-id.ts';
import { unverified } from './refusal.ts';

/** Who made a signature that holds. */
export interface VerifiedSignature {
  readonly algorithm: SignatureAlgorithm;
  /** The identifier of the key: `ABCD:EFGH:…`. */
  readonly keyId: string;
  /** The certificate of the key and its issuers, if the signature names them; neither dates nor roots were checked. */
  readonly certificates: readonly X509Certificate[];
}

/**
 * Verifies every signature of a manifest that was read by `readSchema1`. Throws `MANIFEST_UNVERIFIED` if there is none,
 * or any of them does not hold.
 */
export function verifySchema1({
  payload,
  signatures,
}: Pick<Schema1Manifest, 'payload' | 'signatures'>): readonly VerifiedSignature[] {
  if (signatures.length === 0) throw unverified('it is not signed');
  const encoded = Buffer.from(Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength).toString('base64url'));
  return signatures.map((signature, index) => verifySignature(signature, encoded, `signatures[${index}]`));
}

function verifySignature(entry: EnvelopeSignature, encodedPayload: Uint8Array, where: string): VerifiedSignature {
  const { key, certificates } = readSigner(entry.header, `${where}.header`);
  const { alg } = entry.header;
  const algorithm = algorithmsFor(key).find((name) => name === alg);
  if (algorithm === undefined) throw unverified(`"${where}.header.alg" is not an algorithm of the key`);
  // The protected header as it was found, not as it would be written again.
  if (!holds(algorithm, key, [`${entry.protected}.`, encodedPayload], entry.signature))
    throw unverified(`"${where}" is not the key's signature of this payload`);
  return { algorithm, keyId: keyIdOf(key), certificates };
}

interface Signer {
  readonly key: KeyObject;
  readonly certificates: readonly X509Certificate[];
}

/** The key that a header names: by its certificate, by itself, or by both. */
function readSigner(header: JsonObject, where: string): Signer {
  const key = Object.hasOwn(header, 'jwk') ? readJwk(header.jwk, `${where}.jwk`) : undefined;
  if (!Object.hasOwn(header, 'x5c')) {
    if (key === undefined) throw unverified(`"${where}" has neither "jwk" nor "x5c"`);
    return { key, certificates: [] };
  }
  const chain = readChain(header.x5c, `${where}.x5c`);
  if (key !== undefined && !key.equals(chain[0].key)) throw unverified(`"${where}.jwk" is not the key of its certificate`);
  return { key: chain[0].key, certificates: chain.map(({ certificate }) => certificate) };
}
