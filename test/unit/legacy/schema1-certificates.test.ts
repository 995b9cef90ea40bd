/** Chains of certificates in signatures of schema 1. */
import { createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { verifySchema1 } from '../../../lib/legacy/schema1/index.ts';
import { certificate, x5c } from '../../support/legacy/certificates.ts';
import { outcomeOf, payloadOf, read, refusal } from '../../support/legacy/schema1-samples.ts';
import { entryOf, jwkOf, newSigner, type Signer, splice } from '../../support/legacy/signing.ts';

const payload = payloadOf();
const unverified = (reason: string) => refusal('MANIFEST_UNVERIFIED', reason);

const named = (name: string, { publicKey, privateKey }: Pick<Signer, 'publicKey' | 'privateKey'>) => ({
  name,
  publicKey,
  privateKey,
});
const root = { ...named('root', newSigner('RS256')), authority: true };
const middle = { ...named('middle', newSigner('ES384')), authority: true };
const leaf = named('leaf', newSigner('ES256'));

const chain = [certificate(leaf, middle), certificate(middle, root), certificate(root, root)] as const;

/** A document of the leaf's key whose signature names its key like this. */
const documentWith = (header: object, { privateKey, publicKey }: { privateKey: KeyObject; publicKey: KeyObject } = leaf) =>
  splice(payload, [entryOf(payload, { algorithm: 'ES256', privateKey, publicKey, named: header })]);
const outcomeWith = (header: object) => outcomeOf(documentWith(header));
const at = (index: number) => `"signatures[0].header.x5c[${index}]"`;

/** A public key that need not have a private one. */
function rsaKey({ n = Buffer.alloc(256, 255), e = Buffer.of(1, 0, 1) }: { n?: Buffer; e?: Buffer }): KeyObject {
  return createPublicKey({ key: { kty: 'RSA', n: n.toString('base64url'), e: e.toString('base64url') }, format: 'jwk' });
}

describe('a chain of certificates', () => {
  it.each([1, 2, 3])('of %d verifies, and is handed on', (count) => {
    const given = chain.slice(0, count);
    const [verified] = verifySchema1(read(documentWith(x5c(...given))));
    expect(verified).toMatchObject({ algorithm: 'ES256', keyId: jwkOf(leaf.publicKey).kid });
    expect(verified?.certificates.map(({ raw }) => raw)).toEqual(given);
  });

  it('verifies with an RSA key', () => {
    const rsa = newSigner('RS256');
    const issued = certificate(named('rsa leaf', rsa), middle);
    const entry = entryOf(payload, { ...rsa, named: x5c(issued, chain[1]) });
    expect(outcomeOf(splice(payload, [entry]))).toBe('verified');
  });

  it('may have ended: documents outlive their certificates', () => {
    const ended = certificate({ ...leaf, notAfter: '150101000000Z' }, middle);
    expect(outcomeWith(x5c(ended, chain[1]))).toBe('verified');
  });

  it('must be of the key that signed', () => {
    const other = newSigner('ES256');
    expect(outcomeOf(documentWith(x5c(...chain), other))).toBe(
      unverified('"signatures[0]" is not the key\'s signature of this payload'),
    );
  });

  it('may stand beside its key, but not beside another', () => {
    expect(outcomeWith({ jwk: jwkOf(leaf.publicKey), ...x5c(...chain) })).toBe('verified');
    expect(outcomeWith({ jwk: jwkOf(newSigner('ES256').publicKey), ...x5c(...chain) })).toBe(
      unverified('"signatures[0].header.jwk" is not the key of its certificate'),
    );
  });

  it.each<[string, readonly Buffer[], number]>([
    ['in another order', [chain[0], chain[2], chain[1]], 0],
    ['with a gap', [chain[0], chain[2]], 0],
    ['that goes on after its root', [chain[0], chain[1], chain[2], chain[1]], 2],
    [
      'with an issuer of the right name and another key',
      [chain[0], certificate({ ...middle, publicKey: newSigner('ES384').publicKey }, root)],
      0,
    ],
    [
      'with an issuer of the right name and a key of another kind',
      [chain[0], certificate({ ...middle, publicKey: root.publicKey }, root)],
      0,
    ],
    ['with an issuer of another name and the right key', [chain[0], certificate({ ...middle, name: 'centre' }, root)], 0],
    ['with an issuer that is no authority', [chain[0], certificate({ ...middle, authority: false }, root)], 0],
    ['with an issuer that another key signed', [chain[0], certificate(middle, named('root', leaf)), chain[2]], 1],
  ])('%s is refused', (_, given, wrong) => {
    expect(outcomeWith(x5c(...given))).toBe(unverified(`${at(wrong)} was not issued by the next one`));
  });

  it.each([[null], [{}], ['x'], [[]]])('that is %j is refused, even beside a key', (value) => {
    expect(outcomeWith({ jwk: jwkOf(leaf.publicKey), x5c: value })).toBe(
      unverified('"signatures[0].header.x5c" must be a list of certificates'),
    );
  });

  it('may have ten certificates', () => {
    const selfIssued = (count: number) => x5c(...Array<Buffer>(count).fill(chain[2]));
    const entry = (count: number) => entryOf(payload, { algorithm: 'RS256', ...root, named: selfIssued(count) });
    expect(outcomeOf(splice(payload, [entry(10)]))).toBe('verified');
    expect(outcomeOf(splice(payload, [entry(11)]))).toBe(
      unverified('"signatures[0].header.x5c" has 11 certificates; 10 are allowed'),
    );
  });
});

describe('a certificate', () => {
  const der = chain[0];
  const pem = `-----BEGIN CERTIFICATE-----\n${der.toString('base64')}\n-----END CERTIFICATE-----\n`;

  it.each<[string, unknown]>([
    ['that is no text', 7],
    ['that is empty', ''],
    ['in base64url', Buffer.concat([der, Buffer.of(255, 255, 255)]).toString('base64url')],
    ['in broken lines', `${der.toString('base64')}\n`],
    ['in PEM', Buffer.from(pem).toString('base64')],
    ['that something follows', Buffer.concat([der, Buffer.of(0)]).toString('base64')],
    ['that is cut short', der.subarray(0, -1).toString('base64')],
    ['that is noise', Buffer.alloc(300, 7).toString('base64')],
  ])('%s is refused', (_, value) => {
    const rest = x5c(chain[1], chain[2]).x5c;
    expect(outcomeWith({ x5c: [value, ...rest] })).toBe(unverified(`${at(0)} is not a certificate in base64`));
    expect(outcomeWith({ x5c: [der.toString('base64'), value] })).toBe(unverified(`${at(1)} is not a certificate in base64`));
  });

  it.each<[string, KeyObject]>([
    ['Ed25519', generateKeyPairSync('ed25519').publicKey],
    ['a curve that is not taken', generateKeyPairSync('ec', { namedCurve: 'secp256k1' }).publicKey],
    ['RSA for PSS only', generateKeyPairSync('rsa-pss', { modulusLength: 2048 }).publicKey],
    ['short RSA', generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey],
    ['long RSA', rsaKey({ n: Buffer.alloc(1025, 255) })],
    ['RSA with the exponent 1', rsaKey({ e: Buffer.of(1) })],
    ['RSA with a long exponent', rsaKey({ e: Buffer.alloc(9, 255) })],
  ])('of a key of %s is refused', (_, publicKey) => {
    expect(outcomeWith(x5c(certificate({ ...leaf, publicKey }, middle)))).toBe(
      unverified(`${at(0)} certifies a key of a kind or size that is not taken`),
    );
  });

  it('is refused with any byte changed, if its issuer is there', () => {
    for (let index = 0; index < der.length; index++) {
      const changed = Buffer.from(der);
      changed.writeUInt8(changed.readUInt8(index) ^ 1, index);
      expect(outcomeWith(x5c(changed, chain[1])), `byte ${index}`).toMatch(/^MANIFEST_UNVERIFIED /);
    }
  });
});
