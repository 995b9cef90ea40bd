/** A registry with a token service beside it, as clients of each dialect meet them. */
import { createServer } from 'node:http';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest';
import { memoryDriver } from '../../../drivers/memory.ts';
import { bearer, hashPassword, passwords, rules, type TokenEndpoint, tokenEndpoint, tokenKey } from '../../../lib/auth/index.ts';
import { createRegistryHandler } from '../../../lib/index.ts';
import { type Listening, listen } from '../../support/server.ts';

let server: Listening;
let tokens: TokenEndpoint;
const failures: unknown[] = [];
let isBroken = false;

beforeAll(async () => {
  const check = passwords({ ann: await hashPassword('secret') });
  const policy = rules([
    { anyone: true, repositories: 'public/**', actions: ['pull'] },
    { subjects: 'ann', repositories: ['team/**', 'public/**'], actions: ['pull', 'push'] },
  ]);
  tokens = tokenEndpoint({
    issuer: 'issuer',
    service: 'registry',
    key: await tokenKey(),
    verify: (username, password) => {
      if (isBroken) throw new Error('the directory of people is down');
      return check(username, password);
    },
    policy,
    origins: ['https://ui.example.com'],
    onError: (error) => failures.push(error),
  });
  const bare = createServer();
  server = await listen(bare);
  const authorize = bearer({ realm: `${server.origin}/token`, service: 'registry', issuer: 'issuer', keys: tokens.keys });
  const registry = createRegistryHandler(memoryDriver(), { authorize });
  bare.on('request', (request, response) => void (request.url?.startsWith('/token') ? tokens : registry)(request, response));
});
afterAll(() => server.close());

const basic = (pair: string) => ({ Authorization: `Basic ${Buffer.from(pair).toString('base64')}` });
const withToken = (token: string) => ({ headers: { Authorization: `Bearer ${token}` } });

/** A reply of the token service. */
interface Given {
  readonly token: string;
  readonly access_token: string;
  readonly refresh_token?: string;
  readonly expires_in: number;
  readonly issued_at: string;
}

async function ask(query: string, pair?: string): Promise<Given> {
  const reply = await fetch(`${server.origin}/token?service=registry&${query}`, {
    headers: pair === undefined ? {} : basic(pair),
  });
  expect([reply.status, reply.headers.get('cache-control')]).toEqual([200, 'no-store']);
  return reply.json();
}

const post = (form: Record<string, string> | readonly (readonly [string, string])[]) =>
  fetch(`${server.origin}/token`, { method: 'POST', body: new URLSearchParams(form as Record<string, string>) });

const statusOf = async (path: string, init: RequestInit = {}): Promise<number> => {
  const reply = await fetch(`${server.origin}/v2/${path}`, init);
  await reply.arrayBuffer();
  return reply.status;
};

