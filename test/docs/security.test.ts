/** What SECURITY.md says of requests is what happens. */
import { createServer, type RequestListener } from 'node:http';
import express from 'express';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { memoryDriver } from '../../drivers/memory.ts';
import { type Authorize, createRegistryHandler, type Need, type RegistryOptions } from '../../lib/index.ts';
import { absent, digest, image, imageType } from '../../lib/testing/exchanges/given.ts';
import { type Reply, send } from '../../lib/testing/wire/send.ts';
import { blockWith } from '../support/code-blocks.ts';
import { type Listening, listen } from '../support/server.ts';

const driver = memoryDriver();
const servers: Listening[] = [];

/** Listens on a free port; gives what sends requests there. */
async function listening(listener: RequestListener) {
  const server = await listen(listener);
  servers.push(server);
  return (method: string, path: string, headers: Readonly<Record<string, string>> = {}, body = ''): Promise<Reply> =>
    send(server.origin, { method, path, headers, body });
}
const registry = (options: RegistryOptions = {}) => listening(createRegistryHandler(driver, options));
type Client = Awaited<ReturnType<typeof registry>>;

const secret = digest('a secret');
const manifest = digest(image());
let anyone: Client;

beforeAll(async () => {
  anyone = await registry();
  await anyone('POST', `/v2/secret/blobs/uploads/?digest=${secret}`, {}, 'a secret');
  for (const content of ['{}', 'layer']) await anyone('POST', `/v2/app/blobs/uploads/?digest=${digest(content)}`, {}, content);
  await anyone('PUT', `/v2/app/manifests/latest`, { 'Content-Type': imageType }, image());
});
afterAll(async () => {
  for (const { close } of servers) await close();
});

describe('a guard on paths in the host', () => {
  let guarded: Client;
  beforeAll(async () => {
    const handler = createRegistryHandler(driver);
    guarded = await listening((request, response) => {
      if (request.url?.startsWith('/v2/secret/')) response.writeHead(401).end();
      else handler(request, response);
    });
  });

  it('sees the path as it is usually written', async () => {
    expect((await guarded('GET', `/v2/secret/blobs/${secret}`)).status).toBe(401);
  });

  it.each(['%73ecret', 'secre%74', '%73%65%63%72%65%74', 'secret%2Fblobs%2F..%2F..', 'x%2F..%2Fsecret'])(
    'meets the plain path again where a client wrote %s',
    async (name) => {
      for (const method of ['GET', 'HEAD', 'DELETE']) {
        const { status, headers } = await guarded(method, `/v2/${name}/blobs/${secret}`);
        expect([308, 400]).toContain(status);
        if (headers.location !== undefined) expect((await guarded(method, headers.location)).status).toBe(401);
      }
    },
  );

  it('does not see through the absolute form', async () => {
    const { status, body } = await guarded('GET', `http://any.example/v2/secret/blobs/${secret}`);
    expect([status, String(body)]).toEqual([200, 'a secret']);
  });

  it('does not see the source of a mount', async () => {
    expect((await guarded('POST', `/v2/mine/blobs/uploads/?mount=${secret}&from=secret`)).status).toBe(201);
    expect(String((await guarded('GET', `/v2/mine/blobs/${secret}`)).body)).toBe('a secret');
  });

  it('does not see a tag in the query', async () => {
    const headers = { 'Content-Type': imageType };
    const { status, headers: replied } = await guarded('PUT', `/v2/app/manifests/${manifest}?tag=stable`, headers, image());
    expect([status, replied['oci-tag']]).toEqual([201, 'stable']);
  });

  it.each([
    ['two escapes of one character', `/v2/%2573ecret/blobs/${secret}`, 400],
    ['escaped dots', `/v2/x%2f%2e%2e%2fsecret/blobs/${secret}`, 400],
    ['dots', `/v2/x/../secret/blobs/${secret}`, 400],
    ['capitals', `/V2/secret/blobs/${secret}`, 404],
    ['two slashes', `//v2/secret/blobs/${secret}`, 404],
  ])('need not look for %s, which the registry refuses', async (_, path, status) => {
    expect((await guarded('GET', path)).status).toBe(status);
  });
});

