/** Keys of a token service that change while it runs, in this process and in others. */
import { createServer } from 'node:http';
import { afterEach, describe, expect, it, test, vi } from 'vitest';
import type { Authorize } from '../../../lib/access/authorize.ts';
import { bearer, type PrivateKey, type SigningKeys, tokenEndpoint, tokenKey } from '../../../lib/auth/index.ts';
import { ask, repository } from '../../support/ask.ts';
import { listen } from '../../support/server.ts';

const who = { issuer: 'issuer', service: 'registry' };
const realm = 'https://auth.example.com/token';
const [first, second, third] = await Promise.all([tokenKey(), tokenKey(), tokenKey()]);

/** A token service whose keys can be changed. */
function serviceOf(...given: PrivateKey[]) {
  const state: { keys: SigningKeys; heard: unknown[] } = { keys: given, heard: [] };
  const tokens = tokenEndpoint({
    ...who,
    key: () => state.keys,
    verify: () => true,
    policy: () => true,
    onError: (error) => state.heard.push(error),
  });
  const request = () => new Request('http://registry/token?scope=repository:team/app:pull');
  const give = async (): Promise<string> => (await (await tokens.fetch(request())).json()).token;
  return { state, tokens, request, give };
}

const isLetIn = async (authorize: Authorize, token: string): Promise<boolean> =>
  (await (await authorize(ask, { scheme: 'bearer', token })).may({ repository, actions: ['pull'] })) === true;

const keyOf = (token: string): string => JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString()).kid;

afterEach(() => vi.useRealTimers());

describe('keys that are changed', () => {
  it('sign from then on, and the tokens of the key before hold as long as it is kept', async () => {
    const { state, tokens, give } = serviceOf(first);
    const authorize = bearer({ ...who, realm, keys: tokens.keys });
    const before = await give();
    const later = await give();
    expect(await isLetIn(authorize, before)).toBe(true);
    state.keys = [second, first];
    const after = await give();
    expect([keyOf(before), keyOf(after)]).toEqual([first.kid, second.kid]);
    expect(await Promise.all([before, later, after].map((token) => isLetIn(authorize, token)))).toEqual([true, true, true]);
    state.keys = second;
    const withdrawn = bearer({ ...who, realm, keys: tokens.keys });
    expect(await Promise.all([before, after].map((token) => isLetIn(withdrawn, token)))).toEqual([false, true]);
    // A token that held is remembered for a minute, and not longer.
    expect(await isLetIn(authorize, before)).toBe(true);
  });

  it('are published, and no private part with them', async () => {
    const { state, tokens } = serviceOf(first, second);
    const kids = async () => (await tokens.keys()).map(({ kid }) => kid);
    expect(await kids()).toEqual([first.kid, second.kid]);
    state.keys = [third];
    expect(await kids()).toEqual([third.kid]);
    await using server = await listen(createServer(tokens.jwks));
    const replies = [await fetch(server.origin), await tokens.jwks.fetch(new Request('http://registry/jwks.json'))];
    for (const reply of replies) {
      expect([reply.status, reply.headers.get('content-type'), reply.headers.get('cache-control')]).toEqual([
        200,
        'application/jwk-set+json',
        'public, max-age=60',
      ]);
      const { d: _, ...published } = third;
      expect(await reply.json()).toEqual({ keys: [published] });
    }
    const statuses = await Promise.all(
      ['HEAD', 'POST', 'DELETE'].map(async (method) => (await fetch(server.origin, { method })).status),
    );
    expect(statuses).toEqual([200, 405, 405]);
  });

  it('are followed by another process: at once where the key was published before, and else after half a minute', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const { state, tokens, give } = serviceOf(first, second);
    await using server = await listen(createServer(tokens.jwks));
    const elsewhere = bearer({ ...who, realm, keys: new URL(server.origin) });
    expect(await isLetIn(elsewhere, await give())).toBe(true);
    state.keys = [second, first];
    expect(await isLetIn(elsewhere, await give())).toBe(true);
    state.keys = [third, second];
    const token = await give();
    expect(await isLetIn(elsewhere, token)).toBe(false);
    vi.setSystemTime(Date.now() + 31_000);
    expect(await isLetIn(elsewhere, token)).toBe(true);
  });

  it('let nobody in while there are none', async () => {
    const { state, tokens, request, give } = serviceOf(first);
    const token = await give();
    const authorize = bearer({ ...who, realm, keys: tokens.keys });
    for (const wrong of [[], undefined, { ...first, d: undefined }, [first, { ...second, kid: undefined }]]) {
      state.keys = wrong as never;
      expect((await tokens.fetch(request())).status).toBe(503);
      expect((await tokens.jwks.fetch(request())).status).toBe(503);
      await expect(isLetIn(authorize, token)).rejects.toThrow('tokenEndpoint: key must');
    }
    expect(state.heard).toHaveLength(8);
    expect(String(state.heard)).not.toContain(first.d);
  });
});

test.each([
  [[], 'key must be a private key, or several'],
  [[first, first], 'key must have a kid each, and no two the same'],
  [[first, { ...second, kid: undefined }], 'key must have a kid each'],
  [[first, { ...second, d: undefined }], 'key must be a private key'],
  ['key', 'key must be a private key as a JSON Web Key'],
])('the keys %# are refused in words', (key, message) => {
  const options = { ...who, key: key as never, verify: () => true, policy: () => true };
  expect(() => tokenEndpoint(options)).toThrow(message);
});

it('takes several keys, of which the first signs', async () => {
  const tokens = tokenEndpoint({ ...who, key: [second, first], verify: () => true, policy: () => true });
  const reply = await tokens.fetch(new Request('http://registry/token'));
  expect(keyOf((await reply.json()).token)).toBe(second.kid);
});
