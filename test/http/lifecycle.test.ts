/** How a registry ends: at once, or after what is under way; and that nothing uses its driver afterwards. */
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { memoryDriver } from '../../drivers/memory.ts';
import { createNodeHandler } from '../../lib/doors/node/handler.ts';
import type { DrainOptions, Driver, RegistryHandler, RegistryOptions } from '../../lib/index.ts';
import { createRegistryHandler } from '../../lib/index.ts';
import { createRegistry } from '../../lib/registry.ts';
import { digest } from '../../lib/testing/exchanges/given.ts';
import { send } from '../support/client.ts';
import { listen } from '../support/server.ts';
import { closed, connectTo } from '../support/socket.ts';

vi.mock('../../lib/timers.ts', async (load) => {
  const { fakeable } = await import('../support/fakeable-timers.ts');
  return fakeable(await load());
});

const open: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0)) await close();
});

/** A driver that notes each call of its stores, and fails those that come after its end. */
function watched(changes: Partial<Driver['blobs']> = {}): { driver: Driver; late: string[]; isClosed: () => boolean } {
  const memory = memoryDriver();
  const late: string[] = [];
  let closed = false;
  const watch = <S extends object>(store: S): S =>
    new Proxy(store, {
      get: (target, name, receiver) => {
        if (closed) late.push(String(name));
        return Reflect.get(target, name, receiver);
      },
    });
  const driver: Driver = {
    name: 'watched',
    blobs: watch({ ...memory.blobs, ...changes }),
    uploads: watch(memory.uploads),
    manifests: watch(memory.manifests),
    close: async () => {
      closed = true;
    },
  };
  return { driver, late, isClosed: () => closed };
}

async function serve(handler: RegistryHandler): Promise<{ port: number; origin: string }> {
  const listening = await listen(handler);
  open.push(listening.close);
  return listening;
}

/** Connects, and sends a text. */
async function write(port: number, text: string): Promise<Socket> {
  const socket = await connectTo(port);
  socket.write(text);
  return socket;
}

async function started(options: RegistryOptions = {}, changes: Partial<Driver['blobs']> = {}) {
  const watching = watched(changes);
  const handler = createRegistryHandler(watching.driver, options);
  const { port, origin } = await serve(handler);
  const ask = (method: string, path: string) => send(origin, { method, path });
  const begin = async () => (await ask('POST', '/v2/a/blobs/uploads/')).headers.location ?? '';
  return { ...watching, handler, port, ask, begin };
}

const patch = (location: string, length: number) => `PATCH ${location} HTTP/1.1\r\nHost: x\r\nContent-Length: ${length}\r\n\r\n`;

describe('close', () => {
  it('stops the upkeep before the driver is closed, which nothing uses afterwards', async () => {
    const { handler, late, isClosed } = await started({ uploadExpiry: 1_000 });
    await handler.close();
    expect(isClosed()).toBe(true);
    await sleep(400);
    expect(late).toEqual([]);
  });

  it('waits for an expiry that is under way', async () => {
    const memory = memoryDriver();
    let expiring = false;
    const seen: boolean[] = [];
    const driver: Driver = {
      ...memory,
      uploads: {
        ...memory.uploads,
        expire: async () => {
          expiring = true;
          await sleep(100);
          expiring = false;
          return 0;
        },
      },
      close: async () => void seen.push(expiring),
    };
    const handler = createRegistryHandler(driver);
    while (!expiring) await sleep(5);
    await handler.close();
    expect(seen).toEqual([false]);
  });

  it('refuses what comes afterwards with 503, and never asks the driver', async () => {
    const { handler, ask, late } = await started();
    await handler.close();
    for (const path of ['/v2/', '/v2/a/tags/list', `/v2/a/blobs/${digest('x')}`]) {
      const reply = await ask('GET', path);
      expect(reply.status).toBe(503);
      expect(reply.headers['retry-after']).toBe('5');
      expect(JSON.parse(String(reply.body))).toEqual({
        errors: [{ code: 'UNAVAILABLE', message: 'the registry is shutting down', detail: { reason: 'shutting-down' } }],
      });
    }
    expect(late).toEqual([]);
  });

  it('breaks off a body that stands still, a reply that nobody reads, and a request that is queued', async () => {
    const endless = async function* () {
      for (;;) yield Buffer.alloc(64 * 1024);
    };
    const { handler, begin, port, isClosed, late } = await started(
      {},
      { get: async () => ({ size: 2 ** 40, open: async () => endless() }) },
    );
    const blob = `GET /v2/a/blobs/${digest('x')} HTTP/1.1\r\nHost: x\r\n\r\n`;
    const sockets = [await write(port, `${patch(await begin(), 10)}hello`), await write(port, blob.repeat(3))];
    for (const socket of sockets) socket.pause();
    await sleep(100);
    const before = performance.now();
    await handler.close();
    expect(performance.now() - before).toBeLessThan(1_000);
    expect(isClosed()).toBe(true);
    await Promise.all(sockets.map(closed));
    expect(late).toEqual([]);
  });

  it('logs nothing of a reply that was decided in the moment of the close', async () => {
    const logged: object[] = [];
    const log = (details: object) => void logged.push(details);
    let reached = (): void => {};
    const looking = new Promise<void>((resolve) => {
      reached = resolve;
    });
    let find = (): void => {};
    const found = new Promise<undefined>((resolve) => {
      find = () => resolve(undefined);
    });
    const get = () => {
      reached();
      return found;
    };
    const { handler, port } = await started({ logger: { error: log, warn: log } }, { get });
    const socket = await write(port, `GET /v2/a/blobs/${digest('x')} HTTP/1.1\r\nHost: x\r\n\r\n`);
    await looking;
    find();
    await handler.close();
    expect(logged).toEqual([]);
    socket.destroy();
  });

  it('is one end however often it is asked for, and what `await using` does', async () => {
    let closes = 0;
    const driver = { ...memoryDriver(), close: async () => void closes++ };
    {
      await using handler = createRegistryHandler(driver);
      await Promise.all([handler.close(), handler.close(), handler.drain()]);
    }
    expect(closes).toBe(1);
  });

  it('passes on what the close of the driver throws', async () => {
    const driver = { ...memoryDriver(), close: () => Promise.reject(new Error('still in use')) };
    await expect(createRegistryHandler(driver).close()).rejects.toThrow('still in use');
  });
});

