/** Requests that two servers could read in two ways, over raw sockets: refused, or read in one way and never another. */
import { createServer } from 'node:http';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { memoryDriver } from '../../drivers/memory.ts';
import { createFetchHandler } from '../../lib/fetch.ts';
import { createRegistryHandler } from '../../lib/index.ts';
import { type Framing, framings } from '../support/framing-cases.ts';
import { obstacleTo, requestFrom } from '../support/hostile/fetch.ts';
import { type Listening, listen } from '../support/server.ts';
import { dial } from '../support/socket.ts';

const settled: Promise<void>[] = [];
const logged: object[] = [];
let listening: Listening;

beforeAll(async () => {
  const log = (details: object) => logged.push(details);
  const handler = createRegistryHandler(memoryDriver(), { logger: { error: log, warn: log } });
  const times = { headersTimeout: 1_000, requestTimeout: 0, connectionsCheckingInterval: 100, keepAliveTimeout: 30_000 };
  listening = await listen(createServer(times, (request, response) => void settled.push(handler(request, response))));
});

afterAll(() => listening.close());

const probe = 'GET /v2/ HTTP/1.1\r\nHost: probe\r\nConnection: close\r\n\r\n';

/** What comes back until the server closes, or until it has been silent for a while; an open connection is then asked once more. */
async function play({ sent, ends, statuses }: Framing): Promise<{ statuses: number[]; leaves: string }> {
  const connection = await dial(listening.port);
  for (const piece of typeof sent === 'string' ? [sent] : sent) {
    connection.send(piece);
    // One turn, so that each piece is read alone; no longer, since a body that is refused is waited for for 100 ms only.
    await nextTurn();
  }
  if (ends) connection.socket.end();
  await connection.replies(statuses.length, 2_500);
  // A reply too many would come now; and a connection that is to be closed may stay for a slow reader first.
  const isClosing = ends || connection.rest().includes('Connection: close');
  const closed = await connection.ends(isClosing ? 3_000 : 150);
  const before = connection.statuses();
  if (closed) return { statuses: before, leaves: 'closed' };
  connection.send(probe);
  const served = await connection.ends(2_000);
  const after = connection.statuses().slice(before.length);
  return { statuses: before, leaves: served && after.join() === '200' ? 'open' : `out of step: ${after.join()}` };
}

const parser = Number.parseInt(process.versions.llhttp ?? '', 10);

describe('a connection with', () => {
  it.concurrent.each(framings.filter((each) => (each.parser ?? 0) <= parser))('$name', async (framing) => {
    const { statuses, leaves } = framing;
    expect(await play(framing)).toEqual({ statuses, leaves });
  });
});

/** Node's parser refuses these itself. The class makes capitals of the first method and takes the second; the third needs no body to be refused. */
const ofTheClass: Readonly<Record<string, number>> = {
  'a method in small letters': 200,
  'an unknown method': 405,
  'half a body, and the end': 404,
};

/** The framings that a host can make a `Request` of. */
const made = framings.flatMap(({ name, sent, ends, statuses }) => {
  const [status, ...others] = statuses;
  if (typeof sent !== 'string' || status === undefined || others.length > 0) return [];
  return obstacleTo({ bytes: sent, status })
    ? []
    : [{ name, bytes: sent, status: ofTheClass[name] ?? status, connection: ends ? 'ends' : 'open' } as const];
});

describe('a Request with', () => {
  const fetch = createFetchHandler(memoryDriver());

  it.each(made)('$name', async ({ bytes, status, connection }) => {
    expect((await fetch(requestFrom(bytes, connection))).status).toBe(status);
  });

  it('can have 28 of them', () => {
    expect(made.length).toBe(28);
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
    [
      'two Content-Types',
      'GET /v2/ HTTP/1.1\r\nHost: x\r\nContent-Type: a/b\r\ncontent-type: c/d\r\n\r\n',
      'Content-Type is given more than once',
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
    await using lenient = await listen(createServer({ insecureHTTPParser: true }, handler));
    const connection = await dial(lenient.port);
    connection.send(sent + probe);
    expect(await connection.ends(5_000)).toBe(true);
    const text = String(connection.rest());
    expect(text).toMatch(
      /^HTTP\/1\.1 400 .*\r\nConnection: close\r\n.*\{"errors":\[\{"code":"UNSUPPORTED","message":"[^"]+","detail":\{"reason":"(?:framing|repeated-header)"[^}]*\}\}\]\}$/s,
    );
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
