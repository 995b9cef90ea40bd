/** Refusals of requests whose body is still on its way, or waits to be asked for. */
import { createServer, type RequestListener, type Server } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, describe, expect, it } from 'vitest';
import { memoryDriver } from '../../drivers/memory.ts';
import { createRegistryHandler, type RegistryOptions } from '../../lib/index.ts';
import { digest } from '../../lib/testing/exchanges/given.ts';
import { locationOf, send } from '../support/client.ts';
import { refuse } from '../support/refused-bodies.ts';
import { type Listening, listen } from '../support/server.ts';
import { dial } from '../support/socket.ts';

const running: Listening[] = [];

/** Starts a server, which is closed after the last test. */
async function start(server: Server | RequestListener): Promise<Listening> {
  const listening = await listen(server);
  running.push(listening);
  return listening;
}

afterAll(async () => {
  for (const { close } of running) await close();
});

const unknown = '/v2/a/blobs/uploads/7c1f9b0e-6d0b-4e0c-9a51-0f6f7f3a3f5e';
const get = 'GET /v2/ HTTP/1.1\r\nHost: x\r\n\r\n';

describe('a refusal', () => {
  it('reaches every client that is sending 8 MiB, and costs the server little of them', async () => {
    const { wrong, mostRead } = await refuse({ createRegistryHandler, memoryDriver }, { tries: 64, atOnce: 64 });
    expect(wrong).toEqual([]);
    expect(mostRead).toBeLessThan(1.5 * 1024 * 1024);
  });

  it('of a small body that follows leaves the connection to the next requests', async () => {
    const connection = await dial((await start(createRegistryHandler(memoryDriver()))).port);
    for (let round = 0; round < 20; round++) {
      const body = 'x'.repeat(1000 * (round + 1));
      connection.send(`PATCH ${unknown} HTTP/1.1\r\nHost: x\r\nContent-Length: ${body.length}\r\n\r\n`);
      await sleep(round % 3);
      connection.send(body + get);
      expect(await connection.replies(2 * (round + 1))).toEqual(
        Array(round + 1)
          .fill([404, 200])
          .flat(),
      );
    }
  });
});

