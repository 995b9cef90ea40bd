/** Pages of other origins: what a browser is told of each reply, and what a preflight costs. Through both doors. */
import { describe, expect, it } from 'vitest';
import { memoryDriver } from '../../drivers/memory.ts';
import { routes } from '../../lib/api/routes.ts';
import { createRegistryHandler, type Driver, type RegistryOptions } from '../../lib/index.ts';
import { digest, image } from '../../lib/testing/exchanges/given.ts';
import { overrideDriver } from '../../lib/testing/override-driver.ts';
import { startForTest } from '../support/fixture.ts';
import { listen } from '../support/server.ts';

const page = 'https://ui.example.com';
const manifest = '/v2/team/app/manifests/latest';
const asking = (method: string, headers = 'authorization') => ({
  Origin: page,
  'Access-Control-Request-Method': method,
  'Access-Control-Request-Headers': headers,
});

/** A driver of which nothing may be called but what upkeep calls. */
const memory = memoryDriver();
const failing = (store: object): object =>
  Object.fromEntries(Object.keys(store).map((name) => [name, () => name === 'expire' || expect.fail(`${name} was called`)]));
const untouchable = overrideDriver(memory, {
  blobs: failing(memory.blobs),
  uploads: failing(memory.uploads),
  manifests: failing(memory.manifests),
});

type Ask = (method: string, path: string, headers?: Readonly<Record<string, string>>, body?: string) => Promise<Response>;

/** A registry behind one of its doors. */
async function serve(door: string, options: RegistryOptions, driver: Driver = memoryDriver()) {
  const { url, logged, ...registry } = await startForTest({ driver, options: { allowMissingReferences: true, ...options } });
  const ask: Ask = (method, path, headers = {}, body) =>
    (door === 'fetch' ? registry.fetch : fetch)(url + path, { method, headers, ...(body !== undefined && { body }) });
  return { ask, logged };
}

const corsOf = ({ headers }: Response) =>
  Object.fromEntries([...headers].filter(([name]) => name === 'vary' || name.startsWith('access-control-')));

describe('what a host has set before', () => {
  it.each([
    ['Accept-Encoding', 'Accept-Encoding, Origin'],
    [['Accept-Encoding', 'Cookie, origin'], 'Accept-Encoding, Cookie, Origin'],
    ['', 'Origin'],
  ])('as Vary, %j, stays', async (given, expected) => {
    const handler = createRegistryHandler(memoryDriver(), { cors: { origins: [page] } });
    const server = await listen((request, response) => {
      response.setHeader('Vary', given);
      void handler(request, response);
    });
    for (const headers of [{}, { Origin: page }]) {
      const reply = await fetch(`${server.origin}/v2/`, { headers });
      expect([reply.status, reply.headers.get('vary')]).toEqual([200, expected]);
    }
    await server.close();
  });
});

