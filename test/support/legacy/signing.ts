/** Signs manifests of schema 1 as libtrust does, and wrongly where a test asks for it. */
import { constants, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { keyIdOf } from '../../../lib/legacy/schema1/key-id.ts';

/** A key pair and what its signatures say of it. */
export interface Signer {
  readonly algorithm: string;
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
  /** Replaces the key in the open header, which is a `jwk` otherwise. */
  readonly named?: object;
}

/** An element of `signatures`. */
export interface Entry {
  readonly header: object;
  readonly signature: string;
  readonly protected: string;
}

const curves: Readonly<Record<string, string>> = { ES256: 'P-256', ES384: 'P-384', ES512: 'P-521' };

/** A signer with a fresh key that fits the algorithm. */
export function newSigner(algorithm: string): Signer {
  const namedCurve = curves[algorithm];
  const pair =
    namedCurve === undefined ? generateKeyPairSync('rsa', { modulusLength: 2048 }) : generateKeyPairSync('ec', { namedCurve });
  return { algorithm, ...pair };
}

/** The key of a signer as an open header has it. */
export function jwkOf(key: KeyObject): Record<string, unknown> {
  const { kty, ...members } = key.export({ format: 'jwk' });
  return kty === 'EC'
    ? { crv: members.crv, kid: keyIdOf(key), kty, x: members.x, y: members.y }
    : { e: members.e, kid: keyIdOf(key), kty, n: members.n };
}

/** How many bytes of a payload come before its closing brace and the blanks around it. */
export function formatLengthOf(payload: Buffer): number {
  return payload.subarray(0, payload.lastIndexOf('}')).toString('latin1').trimEnd().length;
}

const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/** Signs a payload. `changes` go into the protected header before it is signed. */
export function entryOf(payload: Buffer, signer: Signer, changes: object = {}): Entry {
  const formatLength = formatLengthOf(payload);
  const formatTail = payload.subarray(formatLength).toString('base64url');
  const protectedHeader = encode({ formatLength, formatTail, time: '2014-12-18T18:21:57Z', ...changes });
  return {
    header: { ...(signer.named ?? { jwk: jwkOf(signer.publicKey) }), alg: signer.algorithm },
    signature: signatureOf(Buffer.from(`${protectedHeader}.${payload.toString('base64url')}`), signer),
    protected: protectedHeader,
  };
}

function signatureOf(input: Buffer, { algorithm, privateKey: key }: Signer): string {
  const hash = `sha${algorithm.slice(2)}`;
  const made = algorithm.startsWith('ES')
    ? sign(hash, input, { key, dsaEncoding: 'ieee-p1363' })
    : sign(hash, input, { key, padding: constants.RSA_PKCS1_PADDING });
  return made.toString('base64url');
}

/** Splices a value for `signatures` into a payload, in the payload's own indentation. */
export function splice(payload: Buffer, signatures: unknown, at: number = formatLengthOf(payload)): Buffer {
  const [, indentation = ''] = /^\{\n([ \t]*)"/.exec(payload.toString()) ?? [];
  const list = JSON.stringify(signatures, null, indentation);
  const member = indentation ? `,\n${indentation}"signatures": ` : ',"signatures":';
  const end = indentation ? '\n}' : '}';
  return Buffer.concat([payload.subarray(0, at), Buffer.from(member + list.replaceAll('\n', `\n${indentation}`) + end)]);
}

/** The signed document of a payload. */
export function signed(payload: Buffer, ...signers: readonly Signer[]): Buffer {
  return splice(
    payload,
    signers.map((signer) => entryOf(payload, signer)),
  );
}
