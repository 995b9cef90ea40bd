/** The body of a request: batches for its reader, and a client that is held back. */
import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { NodeBody } from '../../../lib/doors/node/body.ts';
import { BodyBroken } from '../../../lib/uploads/body.ts';

const kibibyte = 1024;
const mebibyte = 1024 * kibibyte;

/** A request whose body is pushed by hand, and the body; `prepare` sees the request first. */
function begin(prepare: (request: IncomingMessage) => void = () => {}) {
  const request = new IncomingMessage(Object.defineProperty(new Socket(), 'bytesRead', { value: 1, configurable: true }));
  prepare(request);
  const body = new NodeBody(request, undefined, { expectation: undefined, pace: { idle: 0, bytes: 1 }, advise: () => {} });
  return { request, body };
}

/** Pushes pieces until the request is paused, or all are pushed; gives how many bytes that were. */
async function pushUntilPaused(request: IncomingMessage, pieces: Iterable<Uint8Array>): Promise<number> {
  let bytes = 0;
  for (const piece of pieces) {
    if (request.isPaused()) break;
    request.push(piece);
    bytes += piece.length;
    await turn();
  }
  return bytes;
}

function* piecesOf(count: number, length: number): Generator<Uint8Array> {
  for (let index = 0; index < count; index++) yield Buffer.alloc(length, index);
}

const sizeOf = (batch: readonly Uint8Array[]): number => batch.reduce((sum, { length }) => sum + length, 0);

async function readAll(body: NodeBody, take?: (piece: Uint8Array) => void): Promise<(readonly Uint8Array[])[]> {
  const batches: (readonly Uint8Array[])[] = [];
  for await (const batch of body.read(take)) batches.push(batch);
  return batches;
}

describe('a body', () => {
  it('is read in few steps', async () => {
    const { request, body } = begin();
    const reading = readAll(body);
    await turn();
    await pushUntilPaused(request, piecesOf(256, 64 * kibibyte));
    request.push(null);
    const batches = await reading;
    expect(sizeOf(batches.flat())).toBe(16 * mebibyte);
    expect(batches.length).toBeLessThanOrEqual(128);
    expect(Math.max(...batches.map(sizeOf))).toBeLessThanOrEqual(mebibyte / 2);
  });

  it('has each piece taken when it arrives, before a batch is full', async () => {
    const { request, body } = begin();
    const taken: number[] = [];
    const reading = readAll(body, ({ length }) => void taken.push(length));
    await turn();
    request.push(Buffer.alloc(3));
    request.push(Buffer.alloc(4));
    await turn();
    expect(taken).toEqual([3, 4]);
    request.push(null);
    expect((await reading).map(sizeOf)).toEqual([7]);
  });

  it('pauses its client while the reader is busy, and lets it go on then', async () => {
    const { request, body } = begin();
    const batches = body.read();
    const first = batches.next();
    await turn();
    const waiting = await pushUntilPaused(request, piecesOf(1000, 64 * kibibyte));
    expect(waiting).toBeGreaterThanOrEqual(mebibyte / 2);
    expect(waiting).toBeLessThan(mebibyte);
    await first;
    await batches.next();
    await turn();
    expect(request.isPaused()).toBe(false);
    await batches.return(undefined);
  });

  it('holds back less where many are read at once', async () => {
    const many = Array.from({ length: 512 }, () => begin());
    const readings = many.map(({ body }) => body.read());
    const firsts = readings.map((reading) => reading.next());
    await turn();
    const [first] = many;
    if (!first) return expect.fail();
    expect(await pushUntilPaused(first.request, piecesOf(1000, 32 * kibibyte))).toBeLessThanOrEqual(256 * kibibyte);
    for (const { request } of many) request.destroy();
    await Promise.allSettled(firsts);
    await Promise.all(readings.map((reading) => reading.return(undefined)));
  });

  it('joins crumbs as they come, and pauses their client for their bytes alone', async () => {
    const { request, body } = begin();
    const batches = body.read();
    const first = batches.next();
    await turn();
    const crumbs = await pushUntilPaused(request, piecesOf(100_000, 1));
    expect(crumbs).toBe(100_000);
    for (const { value = [] } of [await first, await batches.next()]) {
      expect(value.length, 'pieces of 4 KiB and a few crumbs').toBeLessThan(100);
      expect(sizeOf(value)).toBeGreaterThan(10_000);
    }
    await batches.return(undefined);
  });

  it('keeps the order of crumbs and larger pieces', async () => {
    const { request, body } = begin();
    const pieces = Array.from({ length: 1_000 }, (_, index) =>
      Buffer.alloc(index % 7 === 0 ? 5_000 : (index % 3) + 1, index % 251),
    );
    const reading = readAll(body);
    await turn();
    for (const piece of pieces) request.push(piece);
    request.push(null);
    expect(Buffer.concat((await reading).flat()).equals(Buffer.concat(pieces))).toBe(true);
  });

  it('gives what came before a pause of its client', async () => {
    const { request, body } = begin();
    const first = body.read().next();
    await turn();
    request.push(Buffer.from('hello'));
    expect(String((await first).value?.[0])).toBe('hello');
  });

  it.each(['interrupted', 'lost'])('that is %s gives exactly what was taken of it', async (how) => {
    const { request, body } = begin();
    let taken = 0;
    const given: number[] = [];
    const take = ({ length }: Uint8Array): void => {
      taken += length;
    };
    const reading = (async () => {
      for await (const batch of body.read(take)) given.push(sizeOf(batch));
    })();
    await turn();
    request.push(Buffer.alloc(100));
    await turn();
    if (how === 'interrupted') body.interrupt();
    else request.destroy();
    request.push(Buffer.alloc(50));
    await expect(reading).rejects.toThrow(BodyBroken);
    expect([taken, given, body.wasLost]).toEqual([100, [100], how === 'lost']);
  });

  it('that is interrupted while its reader is busy is cut short, though its rest comes before the reader goes on', async () => {
    const { request, body } = begin();
    const batches = body.read();
    const first = batches.next();
    await turn();
    request.push(Buffer.alloc(256 * kibibyte));
    expect(sizeOf((await first).value ?? [])).toBe(256 * kibibyte);
    body.interrupt();
    request.push(Buffer.alloc(1));
    request.push(null);
    while (!request.readableEnded) await turn();
    await expect(batches.next()).rejects.toThrow(BodyBroken);
  });

  it('ends with what its taker throws, and gives nothing more', async () => {
    const { request, body } = begin();
    const batches = body.read(({ length }) => {
      if (length === 2) throw new Error('too much');
    });
    const first = batches.next();
    await turn();
    request.push(Buffer.alloc(1));
    request.push(Buffer.alloc(2));
    request.push(Buffer.alloc(3));
    await expect(first).rejects.toThrow('too much');
    expect(await batches.next()).toEqual({ done: true, value: undefined });
    expect(body.received).toBe(1);
  });

  it('is read even if a host has paused it', async () => {
    const { request, body } = begin();
    request.pause();
    const reading = readAll(body);
    await turn();
    request.push(Buffer.alloc(5));
    request.push(null);
    expect((await reading).map(sizeOf)).toEqual([5]);
  });
});

