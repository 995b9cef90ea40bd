/** Blobs that are read into memory which is used again: every client gets its own bytes, and each reader is closed once. */
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import { Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { memoryDriver } from '../../drivers/memory.ts';
import { type ByteReader, createRegistryHandler, type Driver } from '../../lib/index.ts';
import { digest } from '../../lib/testing/exchanges/given.ts';
import { open, send } from '../support/client.ts';
import { listen, startHandler } from '../support/server.ts';
import { connectTo } from '../support/socket.ts';

const size = 3_000_000;

/** How a reader may be told to behave. */
interface Readers {
  readonly driver: Driver;
  /** The blobs that were opened; and how often each reader was closed. */
  readonly closed: number[];
  /** How many blobs were iterated. */
  iterated(): number;
}

/** Reads up to so many bytes at once. */
const upTo = (most: number) => (buffer: Uint8Array, position: number) => Math.min(buffer.length, most, size - position);

/** A driver whose blobs are full of one byte, another for each that is opened. */
function filled(read: (buffer: Uint8Array, position: number) => number | Promise<number> = upTo(size), bytes = size): Readers {
  const memory = memoryDriver();
  const closed: number[] = [];
  let opened = 0;
  let iterated = 0;
  const body = () => {
    const fill = ++opened;
    return {
      [Symbol.asyncIterator]: async function* () {
        iterated++;
        for (let at = 0; at < bytes; at += 50_000) yield Buffer.alloc(50_000, fill);
      },
      reader: (): ByteReader => {
        const index = closed.push(0) - 1;
        let position = 0;
        return {
          read: async (buffer) => {
            const count = await read(buffer, position);
            buffer.fill(fill);
            position += count;
            return count;
          },
          close: async () => {
            closed[index] = (closed[index] ?? 0) + 1;
          },
        };
      },
    };
  };
  const driver = { ...memory, blobs: { ...memory.blobs, get: async () => ({ size: bytes, open: async () => body() }) } };
  return { driver, closed, iterated: () => iterated };
}

const path = `/v2/a/blobs/${digest('x')}`;

describe('a blob that is read into given memory', () => {
  it('comes to each of many clients as its own bytes', async () => {
    const { driver, closed, iterated } = filled();
    await using registry = await startHandler(driver);
    const pull = async (): Promise<number | undefined> => {
      const { body } = await send(registry.origin, { method: 'GET', path });
      expect(body.length).toBe(size);
      expect(new Set(body).size).toBe(1);
      return body[0];
    };
    const fills = await Promise.all(Array.from({ length: 40 }, pull));
    expect(new Set(fills).size).toBe(40);
    expect(iterated()).toBe(0);
    await Promise.all(registry.requests);
    expect(closed).toEqual(Array.from({ length: 40 }, () => 1));
  });

  it('closes its reader once where the client leaves, and gives others their own bytes', async () => {
    const { driver, closed } = filled();
    await using registry = await startHandler(driver);
    for (let turn = 0; turn < 20; turn++) {
      const response = await open(registry.origin, { method: 'GET', path });
      await once(response, 'readable');
      response.destroy();
      const { body } = await send(registry.origin, { method: 'GET', path });
      expect(new Set(body).size).toBe(1);
    }
    await Promise.all(registry.requests);
    expect(closed).toEqual(Array.from({ length: 40 }, () => 1));
  });

  it('is read in small blocks at first, and in large ones where the client takes them', async () => {
    const asked: number[] = [];
    const { driver } = filled((buffer, position) => {
      asked.push(buffer.length);
      return upTo(size)(buffer, position);
    });
    await using registry = await startHandler(driver);
    await send(registry.origin, { method: 'GET', path });
    expect(asked.slice(0, 2)).toEqual([256 * 1024, 256 * 1024]);
    expect(Math.max(...asked)).toBe(2 * 1024 * 1024);
  });

  it('is read in small blocks again where the client has made a pause', async () => {
    const large = 40_000_000;
    const asked: number[] = [];
    const { driver } = filled((buffer, position) => {
      asked.push(buffer.length);
      return Math.min(buffer.length, large - position);
    }, large);
    await using registry = await startHandler(driver);
    const socket = await connectTo(registry.port);
    socket.pause();
    socket.write(`GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
    await once(registry.server, 'request');
    // The buffers of the system are full when nothing is read any longer. A large block counts as taken fast within two seconds.
    for (let before = -1; asked.length > before; ) {
      before = asked.length;
      await sleep(2_500);
    }
    const untilPause = asked.length;
    socket.resume();
    await Promise.all(registry.requests);
    expect(asked[untilPause]).toBe(256 * 1024);
    expect(Math.max(...asked.slice(untilPause))).toBe(2 * 1024 * 1024);
  });

  it('leaves nothing in memory of the pieces that have left', async () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const heap: number[] = [];
    const { driver } = filled((buffer, position) => {
      if (position % 1_000_000 === 0) {
        collect();
        heap.push(process.memoryUsage().heapUsed);
      }
      return upTo(100)(buffer, position);
    });
    await using registry = await startHandler(driver);
    const response = await open(registry.origin, { method: 'GET', path });
    await once(response.resume(), 'end');
    const [, first = 0, last = 0] = heap;
    // A promise for each of the 10,000 pieces in between would take 3 MB.
    expect(last - first).toBeLessThan(1_000_000);
  });

  it('is cut off where its client does not read, and closed', async () => {
    const { driver, closed } = filled(upTo(1_000));
    await using registry = await startHandler(driver, { timeouts: { responseIdle: 100 } });
    const socket = await connectTo(registry.port);
    socket.pause();
    socket.write(`GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`);
    await once(registry.server, 'request');
    await Promise.all(registry.requests);
    expect(closed).toEqual([1]);
    socket.destroy();
  });

  it.each([
    ['fails', (_: Uint8Array, position: number) => (position > 1_000_000 ? Promise.reject(new Error('gone')) : 100_000)],
    ['ends early', (_: Uint8Array, position: number) => (position > 1_000_000 ? 0 : 100_000)],
    ['tells of more than there is room for', () => 1e9],
    ['tells of less than nothing', () => -1],
    ['does not end', (buffer: Uint8Array) => buffer.length],
  ])('that %s breaks the connection off, is logged and closed', async (_, read) => {
    const { driver, closed } = filled(read);
    await using registry = await startHandler(driver);
    await expect(send(registry.origin, { method: 'GET', path })).rejects.toThrow();
    await Promise.all(registry.requests);
    expect(registry.logged).toHaveLength(1);
    expect(closed).toEqual([1]);
  });

  it('is iterated where middleware has replaced `write`, which may call nobody back', async () => {
    const { driver, iterated } = filled();
    const handler = createRegistryHandler(driver);
    await using server = await listen((request, response) => {
      const write = response.write.bind(response) as (chunk: unknown) => boolean;
      response.write = ((chunk: unknown) => write(chunk)) as ServerResponse['write'];
      void handler(request, response);
    });
    const { body } = await send(server.origin, { method: 'GET', path });
    expect(body.length).toBe(size);
    expect(iterated()).toBe(1);
    await handler.close();
  });

  it('is iterated over a connection that is no socket, which may queue pieces and call back at once', async () => {
    const { driver, iterated } = filled();
    const handler = createRegistryHandler(driver);
    const server = createServer({ requestTimeout: 0 }, (request, response) => void handler(request, response));
    const pull = async (): Promise<readonly Uint8Array[]> => {
      const queue: Uint8Array[] = [];
      const tunnel = new Duplex({
        read: () => undefined,
        write: (piece, _, done) => {
          queue.push(piece);
          setImmediate(done);
        },
      });
      server.emit('connection', tunnel);
      tunnel.push(`GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
      await once(tunnel, 'finish');
      return queue;
    };
    const queues = [await pull(), await pull(), await pull()];
    for (const [index, queue] of queues.entries())
      expect(new Set(Buffer.concat(queue).subarray(-size))).toEqual(new Set([index + 1]));
    expect(iterated()).toBe(3);
    await handler.close();
  });
});