describe('authorize', () => {
  const asked: Need[] = [];
  const authorize: Authorize = ({ needs }) => ({
    subject: 'ann',
    may: (need) => {
      if (!needs.includes(need)) asked.push(need);
      return need.repository !== 'secret';
    },
  });

  it('is asked when a client comes to the plain path, and says no more of an escaped one than that', async () => {
    const client = await registry({ authorize });
    const { status, headers } = await client('GET', `/v2/%73ecret/blobs/${secret}`);
    expect([status, headers.location]).toEqual([308, `/v2/secret/blobs/${secret}`]);
    expect((await client('GET', headers.location ?? '')).status).toBe(403);
    expect((await client('GET', `/v2/%73ecre%74/blobs/${absent}`)).status).toBe(308);
  });

  it.each([
    ['/', '//evil.example/v2/%61/tags/list'],
    ['/', '/\\evil.example/v2/%61/tags/list'],
    ['/', 'http://evil.example/v2/%61/tags/list'],
    ['/registry', '/registry//evil.example/v2/%61/tags/list'],
    ['/*any', '//evil.example/v2/%61/tags/list'],
    ['/*any', '/%2F/evil.example/v2/%61/tags/list'],
  ])('leads nobody to another host, mounted at %s and asked for %s', async (mount, path) => {
    const client = await listening(express().use(mount, createRegistryHandler(driver)));
    const { location = '/' } = (await client('GET', path)).headers;
    expect(location).toMatch(/^\/(?![/\\])/);
  });

  it('is asked for the source of a mount, and what it refuses looks like what is not there', async () => {
    const client = await registry({ authorize });
    asked.length = 0;
    const refused = await client('POST', `/v2/app/blobs/uploads/?mount=${secret}&from=secret`);
    const missing = await client('POST', `/v2/app/blobs/uploads/?mount=${absent}&from=app`);
    const unnamed = await client('POST', `/v2/app/blobs/uploads/?mount=${secret}`);
    expect([refused.status, missing.status, unnamed.status]).toEqual([202, 202, 202]);
    expect(asked.map(({ repository }) => repository)).toEqual(['secret', 'app']);
  });

  it('hides repositories in the catalog', async () => {
    const { body } = await (await registry({ authorize }))('GET', '/v2/_catalog');
    expect(JSON.parse(String(body)).repositories).not.toContain('secret');
    expect(JSON.parse(String((await anyone('GET', '/v2/_catalog')).body)).repositories).toContain('secret');
  });

  it('is not asked of paths and values that are refused anyway', async () => {
    const operations: string[] = [];
    const counting: Authorize = (ask, credentials) => {
      operations.push(ask.operation);
      return authorize(ask, credentials);
    };
    const client = await registry({ deletes: false, authorize: counting });
    const replies = [
      await client('GET', '/v2/secret/nothing'),
      await client('GET', `/v2/SECRET/blobs/${secret}`),
      await client('DELETE', `/v2/secret/blobs/${secret}`),
    ];
    expect(replies.map(({ status }) => status)).toEqual([404, 400, 405]);
    expect(operations).toEqual([]);
  });

  it('is told of no tags by a deletion that takes them along', async () => {
    const needed: (readonly Need[])[] = [];
    const refusing: Authorize = ({ needs }) => {
      needed.push(needs);
      return { may: () => false };
    };
    await (await registry({ authorize: refusing }))('DELETE', `/v2/app/manifests/${manifest}`);
    expect(needed).toEqual([[{ repository: 'app', actions: ['delete'], digest: manifest }]]);
  });

  it('makes what is served private', async () => {
    const cached = async (client: Client) => (await client('GET', '/v2/app/manifests/latest')).headers['cache-control'];
    expect([await cached(anyone), await cached(await registry({ authorize }))]).toEqual(['no-cache', 'private, no-cache']);
  });
});

