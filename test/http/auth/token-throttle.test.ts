/** Requests for tokens are counted by the address of their client, so that passwords are not guessed at any speed. */
import { createServer } from 'node:http';
import { describe, expect, it, onTestFinished } from 'vitest';
import { memoryDriver } from '../../../drivers/memory.ts';
import { rules, type TokenEndpointOptions, tokenEndpoint, tokenKey } from '../../../lib/auth/index.ts';
import { createRegistryHandler, type Departure, RegistryError } from '../../../lib/index.ts';
import { type ThrottleOptions, throttle } from '../../../lib/throttle/index.ts';
import { listen } from '../../support/server.ts';

const key = await tokenKey();
const twice: ThrottleOptions = { perAddress: { perSecond: 0.001, burst: 2 } };
const from = (address: string) => ({ 'X-Forwarded-For': address });
const guess = (password: string) => ({ Authorization: `Basic ${Buffer.from(`ann:${password}`).toString('base64')}` });

/** A token service, and how often a password was checked. */
function service(options: Partial<TokenEndpointOptions>) {
  const checked: string[] = [];
  const failures: unknown[] = [];
  const tokens = tokenEndpoint({
    issuer: 'issuer',
    service: 'registry',
    key,
    verify: (_, password) => {
      checked.push(password);
      return password === 'right';
    },
    policy: rules([{ anyone: true, repositories: '**', actions: ['pull'] }]),
    onError: (error) => failures.push(error),
    ...options,
  });
  return { tokens, checked, failures };
}

/** A token service and a registry, which a server has. */
async function serve(options: Partial<TokenEndpointOptions>) {
  const { tokens, ...seen } = service(options);
  const { throttle } = options;
  const registry = createRegistryHandler(memoryDriver(), throttle ? { throttle } : {});
  const server = createServer(
    (request, response) => void (request.url?.startsWith('/token') ? tokens : registry)(request, response),
  );
  const { origin, close } = await listen(server);
  onTestFinished(() => close());
  const ask = (headers: Record<string, string> = {}, init: RequestInit = {}) => fetch(`${origin}/token`, { ...init, headers });
  const statusesOf = async (...all: Record<string, string>[]) => {
    const statuses: number[] = [];
    for (const headers of all) statuses.push((await ask(headers)).status);
    return statuses;
  };
  return { ...seen, origin, ask, statusesOf };
}

