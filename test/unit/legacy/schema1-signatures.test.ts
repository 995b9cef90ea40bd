/** Signatures of schema 1: which hold, and which are refused. */
import { createHmac, sign } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { verifySchema1 } from '../../../lib/legacy/schema1/index.ts';
import { example, outcomeOf, payloadOf, read, refusal } from '../../support/legacy/schema1-samples.ts';
import { entryOf, jwkOf, newSigner, type Signer, signed, splice } from '../../support/legacy/signing.ts';

const algorithms = ['ES256', 'ES384', 'ES512', 'RS256', 'RS384', 'RS512'] as const;
const signers = Object.fromEntries(algorithms.map((name) => [name, newSigner(name)])) as Record<
  (typeof algorithms)[number],
  Signer
>;
const payload = payloadOf();
const unverified = (reason: string) => refusal('MANIFEST_UNVERIFIED', reason);
const notItsSignature = unverified('"signatures[0]" is not the key\'s signature of this payload');

/** What becomes of a document with one signature, of which some members were exchanged afterwards. */
const altered = (signer: Signer, changes: object) => outcomeOf(splice(payload, [{ ...entryOf(payload, signer), ...changes }]));

describe('the example', () => {
  const text = example.toString();

  it('holds, under the key that it names', () => {
    expect(verifySchema1(read(example))).toEqual([
      { algorithm: 'ES256', keyId: 'CY6E:KDOO:SGDO:VDX2:HYH6:FDAR:AC34:C5Y6:3P6T:T5LU:NZRE:HW2R', certificates: [] },
    ]);
  });

  it.each<[string, string, string]>([
    ['another tag', text.replace('"tag": "v1"', '"tag": "v2"'), notItsSignature],
    ['another signature', text.replace('"8SQh', '"9SQh'), notItsSignature],
    [
      'the algorithm none',
      text.replace('"ES256"', '"none"'),
      unverified('"signatures[0].header.alg" is not an algorithm of the key'),
    ],
    [
      'another indentation',
      JSON.stringify(JSON.parse(text), null, 2),
      unverified('"formatLength" is not where "signatures" begins'),
    ],
    ['an empty list of signatures', text.replace(/\[\s+\{\s+"header"[\s\S]*\]/, '[]'), unverified('"signatures" is empty')],
    ['no signatures', text.replace(/,\s+"signatures"[\s\S]*\]/, ''), unverified('it is not signed')],
    ['null for signatures', text.replace(/\[\s+\{\s+"header"[\s\S]*\]/, 'null'), unverified('"signatures" must be a list')],
  ])('does not hold with %s', (_, document, outcome) => {
    expect(document).not.toBe(text);
    expect(outcomeOf(document)).toBe(outcome);
  });

  it.each([
    ['"name": "evil/app"', refusal('MANIFEST_INVALID', 'it cannot be read as JSON: it has the key "name" twice in one object')],
    ['"config": {}', unverified('"formatLength" is not where "signatures" begins')],
  ])('is refused with %s slipped in before its signatures, which would still hold', (member, outcome) => {
    expect(outcomeOf(text.replace('"signatures"', `${member}, "signatures"`))).toBe(outcome);
  });

  it('is refused with a member after its signatures', () => {
    const more = text.replace(/\]\s+\}$/, '], "config": {}}');
    expect(outcomeOf(more)).toBe(unverified('it has members that its signatures do not cover'));
  });

  it('holds with other blanks after the payload, and its members in another order', () => {
    const { signatures } = JSON.parse(text) as { signatures: { header: { alg: string; jwk: object } }[] };
    const reordered = signatures.map(({ header: { alg, jwk }, ...rest }) => ({ ...rest, header: { alg, jwk } }));
    const document = `${text.slice(0, 386)} ,\n\n"signatures" :${JSON.stringify(reordered)}\n\n}\n`;
    expect(outcomeOf(document)).toBe('verified');
  });
});