describe('forwarded headers', () => {
  /** The address that `authorize` is told, and where an upload goes on. */
  async function told(options: RegistryOptions, headers: Readonly<Record<string, string>>) {
    let address: string | undefined;
    const client = await registry({
      ...options,
      authorize: ({ remoteAddress }) => {
        address = remoteAddress;
        return { may: () => true };
      },
    });
    const { location = '' } = (await client('POST', '/v2/app/blobs/uploads/', headers)).headers;
    return [address, location.replace(/\/blobs.*/, '')];
  }
  const legacy = { 'X-Forwarded-For': '203.0.113.7', 'X-Forwarded-Host': 'good.example', 'X-Forwarded-Proto': 'https' };

  it('are not looked at unless their sender is trusted, and Host never is', async () => {
    expect(await told({}, { ...legacy, Host: 'evil.example' })).toEqual(['127.0.0.1', '/v2/app']);
  });

  it('count from a trusted proxy', async () => {
    expect(await told({ trustProxy: 'loopback' }, legacy)).toEqual(['203.0.113.7', 'https://good.example/v2/app']);
  });

  const forged = 'for=10.1.2.3;host=evil.example;proto=https';

  it('of a family that the proxy does not set lend a client neither address nor host', async () => {
    expect(await told({ trustProxy: 'loopback' }, { ...legacy, Forwarded: forged })).toEqual([undefined, '/v2/app']);
    const standard = { Forwarded: 'for=203.0.113.7;host=good.example;proto=https' };
    const options = { trustProxy: 'loopback', forwardedHeaders: 'forwarded' } as const;
    expect(await told(options, standard)).toEqual(['203.0.113.7', 'https://good.example/v2/app']);
    expect(await told(options, { ...standard, 'X-Forwarded-For': '10.1.2.3' })).toEqual([undefined, '/v2/app']);
  });

  /** What nginx sends on of a request, as the lines with these words have it: it fills in its variables. */
  function throughNginx(words: string, address: string, lies: Readonly<Record<string, string>>): Record<string, string> {
    const variables: Readonly<Record<string, string>> = {
      remote_addr: address,
      scheme: 'https',
      http_host: 'registry.example.com',
    };
    const lines = blockWith('SECURITY.md', words).matchAll(/^proxy_set_header (\S+) (?:'([^']*)'|"([^"]*)"|(\S+));$/gm);
    const set = [...lines].map(([, name = '', ...values]) => {
      const value = values.join('').replaceAll(/\$(\w+)/g, (_, variable) => variables[variable] ?? expect.fail(variable));
      return [name, value] as const;
    });
    return { ...lies, ...Object.fromEntries(set) };
  }

  it.each([
    ['$http_host', {}],
    ['for="$remote_addr"', { forwardedHeaders: 'forwarded' }],
  ] as const)(
    'are read as the lines for nginx with %s write them, with any address, and nothing of a client gets through',
    async (words, options) => {
      const lies = { ...legacy, 'X-Forwarded-Prefix': '/evil', Forwarded: forged };
      for (const address of ['203.0.113.9', '2001:db8::7'])
        expect(await told({ trustProxy: 'loopback', ...options }, throughNginx(words, address, lies))).toEqual([
          address,
          'https://registry.example.com/v2/app',
        ]);
    },
  );

  it('of the family that is not believed are nothing, also where they are alone', async () => {
    expect(await told({ trustProxy: 'loopback' }, { Forwarded: forged })).toEqual([undefined, '/v2/app']);
  });

  it('that were emptied by the proxy harm nobody', async () => {
    expect(await told({ trustProxy: 'loopback' }, { ...legacy, Forwarded: '', 'X-Forwarded-Prefix': '' })).toEqual([
      '203.0.113.7',
      'https://good.example/v2/app',
    ]);
  });

  it('do not let a client in by an address of its choice', async () => {
    const pushed: unknown[] = [];
    const office: Authorize = ({ remoteAddress = 'unknown' }) => {
      pushed.push(remoteAddress);
      return { may: () => remoteAddress.startsWith('10.') };
    };
    const client = await registry({ trustProxy: 'loopback', authorize: office });
    const push = (headers: Readonly<Record<string, string>>) => client('POST', '/v2/app/blobs/uploads/', headers);
    expect((await push({ ...legacy, 'X-Forwarded-For': '10.1.2.3' })).status).toBe(202);
    expect((await push(legacy)).status).toBe(403);
    expect((await push({ ...legacy, Forwarded: forged })).status).toBe(403);
    expect(pushed).toEqual(['10.1.2.3', '203.0.113.7', 'unknown']);
  });
});

describe('browsers', () => {
  it('are kept from running what was pushed as a page', async () => {
    await anyone('PUT', '/v2/app/manifests/page', {}, '{"mediaType":"text/html","x":"<script>alert(1)</script>"}');
    const { headers } = await anyone('GET', '/v2/app/manifests/page');
    expect(headers).toMatchObject({
      'content-type': 'text/html',
      'x-content-type-options': 'nosniff',
      'content-security-policy': "default-src 'none'; sandbox",
    });
  });

  it('may push blobs to an open registry from a foreign page, and ask for nothing with a preflight', async () => {
    const foreign = { Origin: 'https://evil.example' };
    const text = { ...foreign, 'Content-Type': 'text/plain' };
    expect((await anyone('POST', `/v2/app/blobs/uploads/?digest=${digest('spam')}`, text, 'spam')).status).toBe(201);
    const { status, headers } = await anyone('OPTIONS', '/v2/app/manifests/latest', foreign);
    expect([status, headers['access-control-allow-origin']]).toEqual([405, undefined]);
  });
});

it('a server that is made with a requestTimeout of 0 waits for request headers for ever', () => {
  const set = createServer();
  set.requestTimeout = 0;
  expect([createServer({ requestTimeout: 0 }).headersTimeout, set.headersTimeout]).toEqual([0, 60_000]);
});