describe.each(['node:http', 'fetch'])('through the door for %s', (door) => {
  it('a preflight is answered with the methods of the path and the headers of the table, and asks nobody', async () => {
    const registry = await serve(door, { cors: { origins: [page] }, authorize: () => expect.fail('asked') }, untouchable);
    const reply = await registry.ask('OPTIONS', manifest, asking('PUT', 'authorization, content-type'));
    expect([reply.status, await reply.text()]).toEqual([204, '']);
    expect(reply.headers.get('content-length')).toBe(null);
    expect(corsOf(reply)).toEqual({
      vary: 'Origin',
      'access-control-allow-origin': page,
      'access-control-allow-methods': 'GET, HEAD, PUT, DELETE',
      'access-control-allow-headers':
        'Content-Type, Content-Encoding, Content-Range, Range, If-Range, If-Match, If-None-Match, Authorization',
      'access-control-max-age': '600',
    });
    expect(registry.logged).toEqual([]);
  });

  it.each(routes.map(({ path }) => [path]))('a preflight is answered at %s', async (template) => {
    const values: Record<string, string> = { name: 'a/b', digest: digest('x'), reference: 'latest', upload: 'x'.repeat(22) };
    const path = template.replaceAll(/\{(\w+)\}/g, (_, name: string) => values[name] ?? 'x');
    const registry = await serve(door, { cors: { origins: '*' } }, untouchable);
    const reply = await registry.ask('OPTIONS', path, asking('GET'));
    expect(reply.status).toBe(204);
    const methods = routes.find((route) => route.path === template)?.methods.map(({ method }) => method) ?? [];
    const allowed = reply.headers.get('access-control-allow-methods')?.split(', ') ?? [];
    expect(allowed.filter((method) => method !== 'HEAD').sort()).toEqual(methods.sort());
  });

  it('every reply says to whom it may be shown, and which headers: errors as well', async () => {
    const authorize: RegistryOptions['authorize'] = (_, { scheme }) => ({
      may: () => scheme === 'basic',
      challenges: ['Basic realm="test"'],
    });
    const registry = await serve(door, { cors: { origins: [page] }, authorize });
    const login = { Authorization: `Basic ${btoa('ann:secret')}` };
    const replies = [
      await registry.ask('GET', '/v2/', { Origin: page }),
      await registry.ask('PUT', manifest, { Origin: page, ...login }, image()),
      await registry.ask('GET', manifest, { Origin: page, ...login }),
      await registry.ask('GET', '/v2/none/tags/list', { Origin: page, ...login }),
      await registry.ask('GET', '/v2/nothing/at/all', { Origin: page }),
      await registry.ask('POST', manifest, { Origin: page }),
    ];
    expect(replies.map(({ status }) => status)).toEqual([401, 201, 200, 404, 404, 405]);
    for (const reply of replies) {
      expect(corsOf(reply)).toMatchObject({ vary: 'Origin', 'access-control-allow-origin': page });
      const shown = reply.headers.get('access-control-expose-headers')?.split(', ') ?? [];
      const own = [
        'Docker-Content-Digest',
        'Link',
        'OCI-Subject',
        'Location',
        'Range',
        'WWW-Authenticate',
        'ETag',
        'Retry-After',
        'RateLimit',
        'RateLimit-Policy',
      ];
      expect(own.filter((name) => !shown.includes(name))).toEqual([]);
    }
  });

  it.each<[string, RegistryOptions['cors'] & object, string, string | undefined, string | undefined]>([
    ['one of a list', { origins: ['https://a.example', page] }, page, page, 'Origin'],
    ['none of a list', { origins: ['https://a.example'] }, page, undefined, 'Origin'],
    ['one that only begins so', { origins: [page] }, `${page}.evil.example`, undefined, 'Origin'],
    ['any', { origins: '*' }, page, '*', undefined],
    ['one that a function takes', { origins: (origin) => origin.endsWith('.example.com') }, page, page, 'Origin'],
    ['one that it does not', { origins: () => false }, page, undefined, 'Origin'],
  ])('an origin may be %s', async (_, cors, Origin, allowed, vary) => {
    const registry = await serve(door, { cors });
    const reply = await registry.ask('GET', '/v2/', { Origin });
    expect(reply.status).toBe(200);
    expect(corsOf(reply)['access-control-allow-origin']).toBe(allowed);
    expect(corsOf(reply).vary).toBe(vary);
    const preflight = await registry.ask('OPTIONS', manifest, { ...asking('PUT'), Origin });
    expect(preflight.status).toBe(allowed === undefined ? 405 : 204);
  });

  it('credentials are for the origins that are named', async () => {
    const registry = await serve(door, { cors: { origins: [page], credentials: true, maxAge: 5 } });
    const reply = await registry.ask('OPTIONS', manifest, asking('GET'));
    expect(corsOf(reply)).toMatchObject({
      'access-control-allow-origin': page,
      'access-control-allow-credentials': 'true',
      'access-control-max-age': '5',
    });
  });

  it('a function that fails is logged, and the origin refused', async () => {
    const fails = () => {
      throw new Error('broken');
    };
    const registry = await serve(door, { cors: { origins: fails } });
    const reply = await registry.ask('GET', '/v2/', { Origin: page });
    expect([reply.status, corsOf(reply)]).toEqual([200, { vary: 'Origin' }]);
    expect(registry.logged).toMatchObject([{ details: { err: { message: 'broken' } } }]);
  });

  it('without an origin, replies are as ever, but for what tells caches', async () => {
    const registry = await serve(door, { cors: { origins: [page] } });
    expect(corsOf(await registry.ask('GET', '/v2/'))).toEqual({ vary: 'Origin' });
    expect((await registry.ask('OPTIONS', manifest)).status).toBe(405);
  });

  it('without the option, OPTIONS is a method that no path has: 405 with those that it has, and asks nobody', async () => {
    const registry = await serve(door, { authorize: () => expect.fail('asked') }, untouchable);
    const reply = await registry.ask('OPTIONS', manifest, asking('PUT'));
    expect([reply.status, reply.headers.get('allow'), corsOf(reply)]).toEqual([405, 'GET, HEAD, PUT, DELETE', {}]);
  });
});

describe('the option', () => {
  it.each<[unknown, RegExp]>([
    [{}, /cors\.origins must be a list of origins/],
    [{ origins: [`${page}/`] }, /cors\.origins must be a list of origins such as 'https:\/\/ui\.example\.com', without a path/],
    [{ origins: 'https://ui.example.com' }, /cors\.origins must be/],
    [{ origins: '*', credentials: true }, /cors\.credentials needs cors\.origins to name some/],
    ['*', /cors must be an object/],
  ])('%j is refused in words', (cors, message) => {
    expect(() => createRegistryHandler(memoryDriver(), { cors } as RegistryOptions)).toThrow(message);
  });
});
