/** The programs of docs/auth.md run, and answer as its last table says. */
import { rename, writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { hashPassword, tokenKey } from '../../lib/auth/index.ts';
import { programsOf } from '../support/document-programs.ts';
import { freePort } from '../support/free-port.ts';

const { programs, write, start: run, pathOf } = programsOf('docs/auth.md');

/** Runs a program, with what it leaves out, on a free port; gives the status of its reply to a request, by path and login. */
async function start(index: number, rest = '') {
  const port = await freePort();
  await run(index, port, (code) => (code + rest).replaceAll('5000', String(port)));
  const origin = `http://127.0.0.1:${port}`;
  return {
    origin,
    async ask(path: string, authorization?: string, method = 'GET'): Promise<readonly [number, string]> {
      const reply = await fetch(origin + path, { method, headers: authorization === undefined ? {} : { authorization } });
      await reply.arrayBuffer();
      return [reply.status, /error="(\w+)"/.exec(reply.headers.get('www-authenticate') ?? '')?.[1] ?? ''];
    },
  };
}

const mediaType = 'application/vnd.oci.image.index.v1+json';
const basic = (pair: string): string => `Basic ${btoa(pair)}`;
const ann = basic('ann:correct horse battery staple');

describe('docs/auth.md', { timeout: 20_000 }, () => {
  it('has names and passwords', async () => {
    const { ask } = await start(0);
    expect(await ask('/v2/')).toEqual([401, '']);
    expect(await ask('/v2/', ann)).toEqual([200, '']);
    expect(await ask('/v2/', basic('ann:wrong'))).toEqual([401, '']);
    expect(await ask('/v2/team/app/blobs/uploads/', ann, 'POST')).toEqual([202, '']);
    expect(await ask('/v2/home/ann/app/blobs/uploads/', ann, 'POST')).toEqual([202, '']);
    expect(await ask('/v2/home/bob/app/blobs/uploads/', ann, 'POST')).toEqual([403, '']);
  });

  it('has tokens for everybody', async () => {
    const { origin, ask } = await start(1);
    const tokenOf = async (actions: string, authorization?: string) => {
      const init = authorization === undefined ? {} : { headers: { authorization } };
      const reply = await fetch(`${origin}/token?service=registry.example.com&scope=repository:team/app:${actions}`, init);
      return `Bearer ${(await reply.json()).token}`;
    };
    expect(await ask('/v2/')).toEqual([401, '']);
    const [nobody, somebody] = [await tokenOf('pull,push'), await tokenOf('pull,push', ann)];
    expect(await ask('/v2/', nobody)).toEqual([200, '']);
    expect(await ask('/v2/team/app/tags/list', nobody)).toEqual([404, '']);
    expect(await ask('/v2/team/app/blobs/uploads/', nobody, 'POST')).toEqual([401, 'insufficient_scope']);
    expect(await ask('/v2/team/app/blobs/uploads/', somebody, 'POST')).toEqual([202, '']);
    expect(await ask('/v2/team/app/tags/list', 'Bearer none')).toEqual([401, 'invalid_token']);
    expect(await ask('/token', basic('ann:wrong'))).toEqual([401, '']);
  });

  it('has keys that are changed in three steps', async () => {
    const [old, next] = await Promise.all([tokenKey(), tokenKey()]);
    const keep = async (...keys: object[]) => {
      await writeFile(pathOf('new.json'), JSON.stringify(keys));
      await rename(pathOf('new.json'), pathOf('keys.json'));
    };
    await keep(old);
    const { origin } = await start(2);
    const seen = async () => {
      const { token } = await (await fetch(`${origin}/token`)).json();
      const { keys } = await (await fetch(`${origin}/jwks.json`)).json();
      return [
        JSON.parse(Buffer.from(token.split('.')[0], 'base64url').toString()).kid,
        keys.map(({ kid }: { kid: string }) => kid),
      ];
    };
    expect(await seen()).toEqual([old.kid, [old.kid]]);
    await keep(old, next);
    expect(await seen()).toEqual([old.kid, [old.kid, next.kid]]);
    await keep(next, old);
    expect(await seen()).toEqual([next.kid, [next.kid, old.kid]]);
    await keep(next);
    expect(await seen()).toEqual([next.kid, [next.kid]]);
  });

  it('has a token service elsewhere', async () => {
    const { origin } = await start(3);
    const { headers } = await fetch(`${origin}/v2/team/app/tags/list`);
    expect(headers.get('www-authenticate')).toBe(
      'Bearer realm="https://auth.example.com/token",service="registry.example.com",scope="repository:team/app:pull"',
    );
  });

  it('has tags that stay', async () => {
    const { origin } = await start(4);
    const manifest = (annotation: string) =>
      JSON.stringify({ schemaVersion: 2, mediaType, manifests: [], annotations: { annotation } });
    const send = async (method: string, reference: string, body?: string) => {
      const headers = { authorization: ann, 'content-type': mediaType };
      return fetch(`${origin}/v2/team/app/manifests/${reference}`, { method, headers, ...(body && { body }) });
    };
    const statusOf = async (...given: Parameters<typeof send>) => (await send(...given)).status;
    const pushed = await send('PUT', 'v1', manifest('one'));
    expect(pushed.status).toBe(201);
    expect(await statusOf('PUT', 'v1', manifest('one'))).toBe(201);
    expect(await statusOf('PUT', 'v1', manifest('another'))).toBe(403);
    expect(await statusOf('DELETE', 'v1')).toBe(403);
    expect(await statusOf('DELETE', pushed.headers.get('docker-content-digest') ?? '')).toBe(403);
    const latest = await send('PUT', 'latest', manifest('one of many'));
    expect(await statusOf('PUT', 'latest', manifest('another'))).toBe(201);
    expect(await statusOf('DELETE', 'latest')).toBe(202);
    expect(await statusOf('DELETE', latest.headers.get('docker-content-digest') ?? '')).toBe(202);
  });

  it('has tags that stay, with tokens', async () => {
    await writeFile(pathOf('htpasswd'), `ann:${await hashPassword('correct horse battery staple')}\n`);
    const { origin } = await start(
      5,
      `import { createServer } from 'node:http';
      import { createRegistryHandler } from 'stowage';
      import { memoryDriver } from 'stowage/drivers/memory';
      const registry = createRegistryHandler(memoryDriver(), { authorize });
      createServer({ requestTimeout: 0 }, (request, response) => {
        const serve = request.url.startsWith('/token') ? tokens : registry;
        serve(request, response);
      }).listen(5000, '127.0.0.1');`,
    );
    const scope = 'repository:team/app:pull,push,delete';
    const asked = await fetch(`${origin}/token?service=registry.example.com&scope=${scope}`, { headers: { authorization: ann } });
    const { token } = await asked.json();
    const send = async (method: string, reference: string, annotation?: string) => {
      const manifest = { schemaVersion: 2, mediaType, manifests: [], annotations: { annotation } };
      const headers = { authorization: `Bearer ${token}`, 'content-type': mediaType };
      const body = annotation === undefined ? null : JSON.stringify(manifest);
      return (await fetch(`${origin}/v2/team/app/manifests/${reference}`, { method, headers, body })).status;
    };
    expect(await send('PUT', 'v1', 'one')).toBe(201);
    expect(await send('PUT', 'v1', 'another')).toBe(403);
    expect(await send('DELETE', 'v1')).toBe(403);
    expect(await send('PUT', 'latest', 'one of many')).toBe(201);
    expect(await send('PUT', 'latest', 'another')).toBe(201);
    expect(await send('DELETE', 'latest')).toBe(202);
  });

  it('has a policy of its own', async () => {
    await expect(import(await write(6))).resolves.toBeDefined();
    expect(programs).toHaveLength(9);
  });

  it('has a throttle', async () => {
    const { origin, ask } = await start(7);
    expect(await ask('/v2/')).toEqual([200, '']);
    const statuses = await Promise.all(Array.from({ length: 700 }, () => fetch(`${origin}/v2/`).then(({ status }) => status)));
    expect(statuses.filter((status) => status === 429).length).toBeGreaterThan(50);
  });

  it('has a throttle of the token service', async () => {
    const { ask } = await start(8, "import { createServer } from 'node:http'; createServer(tokens).listen(5000, '127.0.0.1');");
    const statuses = await Promise.all(Array.from({ length: 100 }, () => ask('/token').then(([status]) => status)));
    expect(new Set(statuses)).toEqual(new Set([200, 429]));
    expect(statuses.filter((status) => status === 429).length).toBeGreaterThan(40);
  });
});
