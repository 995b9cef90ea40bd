/** Tokens that hold, and tokens that somebody has made or changed. */
import { generateKeyPairSync, sign as signBytes } from 'node:crypto';
import { createServer } from 'node:http';
import { SignJWT } from 'jose';
import { describe, expect, it, test } from 'vitest';
import { bearer, type PublicKey } from '../../../lib/auth/index.ts';
import { ask, repository } from '../../support/ask.ts';
import { listen } from '../../support/server.ts';

/** A pair of keys for each algorithm. */
const pairs = {
  RS256: generateKeyPairSync('rsa', { modulusLength: 2048 }),
  PS256: generateKeyPairSync('rsa', { modulusLength: 2048 }),
  ES256: generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  ES384: generateKeyPairSync('ec', { namedCurve: 'P-384' }),
  EdDSA: generateKeyPairSync('ed25519'),
};
type Alg = keyof typeof pairs;
const algs = Object.keys(pairs) as Alg[];
const publicKey = (alg: Alg, kid: string = alg): PublicKey =>
  ({ kty: '', ...pairs[alg].publicKey.export({ format: 'jwk' }), alg, kid }) as PublicKey;

const settings = { realm: 'https://auth.example.com/token', service: 'registry', issuer: 'issuer' };
const authorize = bearer({ ...settings, keys: algs.map((alg) => publicKey(alg)) });

const access = [{ type: 'repository', name: 'team/app', actions: ['pull'] }];
const now = () => Math.floor(Date.now() / 1000);
const claims = () => ({ iss: 'issuer', aud: 'registry', sub: 'ann', exp: now() + 300, iat: now(), nbf: now(), access });

async function sign(alg: Alg, payload: object = claims(), header: object = {}): Promise<string> {
  return new SignJWT({ ...payload }).setProtectedHeader({ alg, kid: alg, ...header }).sign(pairs[alg].privateKey);
}

const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');

async function isLetIn(token: string, given = authorize): Promise<boolean> {
  const permit = await given(ask, { scheme: 'bearer', token });
  return (await permit.may({ repository, actions: ['pull'] })) === true;
}

describe.each(algs)('a token of %s', (alg) => {
  it('is taken, and again', async () => {
    const token = await sign(alg);
    expect([await isLetIn(token), await isLetIn(token)]).toEqual([true, true]);
  });

  test.each([
    ['has expired', { exp: now() - 61 }],
    ['never expires', { exp: undefined }],
    ['expires in words', { exp: 'tomorrow' }],
    ['is not valid yet', { nbf: now() + 120 }],
    ['is of another issuer', { iss: 'another' }],
    ['is of no issuer', { iss: undefined }],
    ['is for another service', { aud: 'another' }],
    ['is for no service', { aud: undefined }],
    ['grants something else', { access: [{ type: 'repository', name: 'team/app2', actions: ['pull'] }] }],
    ['grants something of another type', { access: [{ type: 'registry', name: 'team/app', actions: ['pull'] }] }],
    ['grants nothing', { access: [] }],
    ['grants in a form that is none', { access: { type: 'repository', name: 'team/app', actions: ['pull'] } }],
    ['grants actions that are no list', { access: [{ type: 'repository', name: 'team/app', actions: 'pull' }] }],
  ])('that %s is refused', async (_, other) => expect(await isLetIn(await sign(alg, { ...claims(), ...other }))).toBe(false));

  it('is refused with any other character anywhere', async () => {
    const token = await sign(alg);
    const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    const taken: string[] = [];
    for (let at = 0; at < token.length; at++) {
      const other = letters[(letters.indexOf(token[at] ?? '') + 1) % 64] ?? '';
      const changed = token[at] === '.' ? '_' : other;
      if (await isLetIn(token.slice(0, at) + changed + token.slice(at + 1))) taken.push(`${at} of ${token.length}`);
    }
    // The last character of a signature may have bits that say nothing.
    expect(taken.filter((place) => !place.startsWith(`${token.length - 1} `))).toEqual([]);
  });

  it('is refused under another algorithm, without one, and with the public key for a secret', async () => {
    const [, payload = '', signature = ''] = (await sign(alg)).split('.');
    for (const other of ['none', 'None', '', 'HS256', 'HS512', ...algs.filter((each) => each !== alg)])
      for (const kid of [alg, other, undefined])
        expect(await isLetIn(`${encode({ alg: other, kid })}.${payload}.${signature}`), `${other} ${kid}`).toBe(false);
    expect(await isLetIn(`${encode({ alg: 'none' })}.${payload}.`)).toBe(false);
    const secret = pairs[alg].publicKey.export({ format: 'pem', type: 'spki' });
    const forged = await new SignJWT(claims()).setProtectedHeader({ alg: 'HS256', kid: alg }).sign(Buffer.from(secret));
    expect(await isLetIn(forged)).toBe(false);
  });

  it('is refused if it brings its own key along', async () => {
    const own = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const jwk = own.publicKey.export({ format: 'jwk' });
    for (const header of [{ jwk }, { jku: 'https://evil.example/jwks' }, { x5u: 'https://evil.example/' }, { x5c: ['MIIB'] }]) {
      const token = await new SignJWT(claims())
        .setProtectedHeader({ alg: 'ES256', kid: 'own', ...(header as object) })
        .sign(own.privateKey);
      expect(await isLetIn(token)).toBe(false);
    }
  });

  it('is refused with an extension that it calls critical', async () => {
    const [, payload = '', signature = ''] = (await sign(alg)).split('.');
    for (const header of [{ crit: ['exp'] }, { crit: ['b64'], b64: false }, { crit: [] }])
      expect(await isLetIn(`${encode({ alg, kid: alg, ...header })}.${payload}.${signature}`)).toBe(false);
  });
});