describe('the pieces of a body that were released', () => {
  /** The lengths of the pieces of a body, after they were released. `prepare` is what a host does with the request before. */
  async function lengthsAfterRelease(pieces: readonly Uint8Array[], prepare: (request: IncomingMessage) => void = () => {}) {
    const { request, body } = begin(prepare);
    const reading = readAll(body);
    await turn();
    for (const piece of pieces) request.push(piece);
    request.push(null);
    const batch = (await reading).flat();
    expect(batch).toEqual(pieces);
    body.release(batch);
    return batch.map(({ length }) => length);
  }

  it('have no memory any longer', async () => {
    expect(await lengthsAfterRelease([Buffer.alloc(64 * kibibyte), Buffer.alloc(1)])).toEqual([0, 0]);
  });

  it('stay where they are a part of larger memory, which others may use', async () => {
    expect(await lengthsAfterRelease([Buffer.alloc(10).subarray(0, 9), Buffer.alloc(10).subarray(1)])).toEqual([9, 9]);
  });

  it('stay where a host listens as well', async () => {
    expect(await lengthsAfterRelease([Buffer.alloc(9)], (request) => request.on('data', () => {}))).toEqual([9]);
  });

  it('stay where a host reads as well', async () => {
    const read = (request: IncomingMessage): void => {
      request.on('readable', () => request.read());
    };
    expect(await lengthsAfterRelease([Buffer.alloc(9)], read)).toEqual([9]);
  });

  it('stay where a host wanted the first one', async () => {
    expect(await lengthsAfterRelease([Buffer.alloc(9)], (request) => request.once('data', () => {}))).toEqual([9]);
  });

  it('go once, though one is there twice', async () => {
    const piece = Buffer.alloc(9);
    expect(await lengthsAfterRelease([piece, piece])).toEqual([0, 0]);
  });

  it('stay where nothing came over the socket, but a host has made the request', async () => {
    const detach = (request: IncomingMessage): void => {
      Object.defineProperty(request.socket, 'bytesRead', { value: 0 });
    };
    expect(await lengthsAfterRelease([Buffer.alloc(9)], detach)).toEqual([9]);
  });

  it.each(['push', 'emit', 'on'] as const)('stay where a host has replaced %s()', async (method) => {
    const replace = (request: IncomingMessage): void => {
      Object.assign(request, { [method]: request[method].bind(request) });
    };
    expect(await lengthsAfterRelease([Buffer.alloc(9)], replace)).toEqual([9]);
  });

  it('stay where the request came over no socket, but was made by a host', async () => {
    const detach = (request: IncomingMessage): void => {
      Object.assign(request, { socket: {} });
    };
    expect(await lengthsAfterRelease([Buffer.alloc(9)], detach)).toEqual([9]);
  });
});
