/** Requests that a client sends before it has the responses to earlier ones: each begins when the one before has ended. */
import { createServer, type Server } from 'node:http';
import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it, vi } from 'vitest';
import { memoryDriver } from '../../drivers/memory.ts';
import { createRegistryHandler } from '../../lib/index.ts';
import { digest } from '../../lib/testing/exchanges/given.ts';
import { overrideDriver } from '../../lib/testing/override-driver.ts';
import { listen, startHandler } from '../support/server.ts';
import { connectTo, dial } from '../support/socket.ts';

const get = (path: string): string => `GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`;
const tags = get('/v2/a/tags/list');

/** A driver whose lists of tags stand still until they are let go, one by one. */
function gated() {
  const standing: (() => void)[] = [];
  let begun = 0;
  const driver = overrideDriver(memoryDriver(), {
    manifests: {
      tags: async () => {
        begun++;
        await new Promise<void>((resolve) => standing.push(resolve));
        return [];
      },
    },
  });
  return { driver, begun: () => begun, letGo: () => standing.shift()?.() };
}

/** The server's ends of its connections. */
function socketsOf(server: Server): Socket[] {
  const sockets: Socket[] = [];
  server.on('connection', (socket) => sockets.push(socket));
  return sockets;
}

describe('pipelined requests', () => {
  it('begin one after the other, and are answered in their order', async () => {
    const { driver, begun, letGo } = gated();
    await using host = await startHandler(driver);
    const client = await dial(host.port);
    client.send(tags + get('/v2/') + tags + get('/v2/none'));
    for (const expected of [1, 2]) {
      await vi.waitFor(() => expect(begun()).toBe(expected));
      await sleep(20);
      expect(begun()).toBe(expected);
      letGo();
    }
    expect(await client.replies(4)).toEqual([200, 200, 200, 404]);
  });

  it('are not begun after one whose reply closes the connection', async () => {
    await using host = await startHandler(memoryDriver());
    const { events } = host;
    const ambiguous = 'GET /v2/ HTTP/1.1\r\nHost: a\r\nAuthorization: a\r\nAuthorization: b\r\n\r\n';
    const push = `POST /v2/a/blobs/uploads/?digest=${digest('hello')} HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello`;
    const client = await dial(host.port);
    client.send(ambiguous + push);
    expect(await client.ends(3_000)).toBe(true);
    expect(client.statuses()).toEqual([400]);
    await vi.waitFor(() => expect(events).toMatchObject([{ status: 400 }, { status: 499, complete: false }]));
    const later = await dial(host.port);
    later.send(get(`/v2/a/blobs/${digest('hello')}`));
    expect(await later.replies(1)).toEqual([404]);
  });

  it('are not begun once their client has left, and count as 499', async () => {
    const { driver, begun, letGo } = gated();
    await using host = await startHandler(driver);
    const { events } = host;
    const socket = await connectTo(host.port);
    socket.write(tags.repeat(10));
    await vi.waitFor(() => expect(begun()).toBe(1));
    socket.resetAndDestroy();
    await vi.waitFor(() => expect(events).toHaveLength(9));
    letGo();
    await vi.waitFor(() => expect(events).toHaveLength(10));
    expect(begun()).toBe(1);
    expect(events.every(({ status, complete }) => status === 499 && !complete)).toBe(true);
  });

  it('are begun by the registry after what the host answers itself', async () => {
    const { driver, begun, letGo } = gated();
    const handler = createRegistryHandler(driver);
    const finish: (() => void)[] = [];
    await using host = await listen((request, response) =>
      handler(request, response, () => finish.push(() => response.end('the host'))),
    );
    const client = await dial(host.port);
    client.send(get('/host') + tags + get('/host'));
    await vi.waitFor(() => expect(finish).toHaveLength(2));
    await sleep(20);
    expect(begun()).toBe(0);
    finish[0]?.();
    await vi.waitFor(() => expect(begun()).toBe(1));
    letGo();
    finish[1]?.();
    await vi.waitFor(() =>
      expect(
        client
          .rest()
          .toString()
          .match(/the host/g),
      ).toHaveLength(2),
    );
    expect(client.statuses()).toEqual([200, 200, 200]);
  });

  it('may have bodies, which are read in their turn, and asked for where the client waits for that', async () => {
    const { driver, begun, letGo } = gated();
    const handler = createRegistryHandler(driver);
    await using host = await listen(handler.attach(createServer({ requestTimeout: 0 })));
    const content = 'x'.repeat(3_000_000);
    const push = (expects: string) =>
      `POST /v2/a/blobs/uploads/?digest=${digest(content)} HTTP/1.1\r\nHost: a\r\nContent-Length: 3000000\r\n${expects}\r\n`;
    const client = await dial(host.port);
    client.send(tags + push('') + content + push('Expect: 100-continue\r\n'));
    await vi.waitFor(() => expect(begun()).toBe(1));
    await sleep(20);
    expect(client.rest()).toHaveLength(0);
    letGo();
    expect(await client.replies(3)).toEqual([200, 201, 100]);
    client.send(content);
    expect(await client.replies(4)).toEqual([200, 201, 100, 201]);
  });

  it('end with the registry', async () => {
    const { driver, begun, letGo } = gated();
    await using host = await startHandler(driver);
    const { events } = host;
    const socket = await connectTo(host.port);
    socket.write(tags.repeat(3));
    await vi.waitFor(() => expect(begun()).toBe(1));
    const closed = host.handler.close();
    letGo();
    await closed;
    expect(events.map(({ status }) => status)).toEqual([499, 499, 499]);
    expect(begun()).toBe(1);
  });
});

describe('of a client that sends many requests and reads nothing', () => {
  it('one request is served at a time', async () => {
    const bytes = new Uint8Array(3_900_000);
    let reads = 0;
    const memory = memoryDriver();
    const driver = overrideDriver(memory, {
      manifests: {
        resolve: async () => digest('x') as never,
        get: async () => {
          reads++;
          return { digest: digest('x') as never, mediaType: 'application/vnd.oci.image.manifest.v1+json' as never, bytes };
        },
      },
    });
    await using host = await startHandler(driver);
    const socket = await connectTo(host.port);
    socket.pause();
    socket.write(get('/v2/a/manifests/latest').repeat(300));
    await sleep(300);
    // What the buffers of the operating system hold has left.
    expect(reads).toBeLessThanOrEqual(3);
    socket.destroy();
  });

  it('the connection is no longer read, and later goes on', async () => {
    const { driver, begun, letGo } = gated();
    await using host = await startHandler(driver);
    const sockets = socketsOf(host.server);
    const client = await dial(host.port);
    const count = 20_000;
    client.send(tags + get('/v2/').repeat(count));
    await vi.waitFor(() => expect(begun()).toBe(1));
    await sleep(100);
    expect(sockets[0]?.bytesRead).toBeLessThan(300_000);
    letGo();
    await vi.waitFor(() => expect(client.statuses()).toHaveLength(count + 1), { timeout: 20_000, interval: 200 });
  }, 30_000);
});
