/** The option `throttle`: clients that ask too often, or for too much at a time, are refused, and nobody else is. */
import { describe, expect, it } from 'vitest';
import { memoryDriver } from '../../drivers/memory.ts';
import { basic, passwords } from '../../lib/auth/index.ts';
import { hashPassword } from '../../lib/auth/passwords/scrypt.ts';
import type { RegistryOptions } from '../../lib/index.ts';
import { digest } from '../../lib/testing/exchanges/given.ts';
import { type ThrottleOptions, throttle } from '../../lib/throttle/index.ts';
import { locationOf, open, send } from '../support/client.ts';
import { startForTest } from '../support/fixture.ts';
import { connectTo } from '../support/socket.ts';

async function serve(given: ThrottleOptions, options: RegistryOptions = {}) {
  const registry = await startForTest({ driver: memoryDriver(), options: { ...options, throttle: throttle(given) } });
  const ask = async (method: string, path: string, headers: Record<string, string> = {}, body = '') => {
    const reply = await send(registry.url, { method, path, headers, body });
    await registry.idle();
    return reply;
  };
  return { ...registry, ask };
}

/** A client behind a proxy that is trusted. */
const from = (address: string) => ({ 'X-Forwarded-For': address });
const login = (name: string) => ({ Authorization: `Basic ${Buffer.from(`${name}:${name}`).toString('base64')}` });
const uploads = '/v2/a/blobs/uploads/';

describe('a rate for each address', () => {
  const rate = { perAddress: { perSecond: 0.001, burst: 2 } };

  it('refuses what is more with 429, which says when to ask again', async () => {
    const { ask } = await serve(rate);
    expect([(await ask('GET', '/v2/')).status, (await ask('GET', '/v2/')).status]).toEqual([200, 200]);
    const { status, headers, body } = await ask('GET', '/v2/');
    expect(status).toBe(429);
    expect(JSON.parse(String(body))).toEqual({
      errors: [
        {
          code: 'TOOMANYREQUESTS',
          message: expect.stringMatching(/^too many requests: ask again in (?:1000|999) s$/),
          detail: { reason: 'rate', per: 'address', limit: 2 },
        },
      ],
    });
    expect(headers).toMatchObject({
      'retry-after': expect.stringMatching(/^(?:1000|999)$/),
      'ratelimit-policy': '"address-rate";q=2;w=2000',
      ratelimit: expect.stringMatching(/^"address-rate";r=0;t=(?:1000|999)$/),
    });
  });

  it('lets requests in again as time passes', async () => {
    const { ask } = await serve({ perAddress: { perSecond: 20, burst: 1 } });
    const status = async () => (await ask('GET', '/v2/')).status;
    await expect.poll(status, { interval: 0 }).toBe(429);
    await new Promise((resolve) => setTimeout(resolve, 60));
    expect(await status()).toBe(200);
  });

  it('is one for each address that a trusted proxy names, and one for each network of IPv6', async () => {
    const { ask } = await serve({ perAddress: { perSecond: 0.001, burst: 1 } }, { trustProxy: 'loopback' });
    const statusesOf = async (...addresses: string[]) => {
      const statuses: number[] = [];
      for (const address of addresses) statuses.push((await ask('GET', '/v2/', from(address))).status);
      return statuses;
    };
    expect(await statusesOf('192.0.2.1', '192.0.2.2', '192.0.2.1', '::ffff:192.0.2.2')).toEqual([200, 200, 429, 429]);
    expect(await statusesOf('2001:db8::1', '2001:db8::2', '2001:db8:0:1::1')).toEqual([200, 429, 200]);
  });

  it('takes no address from a header where no proxy is trusted', async () => {
    const { ask } = await serve({ perAddress: { perSecond: 0.001, burst: 1 } });
    expect((await ask('GET', '/v2/', from('192.0.2.1'))).status).toBe(200);
    expect((await ask('GET', '/v2/', from('192.0.2.2'))).status).toBe(429);
  });

  it('counts requests that are refused, whatever for, and asks no authorize about those that are too many', async () => {
    let asked = 0;
    const { ask } = await serve(
      { perAddress: { perSecond: 0.001, burst: 3 } },
      { authorize: () => ({ may: () => ++asked > 0 && false }) },
    );
    expect((await ask('GET', '/v2/nowhere')).status).toBe(404);
    expect((await ask('PUT', '/v2/')).status).toBe(405);
    expect((await ask('GET', '/v2/a/tags/list')).status).toBe(403);
    expect((await ask('GET', '/v2/a/tags/list')).status).toBe(429);
    expect(asked).toBe(1);
  });
});