describe('drain', () => {
  it('refuses what begins an upload, and serves the rest on connections that close', async () => {
    const { handler, begin, ask, port, isClosed } = await started();
    const location = await begin();
    const socket = await write(port, `${patch(location, 10)}hello`);
    await sleep(50);
    const drained = handler.drain();
    for (const query of ['', `?digest=${digest('x')}`, `?mount=${digest('x')}&from=b`]) {
      const refused = await ask('POST', `/v2/a/blobs/uploads/${query}`);
      expect([refused.status, refused.headers['retry-after']]).toEqual([503, '5']);
    }
    const served = await ask('GET', '/v2/');
    expect([served.status, served.headers.connection]).toEqual([200, 'close']);
    expect(isClosed()).toBe(false);
    socket.write('world');
    const [reply] = (await once(socket, 'data')) as [Buffer];
    expect(String(reply)).toMatch(/^HTTP\/1\.1 202 .*Connection: close/s);
    await drained;
    expect(isClosed()).toBe(true);
  });

  it('waits for what onResponse does with the last requests', async () => {
    let written = 0;
    const { handler, ask, isClosed } = await started({
      onResponse: async () => {
        await sleep(100);
        written++;
      },
    });
    await ask('GET', '/v2/');
    await handler.drain();
    expect([written, isClosed()]).toEqual([1, true]);
  });

  it('is expected, and logged as no error', async () => {
    const errors: object[] = [];
    const { handler, ask } = await started({ logger: { error: (details) => void errors.push(details), warn: () => {} } });
    await handler.drain();
    expect((await ask('GET', '/v2/')).status).toBe(503);
    expect(errors).toEqual([]);
  });

  it('breaks off what is still under way at the deadline', async () => {
    const { handler, begin, port, isClosed, late } = await started();
    const socket = await write(port, `${patch(await begin(), 10)}hello`);
    await sleep(50);
    const before = performance.now();
    await handler.drain({ deadline: 150 });
    expect(performance.now() - before).toBeGreaterThan(140);
    expect(performance.now() - before).toBeLessThan(1_500);
    expect(isClosed()).toBe(true);
    await closed(socket);
    expect(late).toEqual([]);
  });

  it.each([Number.POSITIVE_INFINITY, 2 ** 31])('lets what is under way finish where the deadline is %d', async (deadline) => {
    const { handler, begin, port, isClosed } = await started();
    const socket = await write(port, `${patch(await begin(), 10)}hello`);
    await sleep(50);
    const drained = handler.drain({ deadline });
    await sleep(100);
    expect(isClosed()).toBe(false);
    socket.write('world');
    const [reply] = (await once(socket, 'data')) as [Buffer];
    expect(String(reply)).toMatch(/^HTTP\/1\.1 202 /);
    await drained;
    expect(isClosed()).toBe(true);
  });

  it.each([Number.NaN, -1, '500', null])('refuses %s as a deadline, and drains nothing', async (deadline) => {
    const { handler, ask } = await started();
    await expect(handler.drain({ deadline } as DrainOptions)).rejects.toThrow(
      /^drain: deadline must be a number of milliseconds from 0 to Infinity, not /,
    );
    expect((await ask('POST', '/v2/a/blobs/uploads/')).status).toBe(202);
  });

  it('ends at once where nothing is under way', async () => {
    const { handler, isClosed } = await started();
    const before = performance.now();
    await handler.drain({ deadline: 60_000 });
    expect(performance.now() - before).toBeLessThan(500);
    expect(isClosed()).toBe(true);
  });
});

describe('two doors over one registry', () => {
  it('start one timer, and end together', async () => {
    vi.useFakeTimers();
    try {
      const memory = memoryDriver();
      let looks = 0;
      const expire = async () => ++looks;
      const registry = createRegistry({ ...memory, uploads: { ...memory.uploads, expire } }, { uploadExpiry: 60_000 });
      const doors = [createNodeHandler(registry), createNodeHandler(registry)];
      await vi.advanceTimersByTimeAsync(1_000);
      expect(looks).toBe(1);
      await doors[0]?.close();
      await vi.advanceTimersByTimeAsync(600_000);
      expect(looks).toBe(1);
    } finally {
      vi.useRealTimers();
    }
  });

  it('are both cut off by the end of either', async () => {
    const { driver, isClosed } = watched();
    const registry = createRegistry(driver);
    const [one, other] = [createNodeHandler(registry), createNodeHandler(registry)];
    const { port, origin } = await serve(other);
    const begun = await send(origin, { method: 'POST', path: '/v2/a/blobs/uploads/' });
    const socket = await write(port, `${patch(begun.headers.location ?? '', 10)}hello`);
    await sleep(50);
    await one.close();
    expect(isClosed()).toBe(true);
    await closed(socket);
    expect((await send(origin, { method: 'GET', path: '/v2/' })).status).toBe(503);
  });
});
