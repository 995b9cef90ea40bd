/** Issues X.509 certificates, as few of their members as verifying them needs: RFC 5280 section 4.1. */
import { createHash, type KeyObject, sign } from 'node:crypto';

/** What a certificate says. */
export interface Subject {
  readonly name: string;
  readonly publicKey: KeyObject;
  readonly authority?: boolean;
  /** As `YYMMDDhhmmssZ`. */
  readonly notAfter?: string;
}

/** Who issues it. */
export interface Issuer {
  readonly name: string;
  readonly privateKey: KeyObject;
}

/** A certificate in DER. */
export function certificate(subject: Subject, issuer: Issuer): Buffer {
  const algorithm = sequence(
    ...(issuer.privateKey.asymmetricKeyType === 'ec'
      ? [objectId(0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02)]
      : [objectId(0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0b), element(0x05)]),
  );
  const key = subject.publicKey.export({ type: 'spki', format: 'der' });
  const body = sequence(
    element(0xa0, element(0x02, Buffer.of(2))),
    serialOf(key, subject.name),
    algorithm,
    nameOf(issuer.name),
    sequence(time('140101000000Z'), time(subject.notAfter ?? '491231235959Z')),
    nameOf(subject.name),
    key,
    element(0xa3, sequence(basicConstraints(subject.authority ?? false))),
  );
  const signature = sign('sha256', body, issuer.privateKey);
  return sequence(body, algorithm, element(0x03, Buffer.of(0), signature));
}

/** A chain as an open header has it. */
export const x5c = (...chain: readonly Buffer[]): { x5c: string[] } => ({ x5c: chain.map((der) => der.toString('base64')) });

function element(tag: number, ...content: readonly Buffer[]): Buffer {
  const bytes = Buffer.concat(content);
  if (bytes.length < 128) return Buffer.concat([Buffer.of(tag, bytes.length), bytes]);
  return Buffer.concat([Buffer.of(tag, 0x82, bytes.length >> 8, bytes.length & 0xff), bytes]);
}

const sequence = (...content: readonly Buffer[]): Buffer => element(0x30, ...content);

const objectId = (...bytes: readonly number[]): Buffer => element(0x06, Buffer.of(...bytes));

const time = (text: string): Buffer => element(0x17, Buffer.from(text));

const nameOf = (name: string): Buffer =>
  sequence(element(0x31, sequence(objectId(0x55, 0x04, 0x03), element(0x0c, Buffer.from(name)))));

const serialOf = (key: Buffer, name: string): Buffer =>
  element(0x02, Buffer.of(1), createHash('sha256').update(key).update(name).digest().subarray(0, 8));

const basicConstraints = (authority: boolean): Buffer =>
  sequence(objectId(0x55, 0x1d, 0x13), element(0x04, sequence(...(authority ? [element(0x01, Buffer.of(0xff))] : []))));