describe('requests at a time', () => {
  it('are counted until their responses have ended, however they end', async () => {
    const registry = await serve({ perAddress: { concurrent: 1 } });
    const location = locationOf(await registry.ask('POST', uploads));
    const socket = await connectTo(Number(new URL(registry.url).port));
    socket.on('error', () => {});
    socket.write(`PATCH ${location} HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nhello`);
    await expect.poll(() => registry.requests.matching({ operation: 'appendUpload' })).toHaveLength(1);
    const { status, headers, body } = await send(registry.url, { method: 'GET', path: '/v2/' });
    expect([status, headers['retry-after'], headers.ratelimit]).toEqual([429, '1', '"address-concurrent";r=0;t=1']);
    expect(String(body)).toContain('more than 1 requests at a time');
    socket.destroy();
    await registry.idle();
    expect((await registry.ask('GET', '/v2/')).status).toBe(200);
  });

  it('leave no count behind after 300 requests of every end', async () => {
    const registry = await serve({ perAddress: { concurrent: 8 } });
    const blob = `/v2/a/blobs/${digest('hello')}`;
    await registry.ask('POST', `${uploads}?digest=${digest('hello')}`, {}, 'hello');
    const kinds = [
      () => send(registry.url, { method: 'GET', path: blob }),
      () => send(registry.url, { method: 'HEAD', path: '/v2/a/manifests/none' }),
      () => send(registry.url, { method: 'PUT', path: '/v2/a/manifests/x', body: 'none' }),
      async () => (await open(registry.url, { method: 'GET', path: blob })).destroy(),
      () => registry.fetch(`${registry.url}/v2/`).then((reply) => reply.text()),
      () => registry.fetch(registry.url + blob).then((reply) => reply.body?.cancel()),
    ];
    for (let round = 0; round < 50; round++) await Promise.all(kinds.map((kind) => kind()));
    await registry.idle();
    const together = await Promise.all(Array.from({ length: 8 }, () => send(registry.url, { method: 'GET', path: '/v2/' })));
    expect(together.map(({ status }) => status)).toEqual(Array<number>(8).fill(200));
  });
});

describe('a rate for each subject', () => {
  it('is that of the login, wherever it asks from; who is not known is not counted', async () => {
    const verify = passwords({ ann: await hashPassword('ann'), bob: await hashPassword('bob') });
    const authorize = basic({ verify, policy: () => true, probe: 'open' });
    const { ask } = await serve({ perSubject: { perSecond: 0.001, burst: 2 } }, { authorize, trustProxy: 'loopback' });
    const as = async (name: string, address: string) =>
      (await ask('GET', '/v2/_catalog', { ...login(name), ...from(address) })).status;
    expect([await as('ann', '192.0.2.1'), await as('ann', '192.0.2.2'), await as('ann', '192.0.2.3')]).toEqual([200, 200, 429]);
    expect(await as('bob', '192.0.2.1')).toBe(200);
    for (let count = 0; count < 5; count++) expect((await ask('GET', '/v2/')).status).toBe(200);
  });
});