describe('a signature', () => {
  it.each(algorithms)('with %s holds, and a later one of the same key over another payload does not', (algorithm) => {
    const signer = signers[algorithm];
    expect(verifySchema1(read(signed(payload, signer)))).toEqual([
      { algorithm, keyId: jwkOf(signer.publicKey).kid, certificates: [] },
    ]);
    expect(altered(signer, { signature: entryOf(payloadOf({ tag: 'v2' }), signer).signature })).toBe(notItsSignature);
  });

  it.each([
    ['ES256', 'ES384'],
    ['ES384', 'ES512'],
    ['ES512', 'ES256'],
    ['ES256', 'RS256'],
    ['RS256', 'ES256'],
    ['RS256', 'PS256'],
    ['RS256', 'HS256'],
    ['ES256', 'none'],
    ['ES256', 'es256'],
    ['ES256', undefined],
    ['ES256', null],
    ['ES256', ['ES256']],
    ['RS256', 'constructor'],
  ] as const)('by a key of %s is refused as one of %j', (own, alg) => {
    const { header } = entryOf(payload, signers[own]);
    expect(altered(signers[own], { header: { ...header, alg } })).toBe(
      unverified('"signatures[0].header.alg" is not an algorithm of the key'),
    );
  });

  it('made with a public key as if it were a secret is refused', () => {
    const { publicKey } = signers.RS256;
    const { header, protected: head } = entryOf(payload, signers.RS256);
    const secret = publicKey.export({ type: 'spki', format: 'pem' });
    const signature = createHmac('sha256', secret)
      .update(`${head}.${payload.toString('base64url')}`)
      .digest('base64url');
    const reason = '"signatures[0].header.alg" is not an algorithm of the key';
    expect(altered(signers.RS256, { header: { ...header, alg: 'HS256' }, signature })).toBe(unverified(reason));
  });

  it('in DER is refused: an elliptic one has a fixed width', () => {
    const { protected: head } = entryOf(payload, signers.ES256);
    const der = sign('sha256', Buffer.from(`${head}.${payload.toString('base64url')}`), signers.ES256.privateKey);
    expect(altered(signers.ES256, { signature: der.toString('base64url') })).toBe(notItsSignature);
  });

  it.each(['', 'AAAA', Buffer.alloc(64).toString('base64url'), Buffer.alloc(64, 255).toString('base64url')])(
    'of the bytes %s is refused',
    (signature) => {
      expect(altered(signers.ES256, { signature })).toBe(notItsSignature);
      expect(altered(signers.RS256, { signature })).toBe(notItsSignature);
    },
  );

  it('is read in one spelling only', () => {
    const { signature } = entryOf(payload, signers.ES256);
    const wrong = unverified('"signatures[0].signature" is not base64url');
    for (const spelling of [
      `${signature}==`,
      `${signature.slice(0, -1)}B`,
      `${signature}\n`,
      `${signature}AAA`,
      '+/8',
      7,
      null,
    ]) {
      expect(altered(signers.ES256, { signature: spelling }), String(spelling)).toBe(wrong);
    }
  });

  it.each<[unknown, string]>([
    [null, '"signatures[0]" must be an object'],
    ['x', '"signatures[0]" must be an object'],
    [{}, '"signatures[0].header" must be an object'],
    [{ header: [] }, '"signatures[0].header" must be an object'],
    [{ header: {} }, '"signatures[0].protected" must be text'],
    [{ header: {}, protected: 'e30' }, '"signatures[0].signature" is not base64url'],
  ])('that is %j is refused', (entry, reason) => {
    expect(outcomeOf(splice(payload, [entry]))).toBe(unverified(reason));
  });
});

describe('several signatures', () => {
  it('hold if each of them does', () => {
    const four = [signers.ES256, signers.ES384, signers.ES512, signers.RS256];
    expect(verifySchema1(read(signed(payload, ...four))).map(({ algorithm }) => algorithm)).toEqual([
      'ES256',
      'ES384',
      'ES512',
      'RS256',
    ]);
  });

  it.each([0, 1, 2])('do not hold if number %d does not', (wrong) => {
    const other = entryOf(payloadOf({ tag: 'v2' }), signers.ES384);
    const entries = [signers.ES256, signers.ES384, signers.ES512].map((signer) => entryOf(payload, signer));
    entries[wrong] = other;
    expect(outcomeOf(splice(payload, entries))).toBe(
      unverified(`"signatures[${wrong}]" is not the key's signature of this payload`),
    );
  });

  it('may be sixteen', () => {
    const entry = entryOf(payload, signers.ES256);
    expect(outcomeOf(splice(payload, Array(16).fill(entry)))).toBe('verified');
    expect(outcomeOf(splice(payload, Array(17).fill(entry)))).toBe(unverified('it has 17 signatures; 16 are allowed'));
  });
});

describe('a long payload', () => {
  it('has few signatures, each being checked over all of it', () => {
    const long = payloadOf({ comment: 'x'.repeat(3 * 1024 * 1024) });
    const entry = entryOf(long, signers.ES256);
    expect(outcomeOf(splice(long, [entry, entry]))).toBe('verified');
    expect(outcomeOf(splice(long, [entry, entry, entry]))).toBe(
      unverified(`it has 3 signatures, too many for a payload of ${long.length - 2} bytes`),
    );
  });

  it('always has one', () => {
    const long = payloadOf({ comment: 'x'.repeat(9 * 1024 * 1024) });
    expect(outcomeOf(signed(long, signers.ES256))).toBe('verified');
  });
});