describe('a throttle of a token service', () => {
  it('refuses what is more with 429 before a password is checked, and says when to ask again', async () => {
    const { ask, statusesOf, checked, failures } = await serve({ throttle: throttle(twice) });
    expect(await statusesOf(guess('a'), guess('b'))).toEqual([401, 401]);
    const reply = await ask(guess('right'));
    expect(reply.status).toBe(429);
    expect(await reply.json()).toEqual({
      errors: [
        {
          code: 'TOOMANYREQUESTS',
          message: expect.stringContaining('too many requests'),
          detail: { reason: 'rate', per: 'address', limit: 2 },
        },
      ],
    });
    expect(Number(reply.headers.get('retry-after'))).toBeGreaterThan(900);
    expect(reply.headers.get('ratelimit-policy')).toBe('"address-rate";q=2;w=2000');
    expect(checked).toEqual(['a', 'b']);
    expect(failures).toEqual([]);
  });

  it('counts forms and what has no login as well', async () => {
    const { ask } = await serve({ throttle: throttle(twice) });
    const body = new URLSearchParams({ grant_type: 'password', username: 'ann', password: 'a' });
    expect((await ask({}, { method: 'POST', body })).status).toBe(401);
    expect((await ask()).status).toBe(200);
    expect((await ask({}, { method: 'POST', body })).status).toBe(429);
  });

  it('counts no subjects: who guesses somebody else’s password locks nobody out', async () => {
    const limits = throttle({ perSubject: { perSecond: 0.001, burst: 1 } });
    const { statusesOf } = await serve({ throttle: limits });
    expect(await statusesOf(guess('a'), guess('b'), guess('right'), guess('right'))).toEqual([401, 401, 200, 200]);
  });

  it('counts together with the registry that has the same one', async () => {
    const { origin, statusesOf } = await serve({ throttle: throttle(twice) });
    expect((await fetch(`${origin}/v2/`)).status).toBe(200);
    expect(await statusesOf({}, {})).toEqual([200, 429]);
    expect((await fetch(`${origin}/v2/`)).status).toBe(429);
  });

  it('takes an address from a header only where a proxy is trusted', async () => {
    const plain = await serve({ throttle: throttle(twice) });
    expect(await plain.statusesOf(from('192.0.2.1'), from('192.0.2.2'), from('192.0.2.3'))).toEqual([200, 200, 429]);
    const behind = await serve({ throttle: throttle(twice), trustProxy: 'loopback' });
    const [one, other] = [from('192.0.2.1'), from('192.0.2.2')];
    expect(await behind.statusesOf(one, one, one, other)).toEqual([200, 200, 429, 200]);
    // What a client put before what its proxy appends is not believed.
    expect(await behind.statusesOf(from('192.0.2.9, 192.0.2.1'))).toEqual([429]);
    const standard = await serve({ throttle: throttle(twice), trustProxy: 'loopback', forwardedHeaders: 'forwarded' });
    const by = (address: string) => ({ Forwarded: `for=${address}` });
    expect(await standard.statusesOf(by('192.0.2.1'), by('192.0.2.1'), by('192.0.2.1'), by('192.0.2.2'))).toEqual([
      200, 200, 429, 200,
    ]);
  });

  it('counts requests at a time until they are answered, also those that were refused', async () => {
    let answer = (): void => {};
    const gate = new Promise<boolean>((resolve) => {
      answer = () => resolve(false);
    });
    const { ask } = await serve({ throttle: throttle({ perAddress: { concurrent: 1 } }), verify: () => gate });
    const first = ask(guess('a'));
    await expect.poll(async () => (await ask()).status).toBe(429);
    answer();
    expect((await first).status).toBe(401);
    expect((await ask()).status).toBe(200);
  });

  it('lets pages of other origins read its refusal', async () => {
    const { ask } = await serve({ throttle: throttle({ perAddress: { perSecond: 0.001, burst: 1 } }), origins: '*' });
    const page = { Origin: 'https://ui.example.com' };
    await ask(page);
    const { status, headers } = await ask(page);
    expect([status, headers.get('access-control-allow-origin')]).toEqual([429, 'https://ui.example.com']);
    expect(headers.get('access-control-expose-headers')).toContain('Retry-After');
  });

  it('knows the clients of a host that speaks fetch by what it hands over', async () => {
    const { tokens } = service({ throttle: throttle({ perAddress: { perSecond: 0.001, burst: 1 } }) });
    const ask = async (context?: unknown) => (await tokens.fetch(new Request('http://registry/token'), context)).status;
    const one = { remoteAddress: '192.0.2.1' };
    expect([await ask(one), await ask(one), await ask({ remoteAddr: { hostname: '192.0.2.2' } })]).toEqual([200, 429, 200]);
    expect([await ask(), await ask({})]).toEqual([200, 429]);
  });

  it('tells who made it what fails in it, and lets nobody in because of that', async () => {
    const departures: Departure[] = [];
    const broken = () => {
      throw new Error('the counter is down');
    };
    const forgetful = () => ({
      admit: () => {},
      end: (departure: Departure) => {
        departures.push(departure);
        broken();
      },
    });
    const first = service({ throttle: broken });
    expect((await first.tokens.fetch(new Request('http://registry/token'))).status).toBe(503);
    expect(first.failures).toEqual([new Error('the counter is down')]);
    const second = service({ throttle: forgetful });
    expect((await second.tokens.fetch(new Request('http://registry/token'))).status).toBe(200);
    expect([departures, second.failures]).toEqual([[{ status: 200 }], [new Error('the counter is down')]]);
    const third = service({ throttle: throttle(twice), trustProxy: broken });
    expect((await third.tokens.fetch(new Request('http://registry/token'), { remoteAddress: '192.0.2.1' })).status).toBe(503);
    expect(third.failures).toEqual([new Error('the counter is down')]);
    const refusing = () => {
      throw new RegistryError('TOOMANYREQUESTS', { headers: { 'Retry-After': '7' } });
    };
    const fourth = service({ throttle: refusing });
    const reply = await fourth.tokens.fetch(new Request('http://registry/token'));
    expect([reply.status, reply.headers.get('retry-after'), fourth.failures]).toEqual([429, '7', []]);
  });
});
