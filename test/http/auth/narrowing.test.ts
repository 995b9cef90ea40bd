/** Ways around rights that registries have had: none of them leads anywhere. */
import { describe, expect, it, test } from 'vitest';
import { memoryDriver } from '../../../drivers/memory.ts';
import { rowsOf } from '../../../lib/api/derive.ts';
import { routes } from '../../../lib/api/routes.ts';
import { anyOf, basic, bearer, type Policy, type Principal, rules, tokenEndpoint, tokenKey } from '../../../lib/auth/index.ts';
import { createFetchHandler } from '../../../lib/fetch.ts';
import type { Authorize, RegistryOptions } from '../../../lib/index.ts';

import { digest, image } from '../../../lib/testing/exchanges/given.ts';
import { send } from '../../support/client.ts';
import { startHandler } from '../../support/server.ts';

const login = (name: string): string => `Basic ${btoa(`${name}:secret`)}`;

/** A registry, as a function from a request to the status of its reply. */
function registryOf(authorize: Authorize, options: RegistryOptions = {}, driver = memoryDriver()) {
  const serve = createFetchHandler(driver, { authorize, uploadExpiry: false, ...options });
  const ask = (method: string, path: string, name: string | undefined, body?: string) =>
    serve(
      new Request(`http://registry/v2/${path}`, {
        method,
        headers: name === undefined ? {} : { authorization: name.includes(' ') ? name : login(name) },
        ...(body !== undefined && { body }),
      }),
    );
  const statusOf = async (...request: Parameters<typeof ask>): Promise<number> => (await ask(...request)).status;
  const push = async (repo: string, name: string) => {
    for (const content of ['{}', 'layer']) await ask('POST', `${repo}/blobs/uploads/?digest=${digest(content)}`, name, content);
    return statusOf('PUT', `${repo}/manifests/latest`, name, image());
  };
  return { ask, statusOf, push };
}

const byPassword = (policy: Policy) => basic({ verify: (name, password) => name !== '' && password === 'secret', policy });
const team = rules([
  { subjects: 'ann', repositories: ['team/**', 'team'], actions: ['pull', 'push', 'delete'] },
  { subjects: 'bob', repositories: 'team/app', actions: ['pull'] },
]);

describe('tags that are protected', () => {
  const policy: Policy = (principal, need) =>
    principal !== undefined &&
    (principal.subject === 'release' || need.catalog || need.tags?.includes('latest' as never) !== true);
  const manifest = `team/app/manifests/${digest(image())}`;
  const ways: readonly (readonly [string, string])[] = [
    ['PUT', 'team/app/manifests/latest'],
    ['PUT', `${manifest}?tag=latest`],
    ['PUT', `${manifest}?tag=other&tag=latest`],
    ['PUT', `${manifest}?t%61g=latest`],
    ['DELETE', 'team/app/manifests/latest'],
  ];

  test.each(ways)('%s %s asks for each of them', async (method, path) => {
    const { statusOf, push } = registryOf(byPassword(policy));
    expect(await push('team/app', 'release')).toBe(201);
    expect(await statusOf(method, path, 'ann', method === 'PUT' ? image() : undefined)).toBe(403);
    expect(await statusOf('PUT', manifest, 'ann', image())).toBe(201);
  });

  it('stay so with tokens, which cannot name them, where the policy is asked beside them', async () => {
    const who = { issuer: 'issuer', service: 'registry' };
    const tokens = tokenEndpoint({ ...who, key: await tokenKey(), verify: () => true, policy });
    const authorize = bearer({ ...who, realm: 'http://registry/token', keys: tokens.keys, policy });
    const tokenOf = async (name: string) => {
      const asked = new Request('http://registry/token?scope=repository:team/app:pull,push', {
        headers: { authorization: login(name) },
      });
      return `Bearer ${(await (await tokens.fetch(asked)).json()).token}`;
    };
    const { statusOf, push } = registryOf(authorize);
    const [ann, release] = [await tokenOf('ann'), await tokenOf('release')];
    expect(await push('team/app', release)).toBe(201);
    expect(await statusOf('PUT', 'team/app/manifests/latest', ann, image())).toBe(403);
    expect(await statusOf('PUT', 'team/app/manifests/other', ann, image())).toBe(201);
  });
});