describe('open uploads', () => {
  it('are bounded: one that is closed or cancelled makes room for another', async () => {
    const { ask } = await serve({ perAddress: { openUploads: 2 } });
    const [first, second] = [locationOf(await ask('POST', uploads)), locationOf(await ask('POST', uploads))];
    const refused = await ask('POST', uploads);
    expect([refused.status, refused.headers.ratelimit]).toEqual([429, '"address-open-uploads";r=0;t=1']);
    expect((await ask('PUT', `${first}&digest=${digest('hello')}`, {}, 'hello')).status).toBe(201);
    const third = await ask('POST', uploads);
    expect(third.status).toBe(202);
    expect((await ask('POST', `${uploads}?mount=${digest('hello')}&from=a`)).status).toBe(429);
    expect((await ask('DELETE', second)).status).toBe(204);
    expect((await ask('POST', `${uploads}?mount=${digest('hello')}&from=a`)).status).toBe(201);
    expect((await ask('POST', uploads)).status).toBe(202);
    expect((await ask('POST', `${uploads}?digest=${digest('x')}`, {}, 'x')).status).toBe(201);
  });

  it('stay open where they are asked for in another repository', async () => {
    const { ask } = await serve({ perAddress: { openUploads: 1 } });
    const location = locationOf(await ask('POST', uploads));
    expect((await ask('GET', location.replace('/v2/a/', '/v2/b/'))).status).toBe(404);
    expect((await ask('POST', uploads)).status).toBe(429);
    expect((await ask('DELETE', location)).status).toBe(204);
    expect((await ask('POST', uploads)).status).toBe(202);
  });

  it('count also where the client has left before it heard of them', async () => {
    const right = memoryDriver();
    let go = (): void => {};
    const gone = new Promise<void>((resolve) => {
      go = resolve;
    });
    let created = 0;
    const create: typeof right.uploads.create = async (...given) => {
      created++;
      if (created === 1) await gone;
      return right.uploads.create(...given);
    };
    const driver = { ...right, uploads: { ...right.uploads, create } };
    const registry = await startForTest({ driver, options: { throttle: throttle({ perAddress: { openUploads: 1 } }) } });
    const socket = await connectTo(Number(new URL(registry.url).port));
    socket.on('error', () => {});
    socket.write(`POST ${uploads} HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n`);
    await expect.poll(() => created).toBe(1);
    socket.destroy();
    await new Promise((resolve) => setTimeout(resolve, 50));
    go();
    await registry.idle();
    expect((await send(registry.url, { method: 'POST', path: uploads })).status).toBe(429);
  });

  it('are bounded as well where all begin at once', async () => {
    const { url } = await serve({ perAddress: { openUploads: 5 } });
    const replies = await Promise.all(Array.from({ length: 40 }, () => send(url, { method: 'POST', path: uploads })));
    expect(replies.filter(({ status }) => status === 202)).toHaveLength(5);
    expect(replies.filter(({ status }) => status === 429)).toHaveLength(35);
  });
});

describe('throttle', () => {
  it.each<readonly [object, string]>([
    [{}, 'one of perAddress and perSubject must be given'],
    [{ perAddress: {} }, 'perAddress must bound something: perSecond, burst, concurrent, openUploads'],
    [{ perAddress: { burst: 3 } }, 'perAddress must have perSecond beside burst'],
    [{ perSubject: { perSecond: 0 } }, 'perSubject is wrong: perSecond must be a positive number, not 0'],
    [{ perSubject: { perMinute: 1 } }, "there is no option 'perMinute'; use perSecond, burst, concurrent, openUploads"],
  ])('refuses %j in words', (options, words) => {
    expect(() => throttle(options)).toThrow(words);
  });

  it('of a host whose end fails is logged, and changes nothing', async () => {
    const end = () => {
      throw new Error('lost count');
    };
    const registry = await startForTest({ options: { throttle: () => ({ admit: () => {}, end }) } });
    expect((await send(registry.url, { method: 'GET', path: '/v2/' })).status).toBe(200);
    await registry.idle();
    expect(registry.logged).toMatchObject([{ message: 'throttle failed', details: { err: { message: 'lost count' } } }]);
  });
});