describe('a client', () => {
  it('learns from the base where to fetch a token, and from a refusal for what', async () => {
    const challenges = await Promise.all(
      ['', 'team/app/tags/list'].map(async (path) =>
        (await fetch(`${server.origin}/v2/${path}`)).headers.get('www-authenticate'),
      ),
    );
    const where = `Bearer realm="${server.origin}/token",service="registry"`;
    expect(challenges).toEqual([where, `${where},scope="repository:team/app:pull"`]);
  });

  it('without a login gets a token, with which the base is open and what everybody may pull', async () => {
    const { token, access_token, expires_in, issued_at } = await ask('scope=repository:public/app:pull,push');
    expect([access_token, expires_in, Number.isNaN(Date.parse(issued_at))]).toEqual([token, 300, false]);
    const paths = ['', 'public/app/tags/list', 'team/app/tags/list', 'public/app/blobs/uploads/'];
    const statuses = await Promise.all(
      paths.map((path) => statusOf(path, { method: path.endsWith('uploads/') ? 'POST' : 'GET', ...withToken(token) })),
    );
    expect(statuses).toEqual([200, 404, 401, 401]);
  });

  it('of docker’s kind gets a token with Basic, and pushes with it', async () => {
    const { token, refresh_token } = await ask('account=ann&scope=repository:team/app:pull,push', 'ann:secret');
    expect(refresh_token).toBeUndefined();
    expect(await statusOf('team/app/blobs/uploads/', { method: 'POST', ...withToken(token) })).toBe(202);
    // It is of no use elsewhere, although ann might push there, too.
    expect(await statusOf('team/other/blobs/uploads/', { method: 'POST', ...withToken(token) })).toBe(401);
  });

  it('may ask for one repository in two scopes, repeated or in one', async () => {
    for (const query of [
      'scope=repository:team/app:pull&scope=repository:team/app:push',
      'scope=repository:team/app:pull%20repository:team/app:push',
    ]) {
      const { token } = await ask(query, 'ann:secret');
      expect(await statusOf('team/app/blobs/uploads/', { method: 'POST', ...withToken(token) })).toBe(202);
    }
  });

  it('of OAuth 2 logs in with a form, and again with what it was given', async () => {
    const scope = 'repository:team/app:pull,push';
    const login = { grant_type: 'password', service: 'registry', client_id: 'test', username: 'ann', password: 'secret' };
    const first: Given = await (await post({ ...login, scope, access_type: 'offline' })).json();
    const again = { grant_type: 'refresh_token', service: 'registry', refresh_token: first.refresh_token ?? '', scope };
    const second: Given = await (await post(again)).json();
    expect(second.refresh_token).toBe(first.refresh_token);
    for (const { token } of [first, second])
      expect(await statusOf('team/app/blobs/uploads/', { method: 'POST', ...withToken(token) })).toBe(202);
  });

  it('gets the catalog only if some rule opens it, and asks for it', async () => {
    const [asked, unasked] = [await ask('scope=registry:catalog:*', 'ann:secret'), await ask('', 'ann:secret')];
    expect(await statusOf('_catalog', withToken(asked.token))).toBe(200);
    expect(await statusOf('_catalog', withToken(unasked.token))).toBe(401);
  });
});

describe('the token service refuses', () => {
  const refused = async (reply: Response) => {
    const { errors } = await reply.json();
    return [reply.status, errors[0].code, reply.headers.get('cache-control')];
  };

  test.each(['ann:wrong', 'eve:secret', ':', 'ann:'])('the login %s', async (pair) => {
    const reply = await fetch(`${server.origin}/token`, { headers: basic(pair) });
    expect(reply.headers.get('www-authenticate')).toMatch(/^Basic /);
    expect(await refused(reply)).toEqual([401, 'UNAUTHORIZED', 'no-store']);
  });

  it('a refresh token that was not given', async () =>
    expect(await refused(await post({ grant_type: 'refresh_token', refresh_token: 'x' }))).toEqual([
      401,
      'UNAUTHORIZED',
      'no-store',
    ]));

  test.each([
    [{ grant_type: 'client_credentials' }, 400],
    [{ username: 'ann', password: 'secret' }, 400],
    [{ refresh_token: 'x' }, 400],
    [{ grant_type: 'password', username: 'ann', password: 'secret', service: 'another' }, 400],
    [{ scope: 'x'.repeat(70_000) }, 413],
  ])('the form %o with %i', async (form, status) =>
    expect((await refused(await post(form as Record<string, string>)))[0]).toBe(status),
  );

  it('a token for more repositories than fit into a header', async () => {
    const scopes = Array.from({ length: 101 }, (_, n) => ['scope', `repository:a${n}:pull`] as const);
    expect(await refused(await post(scopes))).toEqual([400, 'UNSUPPORTED', 'no-store']);
    expect((await post(scopes.slice(1))).status).toBe(200);
  });

  it('other methods, but never POST', async () => {
    const reply = await fetch(`${server.origin}/token`, { method: 'PUT' });
    expect([reply.status, reply.headers.get('allow')]).toEqual([405, 'GET, POST']);
    expect((await post({})).status).toBe(200);
  });

  it('everybody while logins cannot be checked: with 503, and the reason reaches the host alone', async () => {
    isBroken = true;
    const reply = await fetch(`${server.origin}/token`, { headers: basic('ann:secret') });
    isBroken = false;
    expect(await refused(reply)).toEqual([503, 'UNAVAILABLE', 'no-store']);
    expect(failures.map(String)).toEqual(['Error: the directory of people is down']);
  });
});

