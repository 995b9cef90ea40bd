/** Refresh tokens: how long they hold, and what fails beside them. */
import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import { describe, expect, it, test } from 'vitest';
import {
  hashPassword,
  passwords,
  type RefreshTokens,
  type TokenEndpointOptions,
  tokenEndpoint,
  tokenKey,
  type Verify,
} from '../../../lib/auth/index.ts';
import { RegistryError } from '../../../lib/index.ts';
import { listen } from '../../support/server.ts';

const key = await tokenKey();
const make = (more: Partial<TokenEndpointOptions>) =>
  tokenEndpoint({ issuer: 'issuer', service: 'registry', key, verify: () => true, policy: () => true, ...more });
const formOf = (form: Record<string, string>) =>
  new Request('http://registry/token', { method: 'POST', body: new URLSearchParams(form) });
const login = (username: string, password: string) =>
  formOf({ grant_type: 'password', username, password, access_type: 'offline' });
const refresh = (token: string) => formOf({ grant_type: 'refresh_token', refresh_token: token });

/** Refresh tokens in a table, which can be read. */
function table(): { rows: Map<string, unknown>; kept: RefreshTokens } {
  const rows = new Map<string, unknown>();
  return {
    rows,
    kept: { put: async (hash, principal) => void rows.set(hash, principal), get: async (hash) => rows.get(hash) as never },
  };
}

describe('a refresh token', () => {
  it('ends with the password that it was had with, and with the name', async () => {
    const [one, two] = [await hashPassword('one'), await hashPassword('two')];
    let check = passwords({ ann: one, bob: two });
    const verify: Verify = Object.assign((name: string, word: string) => check(name, word), {
      loginOf: (name: string) => check.loginOf?.(name),
    });
    const { fetch } = make({ verify });
    const tokens = await Promise.all(
      [login('ann', 'one'), login('bob', 'two')].map(async (form) => (await (await fetch(form)).json()).refresh_token as string),
    );
    const statuses = () => Promise.all(tokens.map(async (token) => (await fetch(refresh(token))).status));
    expect(await statuses()).toEqual([200, 200]);
    check = passwords({ ann: two, bob: two });
    expect(await statuses()).toEqual([401, 200]);
    check = passwords({ ann: one });
    expect(await statuses()).toEqual([200, 401]);
  });

  it('is of no use under another name, or changed', async () => {
    const { fetch } = make({});
    const { refresh_token: token } = await (await fetch(login('ann', 'x'))).json();
    const [name, random] = token.split('.');
    const others = [random, `.${random}`, `${Buffer.from('bob').toString('base64url')}.${random}`, `${name}.`, `${token}A`, ''];
    for (const other of others) expect((await fetch(refresh(other))).status, other).toBe(401);
    expect((await fetch(refresh(token))).status).toBe(200);
  });

  it('is not what is kept, and what is kept is not taken for one', async () => {
    const { rows, kept } = table();
    const { fetch } = make({ refreshTokens: kept });
    const { refresh_token: token } = await (await fetch(login('ann', 'x'))).json();
    const [[hash = '', principal] = []] = [...rows];
    expect(principal).toEqual({ subject: 'ann' });
    expect(token).not.toContain(hash);
    expect((await fetch(refresh(hash))).status).toBe(401);
  });

  test.each([true, {}, null, 'ann', { name: 'ann' }, { subject: 1 }])('whose row is %j is nobody’s', async (row) => {
    const { fetch } = make({ refreshTokens: { put: async () => {}, get: async () => row as never } });
    expect((await fetch(refresh('a.b'))).status).toBe(401);
  });
});

describe('a token service', () => {
  it('lives on where onError fails', async () => {
    for (const onError of [
      () => {
        throw new Error('no disk for logs');
      },
      () => Promise.reject(new Error('no disk for logs')),
    ]) {
      const warned = new Promise<Error>((resolve) => process.once('warning', resolve));
      const { fetch } = make({ verify: () => Promise.reject(new Error('down')), onError: onError as () => void });
      expect((await fetch(login('ann', 'x'))).status).toBe(503);
      expect((await warned).message).toBe('onError of tokenEndpoint failed: Error: no disk for logs');
    }
  });

  it('says how long to wait where too many log in', async () => {
    const waits = [undefined, { headers: { 'Retry-After': '30' } }].map(async (options) => {
      const refuse = () => Promise.reject(new RegistryError('TOOMANYREQUESTS', options));
      const reply = await make({ verify: refuse }).fetch(login('ann', 'x'));
      return [reply.status, reply.headers.get('retry-after')];
    });
    expect(await Promise.all(waits)).toEqual([
      [429, '5'],
      [429, '30'],
    ]);
  });

  it('takes nobody whose form was read by something else for somebody who did not log in', async () => {
    const heard: unknown[] = [];
    const tokens = make({ verify: () => false, onError: (error) => void heard.push(error) });
    await using server = await listen(
      createServer(async (request, response) => {
        await text(request);
        await tokens(request, response);
      }),
    );
    const body = new URLSearchParams({ grant_type: 'password', username: 'ann', password: 'wrong' });
    expect((await fetch(server.origin, { method: 'POST', body })).status).toBe(503);
    const [read, held] = [login('ann', 'wrong'), login('ann', 'wrong')];
    await read.text();
    held.body?.getReader();
    expect([(await tokens.fetch(read)).status, (await tokens.fetch(held)).status]).toEqual([503, 503]);
    expect(heard.map(String)).toEqual(Array(3).fill(expect.stringContaining('something has read the form before')));
  });
});
