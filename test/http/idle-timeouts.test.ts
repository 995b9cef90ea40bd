/** Clients that fall silent: how long a body may stand still, and a response lie unread. */
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { memoryDriver } from '../../drivers/memory.ts';
import type { Driver, RegistryOptions } from '../../lib/index.ts';
import { digest } from '../../lib/testing/exchanges/given.ts';
import { locationOf, send } from '../support/client.ts';
import { type RunningHandler, startHandler } from '../support/server.ts';
import { closed, connectTo, dial } from '../support/socket.ts';

/** Serves a driver until the end of the block. Its log has to stay empty. */
const serve = async (
  timeouts: RegistryOptions['timeouts'] & object,
  driver: Driver = memoryDriver(),
  limits: RegistryOptions['limits'] & object = {},
) => {
  const registry = await startHandler(driver, { timeouts, limits });
  const dispose = async (): Promise<void> => {
    await registry[Symbol.asyncDispose]();
    expect(registry.logged).toEqual([]);
  };
  return { ...registry, [Symbol.asyncDispose]: dispose };
};

const begin = async (origin: string): Promise<string> =>
  locationOf(await send(origin, { method: 'POST', path: '/v2/a/blobs/uploads/' }));

/** Connects, and sends a text. */
async function write(port: number, text: string): Promise<Socket> {
  const socket = await connectTo(port);
  socket.write(text);
  return socket;
}

const patch = (location: string, length: number) => `PATCH ${location} HTTP/1.1\r\nHost: x\r\nContent-Length: ${length}\r\n\r\n`;
const blob = `GET /v2/a/blobs/${digest('x')} HTTP/1.1\r\nHost: x\r\n\r\n`;

async function reply(socket: Socket): Promise<string> {
  const [piece] = (await once(socket, 'data')) as [Buffer];
  return String(piece);
}

describe('a body that stands still', () => {
  it('is a broken connection: the bytes that came are kept', async () => {
    await using registry = await serve({ bodyIdle: 100 });
    const { port, origin, requests } = registry;
    const location = await begin(origin);
    await closed(await write(port, `${patch(location, 10)}hello `));
    await Promise.all(requests);
    expect((await send(origin, { method: 'GET', path: location })).headers.range).toBe('0-5');
  });

  it('is one too where nothing of it ever comes', async () => {
    await using registry = await serve({ bodyIdle: 100 });
    await closed(await write(registry.port, patch(await begin(registry.origin), 10)));
  });

  it('may stand still for ever where that is asked for', async () => {
    await using registry = await serve({ bodyIdle: 0 });
    const socket = await write(registry.port, patch(await begin(registry.origin), 5));
    await sleep(300);
    socket.write('hello');
    expect(await reply(socket)).toMatch(/^HTTP\/1\.1 202 /);
  });

  it('is none that is slow', async () => {
    await using registry = await serve({ bodyIdle: 200 });
    const socket = await write(registry.port, patch(await begin(registry.origin), 10));
    for (let sent = 0; sent < 10; sent++) {
      await sleep(50);
      socket.write('x');
    }
    expect(await reply(socket)).toMatch(/^HTTP\/1\.1 202 .*Range: 0-9\r\n/s);
  });

  it('is one that drips, where a floor rate is asked for: what came is kept', async () => {
    await using registry = await serve({ bodyIdle: 200 }, memoryDriver(), { bodyBytesPerSecond: 100 });
    const { port, origin, requests } = registry;
    const location = await begin(origin);
    const socket = await write(port, patch(location, 100));
    const dripping = setInterval(() => socket.write('x'), 40);
    await closed(socket).finally(() => clearInterval(dripping));
    await Promise.all(requests);
    const { range } = (await send(origin, { method: 'GET', path: location })).headers;
    expect(range).toMatch(/^0-[2-9]$/);
  });

  it('is none that is slow, but faster than the floor rate', async () => {
    await using registry = await serve({ bodyIdle: 200 }, memoryDriver(), { bodyBytesPerSecond: 100 });
    const socket = await write(registry.port, patch(await begin(registry.origin), 100));
    for (let sent = 0; sent < 10; sent++) {
      await sleep(50);
      socket.write('x'.repeat(10));
    }
    expect(await reply(socket)).toMatch(/^HTTP\/1\.1 202 .*Range: 0-99\r\n/s);
  });

  it('is none whose storage is slow', async () => {
    const memory = memoryDriver();
    const slow: Driver = {
      ...memory,
      uploads: {
        ...memory.uploads,
        append: (repo, id, from, chunk) =>
          memory.uploads.append(repo, id, from, {
            checkpoint: () => chunk.checkpoint(),
            [Symbol.asyncIterator]: async function* () {
              for await (const batch of chunk) {
                await sleep(150);
                yield batch;
              }
            },
          }),
      },
    };
    await using registry = await serve({ bodyIdle: 100 }, slow);
    const socket = await write(registry.port, patch(await begin(registry.origin), 200_000) + 'x'.repeat(200_000));
    expect(await reply(socket)).toMatch(/^HTTP\/1\.1 202 /);
  });
});

/** A driver whose every blob is these pieces. */
function holding(size: number, pieces: () => AsyncIterable<Uint8Array>): Driver {
  const memory = memoryDriver();
  return { ...memory, blobs: { ...memory.blobs, get: async () => ({ size, open: async () => pieces() }) } };
}

describe('a response that nobody reads', () => {
  /** Asks for a blob and does not read it; resolves when the handler has given it up, which has to be soon. */
  async function leave({ port, server, requests }: RunningHandler): Promise<Socket> {
    const arrived = once(server, 'request');
    const socket = await write(port, blob);
    socket.pause();
    await arrived;
    const asked = performance.now();
    await Promise.all(requests);
    expect(performance.now() - asked).toBeLessThan(2_000);
    return socket;
  }

  it('is cut off, and what it is read from closed', async () => {
    let ended = false;
    const endless = async function* () {
      try {
        for (;;) yield Buffer.alloc(64 * 1024);
      } finally {
        ended = true;
      }
    };
    await using registry = await serve({ responseIdle: 100 }, holding(2 ** 40, endless));
    const socket = await leave(registry);
    expect(ended).toBe(true);
    await closed(socket);
  });

  const inOnePiece = async function* () {
    yield Buffer.alloc(32 * 1024 * 1024);
  };

  it('is cut off too where it was to leave in one piece', async () => {
    await using registry = await serve({ responseIdle: 100 }, holding(32 * 1024 * 1024, inOnePiece));
    await closed(await leave(registry));
  });

  it('is none that is read slowly', async () => {
    await using registry = await serve({ responseIdle: 1000 }, holding(32 * 1024 * 1024, inOnePiece));
    const socket = await write(registry.port, blob);
    let bytes = 0;
    for (const begun = Date.now(); bytes < 32 * 1024 * 1024 && !socket.closed; ) {
      bytes += (socket.read() as Buffer | null)?.length ?? 0;
      if (Date.now() - begun < 2_000) await sleep(2);
      else await new Promise((resolve) => setImmediate(resolve));
    }
    expect(bytes).toBeGreaterThan(32 * 1024 * 1024);
  });

  it('is none that waits for those before it', async () => {
    const late = async function* () {
      await sleep(400);
      yield Buffer.from('x');
    };
    await using registry = await serve({ responseIdle: 100 }, holding(1, late));
    const connection = await dial(registry.port);
    connection.send(`${blob}GET /v2/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
    expect(await connection.ends(5_000)).toBe(true);
    expect(connection.statuses()).toEqual([200, 200]);
  });
});
