/** Large bodies over connections of their own, from stores that send well and badly. */
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { S3Client } from '@aws-sdk/client-s3';
import { afterEach, describe, expect, it } from 'vitest';
import { createFastPath } from '../../../drivers/s3/fast-path.ts';
import { createObjectCalls } from '../../../drivers/s3/object-calls.ts';
import { NotPlain, type PlainReply, requestPlainly } from '../../../drivers/s3/own-connections.ts';
import { sample } from '../../../lib/testing/suite/samples.ts';

const content = Buffer.from(sample(3_000_000));
const head = (lines: string) => `HTTP/1.1 206 Partial Content\r\n${lines}\r\n`;
const plain = head(`Content-Length: ${content.length}\r\nETag: "e"\r\n`);

const ends: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  await Promise.all(ends.splice(0).map((end) => end()));
});

/** The port of a server that answers each request by `answer`. */
async function serve(answer: (socket: Socket, request: string) => unknown): Promise<number> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined).once('data', (bytes) => answer(socket, bytes.toString('latin1')));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  ends.push(async () => {
    for (const socket of sockets) socket.destroy();
    server.close();
    await once(server, 'close');
  });
  return (server.address() as AddressInfo).port;
}

const ask = (port: number, hostname = '127.0.0.1') =>
  requestPlainly({
    method: 'GET',
    hostname,
    port,
    path: '/bucket/a',
    headers: { host: 'store', range: 'bytes=0-' },
  });

async function iterated({ body }: PlainReply): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const piece of body) pieces.push(piece);
  return Buffer.concat(pieces);
}

async function readInBlocks({ body }: PlainReply): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for (const block = Buffer.alloc(100_000); ; ) {
    const count = (await body.readInto?.(block)) ?? expect.unreachable();
    if (count === 0) return Buffer.concat(pieces);
    pieces.push(Buffer.from(block.subarray(0, count)));
  }
}

const ways: [string, (reply: PlainReply) => Promise<Buffer>][] = [
  ['iterated over', iterated],
  ['read into memory', readInBlocks],
];

describe.each(ways)('a body that is %s', (_, read) => {
  it('comes whole', async () => {
    let asked = '';
    const port = await serve((socket, request) => {
      asked = request;
      socket.end(Buffer.concat([Buffer.from(plain), content]));
    });
    const reply = await ask(port);
    expect([reply.statusCode, reply.headers.etag]).toEqual([206, '"e"']);
    expect((await read(reply)).equals(content)).toBe(true);
    expect(asked).toBe('GET /bucket/a HTTP/1.1\r\nhost: store\r\nrange: bytes=0-\r\nconnection: close\r\n\r\n');
  });

  it('comes whole after a head that comes byte by byte, and ends where its length says', async () => {
    const port = await serve(async (socket) => {
      for (const byte of plain) {
        socket.write(byte);
        await pause(0);
      }
      socket.write(content);
      socket.write('what does not belong to it');
    });
    expect((await read(await ask(port))).equals(content)).toBe(true);
  });

  it('throws where it ends short', async () => {
    const port = await serve((socket) => socket.end(Buffer.concat([Buffer.from(plain), content.subarray(1)])));
    await expect(read(await ask(port))).rejects.toThrow('closed');
  });

  it('throws where the connection is reset', async () => {
    const port = await serve((socket) => socket.write(plain, () => socket.resetAndDestroy()));
    await expect(ask(port).then(read)).rejects.toThrow();
  });

  it('throws where the store falls silent', { timeout: 10_000 }, async () => {
    const port = await serve((socket) => socket.write(Buffer.concat([Buffer.from(plain), content.subarray(1)])));
    await expect(read(await ask(port))).rejects.toThrow('silent');
  });
});

describe('a connection', () => {
  it('goes to an address in brackets, as URLs have those of IPv6', async () => {
    const port = await serve((socket) => socket.end(Buffer.concat([Buffer.from(plain), content])));
    const reply = await ask(port, '[::ffff:127.0.0.1]');
    expect((await iterated(reply)).equals(content)).toBe(true);
  });

  it('is closed when its body is left', async () => {
    let closed: Promise<unknown> | undefined;
    const port = await serve((socket) => {
      closed = once(socket, 'close');
      socket.write(plain);
    });
    (await ask(port)).body.destroy();
    await closed;
  });

  it('brings no more than is read, but for what the system keeps', async () => {
    let sent = 0;
    const port = await serve(async (socket) => {
      socket.write(head('Content-Length: 1000000000\r\n'));
      for (; !socket.destroyed; sent++)
        if (!socket.write(Buffer.alloc(1_000_000))) await once(socket, 'drain').catch(() => undefined);
    });
    const reply = await ask(port);
    await pause(300);
    expect(sent).toBeLessThan(50);
    reply.body.destroy();
  });
});

const notPlain: Record<string, string> = {
  'no length': head('ETag: "e"\r\n'),
  'two lengths': head('Content-Length: 1\r\nContent-Length: 2\r\n'),
  'a length that is no number': head('Content-Length: 0x10\r\n'),
  chunks: head('Content-Length: 5\r\nTransfer-Encoding: chunked\r\n'),
  'a reply before it': 'HTTP/1.1 100 Continue\r\n\r\n',
  'another version': 'HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n',
  'no header': head('Content-Length 5\r\n'),
  'a header before a space': head('Content-Length : 5\r\n'),
  'a long head': head(`Content-Length: 5\r\nx: ${'x'.repeat(40_000)}\r\n`),
};

describe('a refusal', () => {
  it.each(['Transfer-Encoding: chunked', 'Connection: close'])('with %s has no body to be read', async (framing) => {
    const port = await serve((socket) => socket.write(`HTTP/1.1 404 Not Found\r\n${framing}\r\n\r\n7\r\nNoSuchK`));
    const reply = await ask(port);
    expect([reply.statusCode, await iterated(reply)]).toEqual([404, Buffer.alloc(0)]);
  });
});

describe('a reply that is not plain', () => {
  it.each(Object.keys(notPlain))('for %s, is not read', async (name) => {
    const port = await serve((socket) => socket.end(notPlain[name] ?? expect.unreachable()));
    await expect(ask(port)).rejects.toThrow(NotPlain);
  });

  it("is left to the client's request handler, and so is all that follows", async () => {
    const requests: string[] = [];
    const chunked = `${head('Transfer-Encoding: chunked\r\nConnection: close\r\n')}7\r\ncontent\r\n0\r\n\r\n`;
    const port = await serve((socket, request) => {
      requests.push(/^connection: .*$/im.exec(request)?.[0].toLowerCase() ?? '');
      socket.end(chunked);
    });
    const client = new S3Client({
      region: 'us-east-1',
      endpoint: `http://127.0.0.1:${port}`,
      forcePathStyle: true,
      credentials: { accessKeyId: 'key', secretAccessKey: 'secret' },
    });
    const objects = createFastPath(client, 'bucket', '', createObjectCalls(client, 'bucket', ''), true);
    for (let round = 0; round < 2; round++) {
      const pieces: Uint8Array[] = [];
      for await (const piece of (await objects.stream('a', 'bytes=0-', content.length)).bytes) pieces.push(piece);
      expect(Buffer.concat(pieces).toString()).toBe('content');
    }
    expect(requests).toEqual(['connection: close', 'connection: keep-alive', 'connection: keep-alive']);
    client.destroy();
  });
});
