/** An authorizer that gives no answer: clients are told so in time, it is told too, and no timer stays behind. */
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it, vi } from 'vitest';
import { memoryDriver } from '../../drivers/memory.ts';
import { createFetchHandler } from '../../lib/fetch.ts';
import type { Authorize } from '../../lib/index.ts';
import { overrideDriver } from '../../lib/testing/override-driver.ts';
import { readName } from '../../lib/testing/suite/samples.ts';
import { codeOf, send } from '../support/client.ts';
import { startHandler } from '../support/server.ts';
import { connectTo } from '../support/socket.ts';

const never = new Promise<never>(() => {});
/** A driver with one repository. */
const driver = () => overrideDriver(memoryDriver(), { manifests: { repositories: async () => [readName('a')] } });
const serve = (authorize: Authorize, milliseconds = 50) =>
  startHandler(driver(), { authorize, timeouts: { authorize: milliseconds } });
const get = (origin: string, path: string) => send(origin, { method: 'GET', path });
const said = (name: string) => `${name} gave no answer for 50 ms, which is as long as the option timeouts.authorize lets it take`;

describe('an authorizer that gives no answer', () => {
  it.each<[string, string, Authorize]>([
    ['authorize', '/v2/', () => never],
    ['authorize', '/v2/a/tags/list', () => never],
    ['may', '/v2/a/tags/list', () => ({ may: () => never })],
    ['may', '/v2/_catalog', () => ({ may: (need) => need.catalog ?? never })],
  ])('is a 503 in time, and a line in the log that names the option: %s at %s', async (name, path, authorize) => {
    await using registry = await serve(authorize);
    const reply = await get(registry.origin, path);
    expect([reply.status, codeOf(reply), reply.headers['retry-after']]).toEqual([503, 'UNAVAILABLE', '5']);
    expect(String(reply.body)).not.toContain('timeouts');
    expect(registry.logged).toMatchObject([{ err: { name: 'TimeoutError', message: said(name) } }]);
    expect(registry.events).toMatchObject([{ status: 503, code: 'UNAVAILABLE' }]);
  });

  it('is one through fetch as well', async () => {
    const registry = createFetchHandler(driver(), { authorize: () => never, timeouts: { authorize: 50 } });
    expect((await registry(new Request('http://registry/v2/'))).status).toBe(503);
  });

  it.each<[string, (asked: (signal: AbortSignal) => Promise<never>) => Authorize]>([
    ['authorize', (asked) => (ask) => asked(ask.signal)],
    ['may', (asked) => (ask) => ({ may: () => asked(ask.signal) })],
  ])('is told so by its signal, and what it throws then is heard by nobody: %s', async (name, authorizing) => {
    const reasons: unknown[] = [];
    const untilAborted = (signal: AbortSignal) =>
      new Promise<never>((_, reject) =>
        signal.addEventListener('abort', () => {
          reasons.push(signal.reason);
          reject(signal.reason);
        }),
      );
    await using registry = await serve(authorizing(untilAborted));
    expect((await get(registry.origin, '/v2/a/tags/list')).status).toBe(503);
    expect(reasons).toMatchObject([{ name: 'TimeoutError', message: said(name) }]);
    expect(registry.logged).toHaveLength(1);
  });

  it('finds the signal aborted where it looks at it too late', async () => {
    const found: boolean[] = [];
    await using registry = await serve(async (ask) => {
      await sleep(100);
      found.push(ask.signal.aborted);
      return never;
    });
    expect((await get(registry.origin, '/v2/')).status).toBe(503);
    await vi.waitFor(() => expect(found).toEqual([true]));
  });

  it('is waited for as long as it takes where the option is 0', async () => {
    await using registry = await serve(async () => {
      await sleep(200);
      return { may: () => true };
    }, 0);
    expect((await get(registry.origin, '/v2/a/tags/list')).status).toBe(404);
  });
});

describe('each answer has the whole time', () => {
  it('so that a request with many may take longer', async () => {
    const slow = async <T>(answer: T) => sleep(60, answer);
    await using registry = await serve(() => slow({ may: () => slow(true) }), 100);
    expect((await get(registry.origin, '/v2/a/tags/list')).status).toBe(404);
    expect(registry.logged).toEqual([]);
  });
});

describe('no timer stays behind', () => {
  /** How many timers of the process run. */
  const timers = (): number => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
  const aMinute = 60_000;

  it.each<[string, Authorize, number]>([
    ['an answer', async () => ({ may: async () => true }), 404],
    ['a refusal', async () => ({ may: async () => false }), 403],
    ['a failure', () => Promise.reject(new Error('broken')), 503],
  ])('after %s', async (_, authorize, status) => {
    await using registry = await serve(authorize, aMinute);
    await get(registry.origin, '/v2/');
    const before = timers();
    expect((await get(registry.origin, '/v2/a/tags/list')).status).toBe(status);
    expect(timers()).toBeLessThanOrEqual(before);
  });

  it('after a client that left', async () => {
    await using registry = await serve(() => never, aMinute);
    const before = timers();
    const socket = await connectTo(registry.port);
    socket.write('GET /v2/ HTTP/1.1\r\nHost: a\r\n\r\n');
    await vi.waitFor(() => expect(timers()).toBeGreaterThan(before), { interval: 1 });
    socket.destroy();
    await vi.waitFor(() => expect(registry.events).toMatchObject([{ status: 499 }]));
    await vi.waitFor(() => expect(timers()).toBeLessThanOrEqual(before));
  });
});