describe('a client that waits to be asked for its body', () => {
  const asking = (line: string, length: number | 'chunked', ...more: string[]) =>
    [
      `${line} HTTP/1.1`,
      'Host: x',
      'Expect: 100-continue',
      length === 'chunked' ? 'Transfer-Encoding: chunked' : `Content-Length: ${length}`,
      ...more,
      '\r\n',
    ].join('\r\n');
  const attached = (options: RegistryOptions = {}, ...listeners: RequestListener[]) => {
    const server = createServer();
    for (const listener of listeners) server.on('request', listener);
    return start(createRegistryHandler(memoryDriver(), options).attach(server));
  };
  const started = async (origin: string) => locationOf(await send(origin, { method: 'POST', path: '/v2/a/blobs/uploads/' }));

  it('is asked when the operation begins to read, and then served', async () => {
    const { port, origin } = await attached();
    const connection = await dial(port);
    connection.send(asking(`PATCH ${await started(origin)}`, 5));
    expect(await connection.replies(1)).toEqual([100]);
    connection.send('hello');
    expect(await connection.replies(2)).toEqual([100, 202]);
    connection.send(asking(`POST /v2/a/blobs/uploads/?digest=${digest('world')}`, 'chunked'));
    expect(await connection.replies(3)).toEqual([100, 202, 100]);
    connection.send(`5\r\nworld\r\n0\r\n\r\n${get}`);
    expect(await connection.replies(5)).toEqual([100, 202, 100, 201, 200]);
  });

  const refused = (subject?: string): RegistryOptions => ({
    authorize: () => ({ may: () => false, challenges: ['Basic realm="test"'], ...(subject !== undefined && { subject }) }),
  });
  it.concurrent.each<[number, RegistryOptions, string, number | 'chunked', string[]]>([
    [401, refused(), `PATCH ${unknown}`, 5, []],
    [401, refused(), `PATCH ${unknown}`, 'chunked', []],
    [403, refused('me'), `PATCH ${unknown}`, 5, []],
    [404, {}, `PATCH ${unknown}`, 5, []],
    [404, {}, 'PUT /v2/nothing', 5, []],
    [405, {}, 'PUT /v2/a/tags/list', 5, []],
    [413, { limits: { manifestBytes: 100 } }, 'PUT /v2/a/manifests/latest', 101, []],
    [413, { limits: { blobBytes: 100 } }, `POST /v2/a/blobs/uploads/?digest=${digest('x')}`, 101, []],
    [413, { limits: { blobBytes: 100 } }, 'PATCH {upload}', 101, []],
    [416, {}, 'PATCH {upload}?offset=7', 5, []],
    [416, {}, 'PATCH {upload}', 5, ['Content-Range: 7-11']],
    [400, {}, 'PATCH {upload}', 5, ['Content-Range: x']],
  ])('gets a %i before it, and cannot go on', async (status, options, line, length, headers) => {
    const { port, origin } = await attached(options);
    const [upload = ''] = line.includes('{upload}') ? (await started(origin)).split('?') : [];
    const connection = await dial(port);
    connection.send(asking(line.replace('{upload}', upload), length, ...headers));
    expect(await connection.replies(1)).toEqual([status]);
    expect(String(connection.rest())).toContain('Connection: close');
    connection.socket.end();
    expect(await connection.ends(3_000)).toBe(true);
    expect(connection.statuses()).toEqual([status]);
  });

  it('and is refused, but stays, is left before long', async () => {
    const connection = await dial((await attached()).port);
    connection.send(asking(`PATCH ${unknown}`, 5));
    expect(await connection.replies(1)).toEqual([404]);
    expect(await connection.ends(3_000)).toBe(true);
  });

  it('and does not wait after all, is served all the same', async () => {
    const { port, origin } = await attached();
    const connection = await dial(port);
    connection.send(`${asking(`PATCH ${await started(origin)}`, 5)}hello${get}`);
    expect(await connection.replies(3)).toEqual([100, 202, 200]);
  });

  it('for nothing, since the body is empty, is served without being asked, and the connection ends', async () => {
    const { port } = await attached();
    const connection = await dial(port);
    connection.send(asking('POST /v2/a/blobs/uploads/', 0));
    expect(await connection.replies(1)).toEqual([202]);
    expect(await connection.ends(3_000)).toBe(true);
  });

  it('is asked at once where the handler is not attached, as by any server of Node', async () => {
    const connection = await dial((await start(createRegistryHandler(memoryDriver()))).port);
    connection.send(asking(`PATCH ${unknown}`, 5));
    expect(await connection.replies(1)).toEqual([100]);
    connection.send('hello');
    expect(await connection.replies(2)).toEqual([100, 404]);
  });

  it('for something else than to be asked gets a 417', async () => {
    const connection = await dial((await attached()).port);
    connection.send(`PATCH ${unknown} HTTP/1.1\r\nHost: x\r\nExpect: the-unexpected\r\nContent-Length: 0\r\n\r\n`);
    expect(await connection.replies(1)).toEqual([417]);
  });

  it('for what is outside the API is asked, and served by the listener that was there before', async () => {
    const listener: RequestListener = (request, response) => {
      request.resume().on('end', () => response.end('theirs'));
    };
    const connection = await dial((await attached({}, listener)).port);
    connection.send(asking('POST /theirs', 5));
    expect(await connection.replies(1)).toEqual([100]);
    connection.send('hello');
    expect(await connection.replies(2)).toEqual([100, 200]);
    expect(String(connection.rest())).toContain('theirs');
  });
});

describe('attached to a server', () => {
  const text = async ({ origin }: Listening, path: string) => {
    const { status, body } = await send(origin, { method: 'GET', path });
    return `${status} ${body}`;
  };

  it('the registry comes first, and the listener that was there before gets the rest', async () => {
    const server = createServer((request, response) => response.end(`theirs: ${request.url}`));
    const attached = await start(createRegistryHandler(memoryDriver()).attach(server));
    expect(await text(attached, '/v2/')).toMatch(/^200 /);
    expect(await text(attached, '/v2/nothing')).toMatch(/^404 \{"errors"/);
    expect(await text(attached, '/other')).toBe('200 theirs: /other');
  });

  it('it answers 404 to the rest where no listener was there', async () => {
    const attached = await start(createRegistryHandler(memoryDriver()).attach(createServer()));
    expect(await text(attached, '/other')).toMatch(/^404 \{"errors"/);
  });

  it('it may have been its listener before', async () => {
    const handler = createRegistryHandler(memoryDriver());
    const attached = await start(handler.attach(createServer(handler)));
    expect(await text(attached, '/v2/')).toMatch(/^200 /);
    expect(await text(attached, '/other')).toMatch(/^404 \{"errors"/);
  });
});
