/** Requests with more headers than their server keeps: Node drops what is over, so nothing is read of them. */
import { createServer } from 'node:http';
import { connect, createServer as createHttp2Server } from 'node:http2';
import { describe, expect, it } from 'vitest';
import { memoryDriver } from '../../drivers/memory.ts';
import { createRegistryHandler } from '../../lib/index.ts';
import { listen, startHandler } from '../support/server.ts';
import { dial } from '../support/socket.ts';

const hello = (count: number, ...last: string[]) =>
  ['GET /v2/ HTTP/1.1', 'Host: x', ...Array<string>(count - 1 - last.length).fill('a:'), ...last, '', ''].join('\r\n');

describe('of a server with a maxHeadersCount', () => {
  it.each<[string, number | null | undefined, number, number]>([
    ['that is not set, 999 are read', undefined, 999, 200],
    ['that is not set, 1,000 are refused', undefined, 1_000, 431],
    ['of null, 1,000 are refused', null, 1_000, 431],
    ['of 40, 39 are read', 40, 39, 200],
    ['of 40, 40 are refused', 40, 40, 431],
    ['of 40, 41 are refused', 40, 41, 431],
    ['of 40, 300 are refused', 40, 300, 431],
    ['of 64, 65 are refused', 64, 65, 431],
    ['of 2,000, 1,999 are read', 2_000, 1_999, 200],
    ['of 2,000, 2,100 are refused', 2_000, 2_100, 431],
    ['of 0, 3,000 are read', 0, 3_000, 200],
  ])('%s', async (_, maxHeadersCount, count, status) => {
    const server = createServer({ requestTimeout: 0 }, createRegistryHandler(memoryDriver(), { uploadExpiry: false }));
    if (maxHeadersCount !== undefined) server.maxHeadersCount = maxHeadersCount;
    await using listening = await listen(server);
    const connection = await dial(listening.port);
    connection.send(hello(count));
    const answer = await connection.answer({ milliseconds: 5_000 });
    expect(answer?.status).toBe(status);
    expect(answer?.headers.connection).toBe(status === 431 ? 'close' : 'keep-alive');
    connection.socket.destroy();
  });
});

// Of 1,001, Node drops the last; newer ones refuse them before anybody is told.
it.each([1_000, 1_001])(
  'behind a proxy, a client that takes away what the proxy appends gets no address by that: with %i',
  async (count) => {
    let asked = 0;
    const authorize = () => ({ may: () => ++asked > 0 });
    await using registry = await startHandler(memoryDriver(), { trustProxy: 'loopback', authorize });
    const { port, events } = registry;
    const connection = await dial(port);
    connection.send(hello(count, 'X-Forwarded-For: 203.0.113.7'));
    expect((await connection.answer({ milliseconds: 5_000 }))?.status).toBe(431);
    expect(await connection.ends(5_000)).toBe(true);
    expect(asked).toBe(0);
    const refusal = { status: 431, code: 'UNSUPPORTED', remoteAddress: undefined };
    expect(events).toMatchObject(count === 1_000 || events.length > 0 ? [refusal] : []);
  },
);

describe('over HTTP/2', () => {
  async function ask(maxHeaderListPairs?: number): Promise<unknown> {
    const handler = createRegistryHandler(memoryDriver(), { uploadExpiry: false });
    const server = createHttp2Server({ ...(maxHeaderListPairs !== undefined && { maxHeaderListPairs }) }, handler);
    await using listening = await listen(server);
    const session = connect(listening.origin);
    const many = Object.fromEntries(Array.from({ length: 1_200 }, (_, number) => [`a${number}`, '1']));
    try {
      const stream = session.request({ ':path': '/v2/', ...many });
      return await new Promise((resolve) => {
        stream.on('response', (headers) => resolve(headers[':status']));
        stream.on('error', (error) => resolve(error.message));
      });
    } finally {
      session.destroy();
    }
  }

  it('a stream with too many headers is reset by Node, and none of them is dropped', async () => {
    expect(await ask()).toMatch(/ENHANCE_YOUR_CALM/);
  });

  it('a server that takes more of them gets them all', async () => {
    expect(await ask(2_000)).toBe(200);
  });
});