test.each([
  '',
  '.',
  '..',
  'a.b.c',
  'a.b.c.d',
  'x'.repeat(10_000),
  `${encode({ alg: 'ES256' })}..`,
  '{}',
  `${encode([])}.${encode([])}.AA`,
])('the token %.20s is refused', async (token) => expect(await isLetIn(token)).toBe(false));

it('takes a token without the id of a key only where there is one key of its algorithm', async () => {
  const token = await new SignJWT(claims()).setProtectedHeader({ alg: 'ES256' }).sign(pairs.ES256.privateKey);
  const two = bearer({ ...settings, keys: [publicKey('ES256', 'a'), publicKey('ES256', 'b')] });
  expect([await isLetIn(token), await isLetIn(token, two)]).toEqual([true, false]);
});

it('grants what a policy grants as well, where there is one', async () => {
  const token = await sign('ES256');
  const asked: unknown[] = [];
  const policy = (answer: unknown) => (principal: unknown) => {
    asked.push(principal);
    return answer as boolean;
  };
  const found = [true, false, 'yes', undefined].map((answer) =>
    isLetIn(token, bearer({ ...settings, keys: [publicKey('ES256')], policy: policy(answer) })),
  );
  expect(await Promise.all(found)).toEqual([true, false, false, false]);
  const other = await sign('ES256', { ...claims(), access: [] });
  expect(await isLetIn(other, bearer({ ...settings, keys: [publicKey('ES256')], policy: policy(true) }))).toBe(false);
  expect(asked).toEqual(Array(4).fill({ subject: 'ann' }));
});

it('takes no token for broken, and none for right, whatever stands in it', async () => {
  const odd: readonly unknown[] = [null, true, -1, 1.5, 1e308, '', '__proto__', [], ['a'], {}, '\0'];
  const odder = ['alg', 'kid', 'crit'].flatMap((member) => odd.map((value) => [{ [member]: value }, {}] as const));
  const oddest = ['iss', 'aud', 'exp', 'access'].flatMap((member) => odd.map((value) => [{}, { [member]: value }] as const));
  const encoded = [...odder, ...oddest].map(([header, payload]) =>
    [
      { alg: 'ES256', kid: 'ES256', ...header },
      { ...claims(), ...payload },
    ].map(encode),
  );
  const raw = ['[]', 'null', '{', '{"alg":"ES256","kid":"ES256","kid":"RS256"}', '{"alg":"ES256","alg":"none"}'];
  const texts = raw.map((header) => [Buffer.from(header).toString('base64url'), encode(claims())]);
  const tokens = [...encoded, ...texts].map((parts) => {
    const text = parts.join('.');
    const key = { key: pairs.ES256.privateKey, dsaEncoding: 'ieee-p1363' } as const;
    return `${text}.${signBytes('sha256', Buffer.from(text), key).toString('base64url')}`;
  });
  const found = await Promise.all(tokens.map((token) => isLetIn(token)));
  // What says until when it holds may say it with any number.
  expect(found.filter(Boolean)).toHaveLength(1);
});

