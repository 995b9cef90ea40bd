/** The work on requests whose reply is not needed any longer: it is told so, it stops, and nothing waits for it. */
import { once } from 'node:events';
import { connect, createServer as createHttp2Server } from 'node:http2';
import { describe, expect, it, vi } from 'vitest';
import { memoryDriver } from '../../drivers/memory.ts';
import type { RegistryOptions } from '../../lib/index.ts';
import { descriptor, image } from '../../lib/testing/exchanges/given.ts';
import { type DriverOverrides, overrideDriver } from '../../lib/testing/override-driver.ts';
import { digestOf, readName, sample } from '../../lib/testing/suite/samples.ts';
import { locationOf, send, withDigest } from '../support/client.ts';
import { listen, startHandler } from '../support/server.ts';
import { connectTo } from '../support/socket.ts';

/** A driver whose list of repositories takes until its signal is aborted, and what it threw then. */
function slow(fail: (signal: AbortSignal) => unknown = ({ reason }) => reason) {
  const signals: AbortSignal[] = [];
  const driver = overrideDriver(memoryDriver(), {
    manifests: {
      async repositories(_page, signal) {
        if (!signal) expect.fail('no signal was given');
        signals.push(signal);
        if (!signal.aborted) await once(signal, 'abort');
        throw fail(signal);
      },
    },
  });
  return { driver, signals };
}

const gone = [{ status: 499, complete: false }];