describe('keys', () => {
  const withKey = (signer: Signer, jwk: unknown) => outcomeOf(splice(payload, [entryOf(payload, { ...signer, named: { jwk } })]));
  const { ES256: elliptic, ES512: wide, RS256: rsa } = signers;
  const own = jwkOf(elliptic.publicKey);
  const at = '"signatures[0].header.jwk';

  it('need not name themselves', () => {
    expect(withKey(elliptic, { ...own, kid: undefined })).toBe('verified');
  });

  it.each([jwkOf(wide.publicKey).kid, '', String(own.kid).toLowerCase(), null, 7])('are refused under the name %s', (kid) => {
    expect(withKey(elliptic, { ...own, kid })).toBe(unverified(`${at}.kid" is not the identifier of the key`));
  });

  it.each(['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'])('are refused with the private member %s', (member) => {
    expect(withKey(elliptic, { ...own, [member]: 'AQ' })).toBe(
      unverified(`${at}" has "${member}", which only a private key has`),
    );
  });

  it.each<[object, string]>([
    [{ kty: 'oct' }, '" must have the "kty" RSA, or EC and the "crv" P-256, P-384 or P-521'],
    [{ kty: 'OKP', crv: 'Ed25519' }, '" must have the "kty" RSA, or EC and the "crv" P-256, P-384 or P-521'],
    [{ crv: 'secp256k1' }, '" must have the "kty" RSA, or EC and the "crv" P-256, P-384 or P-521'],
    [{ crv: 'constructor' }, '" must have the "kty" RSA, or EC and the "crv" P-256, P-384 or P-521'],
    [{ crv: 'P-384' }, '" has no valid "x" and "y": P-384 takes 48 bytes for each, in base64url'],
    [{ x: undefined }, '" has no valid "x" and "y": P-256 takes 32 bytes for each, in base64url'],
    [{ x: `${own.x}=` }, '" has no valid "x" and "y": P-256 takes 32 bytes for each, in base64url'],
    [{ y: Buffer.alloc(33).toString('base64url') }, '" has no valid "x" and "y": P-256 takes 32 bytes for each, in base64url'],
    [{ x: Buffer.alloc(32, 1).toString('base64url') }, '" is no usable key'],
    [{ kty: 'RSA', n: undefined, e: undefined }, '" has no valid "n" and "e", in base64url'],
  ])('on a curve are refused with %j', (changes, reason) => {
    expect(withKey(elliptic, { ...own, kid: undefined, ...changes })).toBe(unverified(at + reason));
  });

  it('may begin with zeros, which are written', () => {
    let signer = newSigner('ES256');
    const coordinate = () => Buffer.from(String(jwkOf(signer.publicKey).x), 'base64url');
    while (coordinate()[0] !== 0) signer = newSigner('ES256');
    const jwk = jwkOf(signer.publicKey);
    expect(withKey(signer, jwk)).toBe('verified');
    expect(withKey(signer, { ...jwk, x: coordinate().subarray(1).toString('base64url') })).toBe(
      unverified(`${at}" has no valid "x" and "y": P-256 takes 32 bytes for each, in base64url`),
    );
  });

  it.each<[object, string]>([
    [{ n: undefined }, '" has no valid "n" and "e", in base64url'],
    [{ n: 'AQ==' }, '" has no valid "n" and "e", in base64url'],
    [{ e: undefined }, '" has no valid "n" and "e", in base64url'],
    [{ e: '' }, '" has no valid "n" and "e", in base64url'],
    [{ e: 65537 }, '" has no valid "n" and "e", in base64url'],
    [{ e: 'AQAAAAAAAAAB' }, '" has no valid "n" and "e", in base64url'],
    [{ n: Buffer.alloc(1025, 255).toString('base64url') }, '" has no valid "n" and "e", in base64url'],
    [{ e: 'AQ' }, '" is a key of a kind or size that is not taken'],
    [{ n: Buffer.alloc(255, 255).toString('base64url') }, '" is a key of a kind or size that is not taken'],
  ])('of RSA are refused with %j', (changes, reason) => {
    expect(withKey(rsa, { ...jwkOf(rsa.publicKey), kid: undefined, ...changes })).toBe(unverified(at + reason));
  });

  it.each([[undefined], [null], ['x'], [[]]])('are refused that are %j', (jwk) => {
    const reason = jwk === undefined ? '"signatures[0].header" has neither "jwk" nor "x5c"' : `${at}" must be an object`;
    expect(withKey(elliptic, jwk)).toBe(unverified(reason));
  });
});