it('tells who lacks something what the request needs, and who has no token', async () => {
  const challengeOf = async (...given: Parameters<typeof authorize>) => (await authorize(...given)).challenges;
  const start = 'Bearer realm="https://auth.example.com/token",service="registry",scope="repository:team/app:pull"';
  expect(await challengeOf(ask, { scheme: 'none' })).toEqual([start]);
  expect(await challengeOf(ask, { scheme: 'bearer', token: 'x' })).toEqual([`${start},error="invalid_token"`]);
  const other = await sign('ES256', { ...claims(), access: [] });
  expect(await challengeOf(ask, { scheme: 'bearer', token: other })).toEqual([`${start},error="insufficient_scope"`]);
});

it('leads each client to the URL that a function gives for its request', async () => {
  const leading = bearer({
    ...settings,
    realm: ({ baseUrl }) => `${baseUrl || 'http://127.0.0.1:5000'}/token`,
    keys: [publicKey('ES256')],
  });
  for (const [baseUrl, realm] of [
    ['', 'http://127.0.0.1:5000/token'],
    ['https://registry.example.com/x', 'https://registry.example.com/x/token'],
  ] as const) {
    const { challenges } = await leading({ ...ask, baseUrl }, { scheme: 'none' });
    expect(challenges?.[0]).toContain(`Bearer realm="${realm}",`);
  }
});

it('fetches keys, and again for one that it does not know; without them the answer is none', async () => {
  let keys: PublicKey[] = [publicKey('ES256')];
  let status = 200;
  await using server = await listen(
    createServer(
      (_, response) => void response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify({ keys })),
    ),
  );
  const remote = bearer({ ...settings, keys: new URL(`${server.origin}/jwks.json`) });
  expect(await isLetIn(await sign('ES256'), remote)).toBe(true);
  keys = [publicKey('RS256')];
  expect(await isLetIn(await sign('RS256'), remote)).toBe(false);
  status = 500;
  const unreachable = bearer({ ...settings, keys: new URL(`${server.origin}/jwks.json`) });
  await expect(isLetIn(await sign('ES256'), unreachable)).rejects.toThrow();
});

test.each([
  [{ realm: '/token' }, 'realm must be an absolute URL'],
  [{ realm: 'https:///token' }, 'realm must be an absolute URL'],
  [{ service: '' }, 'service must be printable ASCII'],
  [{ keys: [] }, 'keys must be a list of public keys'],
  [{ keys: [{ kty: 'oct', k: 'AAAA', alg: 'HS256' }] }, 'keys 1 must say its alg'],
  [{ keys: [{ kty: 'EC', alg: 'ES256', d: 'x' }] }, 'keys 1 must be the public key alone'],
  [{ keys: [{ kty: 'EC' }] }, 'keys 1 must say its alg'],
  [{ keys: [publicKey('ES256'), { ...publicKey('RS256'), kid: undefined }] }, 'keys 2 must have a kid'],
  [{ keys: [publicKey('ES256', 'a'), publicKey('RS256', 'a')] }, 'keys 2 must have a kid of its own'],
  [{ policy: true }, 'policy must be a function'],
  [{ keys: new URL('file:///keys.json') }, 'keys must have a URL of http or https'],
])('%o is refused in words', (other, message) => {
  const options = { ...settings, keys: [publicKey('ES256')], ...other } as Parameters<typeof bearer>[0];
  expect(() => bearer(options)).toThrow(message);
});
