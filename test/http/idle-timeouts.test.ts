/** Clients that fall silent: how long a body may stand still, and a response lie unread. */
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { memoryDriver } from '../../drivers/memory.ts';
import type { Driver, RegistryOptions } from '../../lib/index.ts';
import { digest } from '../../lib/testing/exchanges/given.ts';
import { closeAll, raw, serve as serveWith } from '../support/watched-server.ts';

const serve = (timeouts: RegistryOptions['timeouts'] & object, driver: Driver = memoryDriver()) =>
  serveWith(driver, { timeouts });

afterEach(async () => {
  for (const { logged } of await closeAll()) expect(logged).toEqual([]);
});

async function begin(port: number): Promise<string> {
  const reply = await fetch(`http://127.0.0.1:${port}/v2/a/blobs/uploads/`, { method: 'POST' });
  return reply.headers.get('location') ?? '';
}

const patch = (location: string, length: number) => `PATCH ${location} HTTP/1.1\r\nHost: x\r\nContent-Length: ${length}\r\n\r\n`;
const blob = `GET /v2/a/blobs/${digest('x')} HTTP/1.1\r\nHost: x\r\n\r\n`;

async function closed(socket: Socket): Promise<boolean> {
  socket.resume();
  for (let tries = 0; tries < 200 && !socket.closed; tries++) await sleep(10);
  return socket.closed;
}

async function reply(socket: Socket): Promise<string> {
  const [piece] = (await once(socket, 'data')) as [Buffer];
  return String(piece);
}

describe('a body that stands still', () => {
  it('is a broken connection: the bytes that came are kept', async () => {
    const { port, settled } = await serve({ bodyIdle: 100 });
    const location = await begin(port);
    const socket = await raw(port, `${patch(location, 10)}hello `);
    expect(await closed(socket)).toBe(true);
    await Promise.all(settled);
    const standing = await fetch(`http://127.0.0.1:${port}${location}`);
    expect(standing.headers.get('range')).toBe('0-5');
  });

  it('is one too where nothing of it ever comes', async () => {
    const { port } = await serve({ bodyIdle: 100 });
    expect(await closed(await raw(port, patch(await begin(port), 10)))).toBe(true);
  });

  it('may stand still for ever where that is asked for', async () => {
    const { port } = await serve({ bodyIdle: 0 });
    const socket = await raw(port, patch(await begin(port), 5));
    await sleep(300);
    socket.write('hello');
    expect(await reply(socket)).toMatch(/^HTTP\/1\.1 202 /);
  });

  it('is none that is slow', async () => {
    const { port } = await serve({ bodyIdle: 200 });
    const socket = await raw(port, patch(await begin(port), 10));
    for (let sent = 0; sent < 10; sent++) {
      await sleep(50);
      socket.write('x');
    }
    expect(await reply(socket)).toMatch(/^HTTP\/1\.1 202 .*Range: 0-9\r\n/s);
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
    const { port } = await serve({ bodyIdle: 100 }, slow);
    const socket = await raw(port, patch(await begin(port), 200_000) + 'x'.repeat(200_000));
    expect(await reply(socket)).toMatch(/^HTTP\/1\.1 202 /);
  });
});

/** A driver whose every blob is these pieces. */
function holding(size: number, pieces: () => AsyncIterable<Uint8Array>): Driver {
  const memory = memoryDriver();
  return { ...memory, blobs: { ...memory.blobs, get: async () => ({ size, open: async () => pieces() }) } };
}

describe('a response that nobody reads', () => {
  it('is cut off, and what it is read from closed', async () => {
    let ended = false;
    const endless = async function* () {
      try {
        for (;;) yield Buffer.alloc(64 * 1024);
      } finally {
        ended = true;
      }
    };
    const { port, settled } = await serve({ responseIdle: 100 }, holding(2 ** 40, endless));
    const socket = await raw(port, blob);
    socket.pause();
    await sleep(500);
    expect([ended, settled.length]).toEqual([true, 1]);
    await Promise.all(settled);
    expect(await closed(socket)).toBe(true);
  });

  const inOnePiece = async function* () {
    yield Buffer.alloc(32 * 1024 * 1024);
  };

  it('is cut off too where it was to leave in one piece', async () => {
    const { port, settled } = await serve({ responseIdle: 100 }, holding(32 * 1024 * 1024, inOnePiece));
    const socket = await raw(port, blob);
    socket.pause();
    await sleep(500);
    expect(settled).toHaveLength(1);
    await Promise.all(settled);
    expect(await closed(socket)).toBe(true);
  });

  it('is none that is read slowly', async () => {
    const { port } = await serve({ responseIdle: 1000 }, holding(32 * 1024 * 1024, inOnePiece));
    const socket = await raw(port, blob);
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
    const { port } = await serve({ responseIdle: 100 }, holding(1, late));
    const socket = await raw(port, `${blob}GET /v2/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
    let text = '';
    socket.on('data', (piece) => {
      text += String(piece);
    });
    await once(socket, 'close');
    expect([...text.matchAll(/HTTP\/1\.1 (\d+) /g)].map(([, status]) => status)).toEqual(['200', '200']);
  });
});