describe('rights', () => {
  it('that a group had end with the next request after it has left', async () => {
    let groups = ['writers'];
    const policy = rules([{ groups: 'writers', repositories: '**', actions: ['pull'] }]);
    const { statusOf } = registryOf(basic({ verify: (subject): Principal => ({ subject, groups }), policy }));
    expect(await statusOf('GET', 'team/app/tags/list', 'ann')).toBe(404);
    groups = [];
    expect(await statusOf('GET', 'team/app/tags/list', 'ann')).toBe(403);
  });

  it('are no wider for a token than for what it was asked for, nor than for who asks', async () => {
    const who = { issuer: 'issuer', service: 'registry' };
    const tokens = tokenEndpoint({ ...who, key: await tokenKey(), verify: (_, password) => password === 'secret', policy: team });
    const tokenOf = async (scope: string, authorization: string): Promise<string> => {
      const reply = await tokens.fetch(new Request(`http://registry/token?scope=${scope}`, { headers: { authorization } }));
      return reply.status === 200 ? `Bearer ${(await reply.json()).token}` : `${reply.status}`;
    };
    const { statusOf } = registryOf(bearer({ ...who, realm: 'http://registry/token', keys: tokens.keys }));
    const begin = (token: string, repo = 'team/app') => statusOf('POST', `${repo}/blobs/uploads/`, token, '');
    const scopes: readonly [string, string, number][] = [
      ['repository:team/app:pull,push', 'ann', 202],
      ['repository:team/app:*', 'ann', 202],
      ['repository:team/app:pull', 'ann', 401],
      ['repository:team/app:push', 'ann', 401],
      ['repository:team/app:pull,push', 'bob', 401],
      ['repository:team/app:*', 'bob', 401],
      ['repository:team/ap:*', 'ann', 401],
      ['repository:team/**:*', 'ann', 401],
      ['repository:*:*', 'ann', 401],
      ['repository:team/app/:*', 'ann', 401],
      ['repository:Team/App:*', 'ann', 401],
      ['registry:catalog:*', 'ann', 401],
    ];
    for (const [scope, name, status] of scopes)
      expect(await begin(await tokenOf(scope, login(name))), `${scope} ${name}`).toBe(status);
    // A token is no login at the token service, where it could be made a wider one.
    expect(await tokenOf('repository:team/app:*', await tokenOf('repository:team/app:pull', login('ann')))).toBe('400');
  });

  it('to one repository are none to the uploads of another, whoever has begun them', async () => {
    const { ask, statusOf } = registryOf(byPassword(team));
    const begun = await ask('POST', 'team/other/blobs/uploads/', 'ann', '');
    const id = begun.headers.get('docker-upload-uuid');
    for (const method of ['GET', 'PATCH', 'PUT', 'DELETE']) {
      const query = method === 'PUT' ? `?digest=${digest('')}` : '';
      const body = method === 'PATCH' || method === 'PUT' ? '' : undefined;
      expect(await statusOf(method, `team/app/blobs/uploads/${id}${query}`, 'ann', body), method).toBe(404);
      expect(await statusOf(method, `team/other/blobs/uploads/${id}${query}`, 'bob', body), method).toBe(403);
    }
    expect(await statusOf('GET', `team/other/blobs/uploads/${id}`, 'ann')).toBe(204);
  });

  it('are asked for by what is served, not by how the path ends', async () => {
    const { statusOf } = registryOf(byPassword(team));
    const names = ['v2', 'eve/v2', 'team/app/manifests/x', 'eve/blobs/uploads', 'eve/_catalog', 'token', 'eve/tags'];
    for (const name of names)
      expect(await statusOf('GET', `${name}/tags/list`, 'bob'), name).toBe(name.includes('_') ? 400 : 403);
  });

  it('do not depend on the name of the host', async () => {
    await using server = await startHandler(memoryDriver(), { authorize: byPassword(team) });
    for (const host of ['registry', 'a/v2/', '127.0.0.1/v2/team/app', '[::1]:1', 'team%2fapp', '*']) {
      const headers = { Host: host, 'X-Forwarded-Host': 'a/v2/', 'X-Original-URL': '/v2/', Authorization: login('bob') };
      const reply = await send(server.origin, { method: 'GET', path: '/v2/team/other/tags/list', headers });
      expect([host, reply.status]).toEqual([host, 403]);
    }
  });
});

describe('nobody is asked, and nothing is served,', () => {
  const asked: string[] = [];
  const open: Authorize = ({ operation }) => {
    asked.push(operation);
    return { subject: 'ann', may: () => true };
  };

  it('for a method that a path does not have', async () => {
    const { statusOf } = registryOf(open);
    const paths = ['', '_catalog', 'a/tags/list', 'a/manifests/latest', `a/blobs/${digest('')}`, 'a/blobs/uploads/'];
    for (const path of paths)
      for (const method of ['OPTIONS', 'PROPFIND', 'LINK', 'POSTS', 'Patch'])
        expect(await statusOf(method, path, 'ann'), `${method} ${path}`).toBe(405);
    expect(asked).toEqual([]);
  });

  it('where deletions are switched off: of manifests, tags and blobs alike', async () => {
    const { statusOf } = registryOf(open, { deletes: false });
    const deleting = rowsOf(routes).filter(({ method }) => method.access === 'delete');
    expect(deleting.map(({ operation }) => operation)).toEqual(['deleteManifest', 'deleteTag', 'deleteBlob']);
    for (const path of ['a/manifests/latest', `a/manifests/${digest('')}`, `a/blobs/${digest('')}`])
      expect(await statusOf('DELETE', path, 'ann')).toBe(405);
    expect(asked).toEqual([]);
  });
});

it('of several logins a wrong one is nobody, also where another kind lets everybody pull', async () => {
  const everybody = rules([{ anyone: true, repositories: '**', actions: ['pull'] }]);
  const kinds = [byPassword(everybody), byPassword(team)];
  const wrong = `Basic ${btoa('ann:wrong')}`;
  for (const authorize of [anyOf(...kinds), anyOf(...kinds.toReversed())]) {
    const { statusOf } = registryOf(authorize);
    expect(await statusOf('GET', 'team/app/tags/list', undefined)).toBe(404);
    expect(await statusOf('GET', 'team/app/tags/list', wrong)).toBe(401);
    expect(await statusOf('GET', 'team/app/tags/list', 'Bearer x')).toBe(401);
  }
});
