/** Requests that two servers could read in two ways, over raw sockets: refused, or read in one way and never another. */
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { memoryDriver } from '../../drivers/memory.ts';
import { createRegistryHandler } from '../../lib/index.ts';
import { type Framing, framings } from '../support/framings.ts';

const settled: Promise<void>[] = [];
const logged: object[] = [];
let server: Server;

beforeAll(async () => {
  const handler = createRegistryHandler(memoryDriver(), {
    logger: { error: (details) => logged.push(details), warn: (details) => logged.push(details) },
  });
  const times = { headersTimeout: 1_000, requestTimeout: 0, connectionsCheckingInterval: 100, keepAliveTimeout: 30_000 };
  server = createServer(times, (request, response) => {
    settled.push(handler(request, response));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});

afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const probe = 'GET /v2/ HTTP/1.1\r\nHost: probe\r\nConnection: close\r\n\r\n';

/** What comes back until the server closes, or until it has been silent for a while; an open connection is then asked once more. */
async function play({ sent, ends, statuses }: Framing): Promise<{ statuses: number[]; leaves: string }> {
  const socket = connect({ port: (server.address() as AddressInfo).port, host: '127.0.0.1', allowHalfOpen: true });
  let text = '';
  let closed = false;
  const stop = () => {
    closed = true;
  };
  socket
    .on('error', () => {})
    .on('end', stop)
    .on('close', stop);
  socket.on('data', (piece) => {
    text += String(piece);
  });
  await once(socket, 'connect');
  for (const piece of typeof sent === 'string' ? [sent] : sent) {
    socket.write(piece, 'latin1');
    await sleep(typeof sent === 'string' ? 0 : 5);
  }
  if (ends) socket.end();
  const found = () => [...text.matchAll(/HTTP\/1\.1 (\d+) /g)].map(([, status]) => Number(status));
  const until = async (enough: () => boolean, milliseconds: number) => {
    for (const end = Date.now() + milliseconds; !enough() && Date.now() < end; ) await sleep(10);
  };
  await until(() => closed || found().length >= statuses.length, 2_500);
  // A reply too many would come now; and a connection that is to be closed may stay for a slow reader first.
  await until(() => closed, text.includes('Connection: close') || ends ? 3_000 : 150);
  const before = found();
  if (closed) return { statuses: before, leaves: 'closed' };
  socket.write(probe);
  await until(() => closed, 2_000);
  const after = found().slice(before.length);
  return { statuses: before, leaves: closed && after.join() === '200' ? 'open' : `out of step: ${after.join()}` };
}

describe('a connection with', () => {
  it.concurrent.each(framings)('$name', async (framing) => {
    const { statuses, leaves } = framing;
    expect(await play(framing)).toEqual({ statuses, leaves });
  });
});

describe('what Node lets through and the registry does not', () => {
  const chunks = (...head: string[]) => `${head.join('\r\n')}\r\n\r\n0\r\n\r\n`;
  it.concurrent.each([
    ['two Hosts', 'GET /v2/ HTTP/1.1\r\nHost: x\r\nhost: y\r\n\r\n', 'Host is given more than once'],
    [
      'two Authorizations',
      'GET /v2/ HTTP/1.1\r\nHost: x\r\nAuthorization: Basic YTpi\r\nAuthorization: Basic YTpi\r\n\r\n',
      'Authorization is given more than once',
    ],
    ['an asterisk', 'OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n', 'ask for a path'],
    ['another version', 'GET /v2/ HTTP/2.0\r\nHost: x\r\n\r\n', 'must be HTTP/1.1'],
    ['two codings', chunks('PATCH /v2/ HTTP/1.1', 'Host: x', 'Transfer-Encoding: gzip, chunked'), 'transfer coding'],
    ['a coding over HTTP/1.0', chunks('PATCH /v2/ HTTP/1.0', 'Transfer-Encoding: chunked'), 'HTTP/1.0 has no'],
    [
      'a length and chunks, of a lenient parser',
      chunks('PATCH /v2/ HTTP/1.1', 'Host: x', 'Content-Length: 5', 'Transfer-Encoding: chunked'),
      'either a Content-Length or a Transfer-Encoding',
    ],
  ])('%s: it says so in its own words, and closes', async (_, sent, words) => {
    const handler = createRegistryHandler(memoryDriver());
    const lenient = createServer({ insecureHTTPParser: true }, handler).listen(0, '127.0.0.1');
    await once(lenient, 'listening');
    const socket = connect((lenient.address() as AddressInfo).port, '127.0.0.1');
    let text = '';
    socket.on('data', (piece) => {
      text += String(piece);
    });
    socket.write(sent + probe);
    await once(socket, 'close');
    lenient.close();
    expect(text).toMatch(/^HTTP\/1\.1 400 .*\r\nConnection: close\r\n.*\{"errors":\[\{"code":"UNSUPPORTED"[^}]*\}\]\}$/s);
    expect(text).toContain(words);
  });
});

describe('after all of it', () => {
  it('every request was settled, and nothing was a fault', async () => {
    await Promise.all(settled);
    expect(logged).toEqual([]);
    expect(settled.length).toBeGreaterThan(framings.length / 2);
  });
});