it('survives clients that leave in the middle of a form', async () => {
  const before = failures.length;
  for (let n = 0; n < 20; n++) {
    const socket = connect(server.port, '127.0.0.1');
    socket.write('POST /token HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\ngrant_type=');
    await new Promise((resolve) => setTimeout(resolve, 5));
    socket.destroy();
  }
  expect((await ask('')).token).not.toBe('');
  expect(failures.length).toBe(before);
});

describe('pages of other origins', () => {
  const asked = 'http://registry/token?service=registry&scope=repository:public/app:pull';
  const tell = async (origins: NonNullable<Parameters<typeof tokenEndpoint>[0]['origins']>, origin: string, method = 'GET') => {
    const who = { issuer: 'issuer', service: 'registry', verify: () => undefined, policy: () => true };
    const { fetch } = tokenEndpoint({ ...who, key: await tokenKey(), origins });
    const { status, headers } = await fetch(new Request(asked, { method, headers: { origin } }));
    return [status, headers.get('access-control-allow-origin'), headers.get('access-control-allow-headers')];
  };
  const page = 'https://ui.example.com';

  it.each([
    ['a list that names it', [page]],
    ['all', '*'],
    ['a function that says so', (origin: string) => origin === page],
  ] as const)('fetch tokens with %s', async (_, origins) => {
    expect(await tell(origins, page)).toEqual([200, page, null]);
    expect(await tell(origins, page, 'OPTIONS')).toEqual([200, page, 'Authorization, Content-Type']);
  });

  it('do not where they are not named', async () => {
    expect(await tell([page], 'https://other.example.com')).toEqual([200, null, null]);
    expect(await tell([page], 'https://other.example.com', 'OPTIONS')).toEqual([405, null, null]);
  });

  it('are answered with 503 where the function fails', async () => {
    const fail = () => {
      throw new Error('no list of pages');
    };
    expect(await tell(fail, page)).toEqual([503, null, null]);
  });

  it('are told by node:http as well', async () => {
    const { headers } = await fetch(`${server.origin}/token`, { headers: { origin: page } });
    expect(headers.get('access-control-allow-origin')).toBe(page);
  });

  it('send a login that the browser has where that is asked for, and each of them is named', async () => {
    const who = { issuer: 'issuer', service: 'registry', key: await tokenKey(), verify: () => undefined, policy: () => true };
    const { fetch } = tokenEndpoint({ ...who, origins: [page], credentials: true });
    for (const method of ['GET', 'OPTIONS']) {
      const allowed = async (origin: string) =>
        (await fetch(new Request(asked, { method, headers: { origin } }))).headers.get('access-control-allow-credentials');
      expect([await allowed(page), await allowed('https://other.example.com')]).toEqual(['true', null]);
    }
    expect(() => tokenEndpoint({ ...who, origins: '*', credentials: true })).toThrow('credentials needs origins to name some');
  });

  it('are named without a path', async () => {
    await expect(tell([`${page}/`], page)).rejects.toThrow('tokenEndpoint: origins must be a list of origins such as');
  });
});

it('answers a Request as it answers node:http', async () => {
  const reply = await tokens.fetch(
    new Request('https://registry/token', {
      method: 'POST',
      body: new URLSearchParams({ grant_type: 'password', username: 'ann', password: 'secret' }),
    }),
  );
  expect([reply.status, (await reply.json()).token_type]).toEqual([200, 'Bearer']);
  const long = await tokens.fetch(new Request('https://registry/token', { method: 'POST', body: 'x'.repeat(70_000) }));
  expect([long.status, await long.text()]).toEqual([413, expect.stringContaining('SIZE_INVALID')]);
});