describe('when its client leaves, a request', () => {
  it.each<[string, (signal: AbortSignal) => unknown]>([
    ['the reason of its signal', ({ reason }) => reason],
    [
      'an error that the reason caused',
      ({ reason }) => new DOMException('stopped', { name: 'AbortError', cause: reason } as never),
    ],
    ['a failure that such an error caused', ({ reason }) => new Error('x', { cause: new Error('y', { cause: reason }) })],
  ])('ends with %s, as 499 and without a line in the log', async (_, fail) => {
    const { driver, signals } = slow(fail);
    await using host = await startHandler(driver);
    const { logged, events } = host;
    const socket = await connectTo(host.port);
    socket.write('GET /v2/_catalog HTTP/1.1\r\nHost: a\r\n\r\n');
    await vi.waitFor(() => expect(signals).toHaveLength(1));
    expect(signals[0]?.aborted).toBe(false);
    socket.destroy();
    await vi.waitFor(() => expect(events).toMatchObject(gone));
    expect(logged).toEqual([]);
  });

  it('ends over HTTP/2', async () => {
    const { driver, signals } = slow();
    await using registry = await startHandler(driver);
    const { handler, logged, events } = registry;
    await using host = await listen(createHttp2Server(handler));
    const session = connect(host.origin);
    const stream = session.request({ ':path': '/v2/_catalog' });
    await vi.waitFor(() => expect(signals).toHaveLength(1));
    stream.close();
    await vi.waitFor(() => expect(events).toMatchObject(gone));
    expect(logged).toEqual([]);
    session.destroy();
  });

  it('logs a failure that has another cause', async () => {
    const { driver, signals } = slow(() => new Error('the disk failed'));
    await using host = await startHandler(driver);
    const { logged, events } = host;
    const socket = await connectTo(host.port);
    socket.write('GET /v2/_catalog HTTP/1.1\r\nHost: a\r\n\r\n');
    await vi.waitFor(() => expect(signals).toHaveLength(1));
    socket.destroy();
    await vi.waitFor(() => expect(events).toMatchObject(gone));
    expect(logged).toMatchObject([{ err: { message: 'the disk failed' } }]);
  });

  it('stops reading an upload again', async () => {
    const memory = memoryDriver();
    let steps = 0;
    const driver = overrideDriver(memory, {
      uploads: {
        read: async () =>
          (async function* () {
            for (;;) {
              steps++;
              await new Promise((resolve) => setTimeout(resolve, 1));
              yield sample(1);
            }
          })(),
      },
    });
    await using host = await startHandler(driver);
    const { events } = host;
    const begun = await send(host.origin, { method: 'POST', path: '/v2/a/blobs/uploads/' });
    const sent = await send(host.origin, { method: 'PATCH', path: locationOf(begun), body: 'hello' });
    const path = withDigest(locationOf(sent), digestOf(Buffer.from('hello'), 'sha512'));
    const socket = await connectTo(host.port);
    socket.write(`PUT ${path.replace(/^http:..[^/]*/, '')} HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n`);
    await vi.waitFor(() => expect(steps).toBeGreaterThan(2));
    socket.destroy();
    await vi.waitFor(() => expect(events.at(-1)).toMatchObject({ status: 499, operation: 'completeUpload' }));
  });

  it('stops looking for what is visible in a catalog', async () => {
    const most = 500;
    let pages = 0;
    const driver = overrideDriver(memoryDriver(), {
      manifests: {
        repositories: async ({ limit }) => {
          if (++pages > most) return [];
          return Array.from({ length: limit }, (_, index) => readName(`p${pages}n${index}`));
        },
      },
    });
    await using host = await startHandler(driver, {
      authorize: () => ({ may: ({ repository }) => repository === undefined }),
    });
    const { logged, events } = host;
    const socket = await connectTo(host.port);
    socket.write('GET /v2/_catalog HTTP/1.1\r\nHost: a\r\n\r\n');
    await vi.waitFor(() => expect(pages).toBeGreaterThan(2), { interval: 1 });
    socket.destroy();
    await vi.waitFor(() => expect(events).toMatchObject(gone), { timeout: 10_000 });
    expect(pages).toBeLessThan(most);
    expect(logged).toEqual([]);
  });

  it('stops looking for the content of a manifest', async () => {
    let looked = 0;
    const driver = overrideDriver(memoryDriver(), {
      blobs: {
        get: async () => {
          looked++;
          await new Promise((resolve) => setTimeout(resolve, 5));
          return undefined;
        },
      },
    });
    await using host = await startHandler(driver);
    const { logged, events } = host;
    const socket = await connectTo(host.port);
    const layers = Array.from({ length: 4_000 }, (_, index) => descriptor(String(index), 'a/b'));
    const body = image({ layers });
    socket.write(`PUT /v2/a/manifests/latest HTTP/1.1\r\nHost: a\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
    await vi.waitFor(() => expect(looked).toBeGreaterThan(0), { interval: 1 });
    socket.destroy();
    await vi.waitFor(() => expect(events).toMatchObject(gone), { timeout: 10_000 });
    expect(looked).toBeLessThan(layers.length);
    expect(logged).toEqual([]);
  });
});

describe('the signal of a request', () => {
  const wanted = digestOf(sample(1));
  const memory = memoryDriver();
  type Wait = (...given: readonly unknown[]) => Promise<never>;

  it.each<[string, string, string, (wait: Wait) => DriverOverrides]>([
    ['a list of tags', 'GET', '/v2/a/tags/list', (tags) => ({ manifests: { tags } })],
    ['a list of referrers', 'GET', `/v2/a/referrers/${wanted}`, (referrers) => ({ manifests: { referrers } })],
    ['a mount', 'POST', `/v2/a/blobs/uploads/?mount=${wanted}`, (mount) => ({ blobs: { mount } })],
    ['the deletion of a blob', 'DELETE', `/v2/a/blobs/${wanted}`, (remove) => ({ blobs: { delete: remove } })],
    ['the deletion of a manifest', 'DELETE', `/v2/a/manifests/${wanted}`, (remove) => ({ manifests: { delete: remove } })],
  ])('goes to the driver with %s', async (_, method, path, overrides) => {
    const signals: AbortSignal[] = [];
    await using host = await startHandler(
      overrideDriver(
        memory,
        overrides(async (...given) => {
          const signal = given.at(-1);
          if (!(signal instanceof AbortSignal)) expect.fail('no signal was given');
          signals.push(signal);
          await once(signal, 'abort');
          throw signal.reason;
        }),
      ),
    );
    const { logged, events } = host;
    const socket = await connectTo(host.port);
    socket.write(`${method} ${path} HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n`);
    await vi.waitFor(() => expect(signals).toHaveLength(1));
    socket.destroy();
    await vi.waitFor(() => expect(events).toMatchObject(gone));
    expect(logged).toEqual([]);
  });

  it('is not aborted by a reply that was sent', async () => {
    const signals: AbortSignal[] = [];
    const authorize: RegistryOptions['authorize'] = ({ signal }) => {
      signals.push(signal);
      return { may: () => true };
    };
    await using host = await startHandler(memoryDriver(), { authorize });
    const { events } = host;
    await send(host.origin, { method: 'GET', path: '/v2/' });
    await vi.waitFor(() => expect(events).toHaveLength(1));
    expect(signals).toMatchObject([{ aborted: false }]);
  });
});

describe('the end of a registry does not wait', () => {
  const never = new Promise<never>(() => {});

  it.each<[string, RegistryOptions['authorize']]>([
    ['for an authorize that never answers', () => never],
    ['for a permit that never answers', () => ({ may: () => never })],
  ])('%s', async (_, authorize) => {
    let asked = 0;
    await using host = await startHandler(memoryDriver(), {
      authorize: (...given) => {
        asked++;
        return authorize?.(...given) ?? expect.unreachable();
      },
    });
    const { logged, events } = host;
    const socket = await connectTo(host.port);
    socket.write('GET /v2/_catalog HTTP/1.1\r\nHost: a\r\n\r\n');
    await vi.waitFor(() => expect(asked).toBe(1));
    await host.handler.drain({ deadline: 10 });
    expect(events).toMatchObject(gone);
    expect(logged).toEqual([]);
  });
});
