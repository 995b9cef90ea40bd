/**
 * Verifies the signatures of manifests of schema 1. Valid signatures show that the document was not changed since it was signed, but
 * not by whom: the keys are part of the document.
 */
import type { KeyObject, X509Certificate } from 'node:crypto';
import type { JsonObject } from '../../content/json.ts';
import { algorithmsFor, isValidSignature, type SignatureAlgorithm } from './algorithms.ts';
import { readChain } from './certificates.ts';
import type { Schema1Manifest } from './document.ts';
import type { EnvelopeSignature } from './envelope.ts';
import { readJwk } from './jwk.ts';
import { keyIdOf } from './key-id.ts';
import { unverified } from './refusal.ts';

/** The signer of a valid signature. */
export interface VerifiedSignature {
  readonly algorithm: SignatureAlgorithm;
  /** The identifier of the key: `ABCD:EFGH:…`. */
  readonly keyId: string;
  /** The certificate of the key and those of its issuers, if the signature has them. Dates and roots are not checked. */
  readonly certificates: readonly X509Certificate[];
}

/**
 * Verifies all signatures of a manifest that `readSchema1` gave. Throws `MANIFEST_UNVERIFIED` if there are none, or one is invalid.
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
  // The signature covers the protected header as it is encoded in the document, not a new encoding of its value.
  if (!isValidSignature(algorithm, key, [`${entry.protected}.`, encodedPayload], entry.signature))
    throw unverified(`"${where}" is not the key's signature of this payload`);
  return { algorithm, keyId: keyIdOf(key), certificates };
}

interface Signer {
  readonly key: KeyObject;
  readonly certificates: readonly X509Certificate[];
}

/** The key of a header: in its `jwk`, in the first certificate of its `x5c`, or in both. */
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
