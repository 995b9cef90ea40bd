/** Refusals of requests whose body is still on its way, or waits to be asked for. */
import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, describe, expect, it } from 'vitest';
import { memoryDriver } from '../../drivers/memory.ts';
import { createRegistryHandler, type RegistryOptions } from '../../lib/index.ts';
import { digest } from '../../lib/testing/exchanges/given.ts';
import { refuse } from '../support/refusals.mjs';

const servers: Server[] = [];

async function listening(server: Server): Promise<number> {
  servers.push(server);
  server.requestTimeout = 0;
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

afterAll(async () => {
  for (const server of servers) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

/** A connection that is written to by hand, and all that came back. */
async function dial(port: number) {
  const socket = connect(port, '127.0.0.1');
  let text = '';
  let closed = false;
  socket.on('data', (piece) => {
    text += String(piece);
  });
  socket.on('error', () => {});
  socket.on('close', () => {
    closed = true;
  });
  await once(socket, 'connect');
  const statuses = () => [...text.matchAll(/HTTP\/1\.1 (\d+) /g)].map(([, status]) => Number(status));
  const until = async (enough: () => boolean) => {
    for (let tries = 0; tries < 300 && !enough(); tries++) await sleep(10);
  };
  return {
    write: (piece: string) => socket.write(piece),
    end: () => socket.end(),
    statuses,
    text: () => text,
    /** The statuses, once there are so many. */
    replies: async (count: number) => {
      await until(() => closed || statuses().length >= count);
      return statuses();
    },
    isClosed: async () => {
      await until(() => closed);
      return closed;
    },
  };
}

const unknown = '/v2/a/blobs/uploads/7c1f9b0e-6d0b-4e0c-9a51-0f6f7f3a3f5e';
const get = 'GET /v2/ HTTP/1.1\r\nHost: x\r\n\r\n';

describe('a refusal', () => {
  it('reaches every client that is sending 8 MiB, and costs the server little of them', async () => {
    const { wrong, mostRead } = await refuse({ createRegistryHandler, memoryDriver }, { tries: 64, atOnce: 64 });
    expect(wrong).toEqual([]);
    expect(mostRead).toBeLessThan(1.5 * 1024 * 1024);
  });

  it('of a small body that follows leaves the connection to the next requests', async () => {
    const connection = await dial(await listening(createServer(createRegistryHandler(memoryDriver()))));
    for (let round = 0; round < 20; round++) {
      const body = 'x'.repeat(1000 * (round + 1));
      connection.write(`PATCH ${unknown} HTTP/1.1\r\nHost: x\r\nContent-Length: ${body.length}\r\n\r\n`);
      await sleep(round % 3);
      connection.write(body + get);
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
    return listening(createRegistryHandler(memoryDriver(), options).attach(server));
  };
  const started = async (port: number) => {
    const reply = await fetch(`http://127.0.0.1:${port}/v2/a/blobs/uploads/`, { method: 'POST' });
    return reply.headers.get('location') ?? '';
  };

  it('is asked when the operation begins to read, and then served', async () => {
    const port = await attached();
    const connection = await dial(port);
    connection.write(asking(`PATCH ${await started(port)}`, 5));
    expect(await connection.replies(1)).toEqual([100]);
    connection.write('hello');
    expect(await connection.replies(2)).toEqual([100, 202]);
    connection.write(asking(`POST /v2/a/blobs/uploads/?digest=${digest('world')}`, 'chunked'));
    expect(await connection.replies(3)).toEqual([100, 202, 100]);
    connection.write(`5\r\nworld\r\n0\r\n\r\n${get}`);
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
    const port = await attached(options);
    const [upload = ''] = line.includes('{upload}') ? (await started(port)).split('?') : [];
    const connection = await dial(port);
    connection.write(asking(line.replace('{upload}', upload), length, ...headers));
    expect(await connection.replies(1)).toEqual([status]);
    expect(connection.text()).toContain('Connection: close');
    connection.end();
    expect(await connection.isClosed()).toBe(true);
    expect(connection.statuses()).toEqual([status]);
  });

  it('and is refused, but stays, is left before long', async () => {
    const connection = await dial(await attached());
    connection.write(asking(`PATCH ${unknown}`, 5));
    expect(await connection.replies(1)).toEqual([404]);
    expect(await connection.isClosed()).toBe(true);
  });

  it('and does not wait after all, is served all the same', async () => {
    const port = await attached();
    const connection = await dial(port);
    connection.write(`${asking(`PATCH ${await started(port)}`, 5)}hello${get}`);
    expect(await connection.replies(3)).toEqual([100, 202, 200]);
  });

  it('for nothing, since the body is empty, is served without being asked, and the connection ends', async () => {
    const port = await attached();
    const connection = await dial(port);
    connection.write(asking('POST /v2/a/blobs/uploads/', 0));
    expect(await connection.replies(1)).toEqual([202]);
    expect(await connection.isClosed()).toBe(true);
  });

  it('is asked at once where the handler is not attached, as by any server of Node', async () => {
    const connection = await dial(await listening(createServer(createRegistryHandler(memoryDriver()))));
    connection.write(asking(`PATCH ${unknown}`, 5));
    expect(await connection.replies(1)).toEqual([100]);
    connection.write('hello');
    expect(await connection.replies(2)).toEqual([100, 404]);
  });

  it('for something else than to be asked gets a 417', async () => {
    const connection = await dial(await attached());
    connection.write(`PATCH ${unknown} HTTP/1.1\r\nHost: x\r\nExpect: the-unexpected\r\nContent-Length: 0\r\n\r\n`);
    expect(await connection.replies(1)).toEqual([417]);
  });

  it('for what is outside the API is asked, and served by the listener that was there before', async () => {
    const listener: RequestListener = (request, response) => {
      request.resume().on('end', () => response.end('theirs'));
    };
    const connection = await dial(await attached({}, listener));
    connection.write(asking('POST /theirs', 5));
    expect(await connection.replies(1)).toEqual([100]);
    connection.write('hello');
    expect(await connection.replies(2)).toEqual([100, 200]);
    expect(connection.text()).toContain('theirs');
  });
});

describe('attached to a server', () => {
  const text = async (port: number, path: string) => {
    const reply = await fetch(`http://127.0.0.1:${port}${path}`);
    return `${reply.status} ${await reply.text()}`;
  };

  it('the registry comes first, and the listener that was there before gets the rest', async () => {
    const server = createServer((request, response) => response.end(`theirs: ${request.url}`));
    const port = await listening(createRegistryHandler(memoryDriver()).attach(server));
    expect(await text(port, '/v2/')).toMatch(/^200 /);
    expect(await text(port, '/v2/nothing')).toMatch(/^404 \{"errors"/);
    expect(await text(port, '/other')).toBe('200 theirs: /other');
  });

  it('it answers 404 to the rest where no listener was there', async () => {
    const port = await listening(createRegistryHandler(memoryDriver()).attach(createServer()));
    expect(await text(port, '/other')).toMatch(/^404 \{"errors"/);
  });

  it('it may have been its listener before', async () => {
    const handler = createRegistryHandler(memoryDriver());
    const port = await listening(handler.attach(createServer(handler)));
    expect(await text(port, '/v2/')).toMatch(/^200 /);
    expect(await text(port, '/other')).toMatch(/^404 \{"errors"/);
  });
});
