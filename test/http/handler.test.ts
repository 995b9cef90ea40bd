/** The handler: connections that break, storages that fail, queued requests, bodies that were read before; over raw sockets where a client would behave better. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { Agent } from 'node:http';
import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { memoryDriver } from '../../drivers/memory.ts';
import type { Chunk } from '../../lib/driver.ts';
import { createRegistryHandler, type Driver, RegistryError } from '../../lib/index.ts';
import { digest, image, manifest } from '../../lib/testing/exchanges/given.ts';
import { type DriverOverrides, overrideDriver } from '../../lib/testing/override-driver.ts';
import { playAt } from '../../lib/testing/wire/play.ts';
import { locationOf, type Reply, send } from '../support/client.ts';
import { listen, startHandler } from '../support/server.ts';
import { connectTo, dial } from '../support/socket.ts';
import { stores } from '../support/stores.ts';

/** Sends a request. */
const ask = (origin: string, method: string, path: string, body = '', agent?: Agent): Promise<Reply> =>
  send(origin, { method, path, body, ...(agent && { agent }) });

const begin = async (origin: string): Promise<string> => locationOf(await ask(origin, 'POST', '/v2/a/blobs/uploads/'));

/** Connects, and sends a text. */
async function write(port: number, text: string): Promise<Socket> {
  const socket = await connectTo(port);
  socket.write(text);
  return socket;
}

const requestOf = (method: string, path: string, length: number, body = '') =>
  `${method} ${path} HTTP/1.1\r\nHost: x\r\nContent-Length: ${length}\r\n\r\n${body}`;

async function until(condition: () => Promise<boolean> | boolean): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    if (await condition()) return;
    await sleep(10);
  }
  assert.fail(`two seconds have passed, and this is still false: ${condition}`);
}

/** A driver, and the moment when it first gets bytes of a body. */
function noticing(driver: Driver): { readonly driver: Driver; readonly reached: Promise<void> } {
  let reach = (): void => {};
  const reached = new Promise<void>((resolve) => {
    reach = resolve;
  });
  const noticed = (chunk: Chunk): Chunk => ({
    checkpoint: () => chunk.checkpoint(),
    async *[Symbol.asyncIterator]() {
      for await (const batch of chunk) {
        reach();
        yield batch;
      }
    },
  });
  const { blobs, uploads } = driver;
  const { put } = blobs;
  const changes = {
    blobs: put ? { put: (repo, digest, chunk) => put(repo, digest, noticed(chunk)) } : {},
    uploads: { append: (repo, id, from, chunk) => uploads.append(repo, id, from, noticed(chunk)) },
  } satisfies DriverOverrides;
  return { driver: overrideDriver(driver, changes), reached };
}

describe.each(Object.entries(stores))('on %s, an upload whose connection breaks', (_, withDriver) => {
  it('keeps the bytes that came, and goes on from there', () =>
    withDriver(async (driver) => {
      const { driver: noticed, reached } = noticing(driver);
      await using registry = await startHandler(noticed);
      const { port, origin, requests, logged } = registry;
      const location = await begin(origin);
      const socket = await write(port, requestOf('PATCH', location, 10, 'hello '));
      await reached;
      socket.destroy();
      await Promise.all(requests);
      expect((await ask(origin, 'GET', location)).headers.range).toBe('0-5');
      const [path] = location.split('?');
      const closed = await ask(origin, 'PUT', `${path}?offset=6&digest=${digest('hello world')}`, 'world');
      expect(closed.status).toBe(201);
      expect(String((await ask(origin, 'GET', `/v2/a/blobs/${digest('hello world')}`)).body)).toBe('hello world');
      expect(logged).toEqual([]);
    }));

  it('leaves nothing where the blob was to come in one request', () =>
    withDriver(async (driver) => {
      const { driver: noticed, reached } = noticing(driver);
      await using registry = await startHandler(noticed);
      const { port, origin, requests } = registry;
      const socket = await write(port, requestOf('POST', `/v2/a/blobs/uploads/?digest=${digest('hello')}`, 5, 'hel'));
      await reached;
      socket.destroy();
      await Promise.all(requests);
      expect((await ask(origin, 'GET', `/v2/a/blobs/${digest('hello')}`)).status).toBe(404);
      expect(await driver.uploads.expire?.(new Date(Date.now() + 60_000))).toBe(0);
    }));

  it('gives way to a newer request that follows, even if it looks alive', () =>
    withDriver(async (driver) => {
      const { driver: noticed, reached } = noticing(driver);
      await using registry = await startHandler(noticed);
      const { port, origin } = registry;
      const location = await begin(origin);
      const old = await write(port, requestOf('PATCH', location, 10, 'hello '));
      let interrupted = '';
      old.on('data', (piece) => {
        interrupted += String(piece);
      });
      await reached;
      const newer = await ask(origin, 'PATCH', location, 'hello world');
      expect([newer.status, newer.headers.range]).toEqual([416, '0-5']);
      const [refusal] = JSON.parse(String(newer.body)).errors;
      expect(refusal).toMatchObject({ detail: { reason: 'overtaken', expected: 6, given: 0 } });
      expect(refusal.message).toContain('another request changed the upload');
      await until(() => interrupted.includes('"detail":{"reason":"overtaken","expected":6,"given":0}'));
      expect(interrupted).toMatch(/^HTTP\/1\.1 416 /);
      const [path] = location.split('?');
      expect((await ask(origin, 'PUT', `${path}?offset=6&digest=${digest('hello world')}`, 'world')).status).toBe(201);
      old.destroy();
    }));
});

describe('a download', () => {
  it('that breaks in the middle takes its connection along, and is logged', async () => {
    const breaking = async function* () {
      yield Buffer.from('half');
      throw new Error('the disk is gone');
    };
    await using registry = await startHandler(
      overrideDriver(memoryDriver(), { blobs: { get: async () => ({ size: 8, open: async () => breaking() }) } }),
    );
    const { origin, logged } = registry;
    await expect(ask(origin, 'GET', `/v2/a/blobs/${digest('x')}`)).rejects.toThrow(/aborted|hang up/);
    expect(logged).toHaveLength(1);
  });

  it('that ends early is never passed off as whole', async () => {
    const short = async function* () {
      yield Buffer.from('half');
    };
    await using registry = await startHandler(
      overrideDriver(memoryDriver(), { blobs: { get: async () => ({ size: 8, open: async () => short() }) } }),
    );
    const { origin, logged } = registry;
    await expect(ask(origin, 'GET', `/v2/a/blobs/${digest('x')}`)).rejects.toThrow(/aborted|hang up/);
    expect(logged).toHaveLength(1);
  });

  it('that the client leaves closes what it read from, and is not logged', async () => {
    let closed = false;
    const endless = async function* () {
      try {
        for (;;) yield Buffer.alloc(64 * 1024);
      } finally {
        closed = true;
      }
    };
    const driver = overrideDriver(memoryDriver(), {
      blobs: { get: async () => ({ size: 2 ** 40, open: async () => endless() }) },
    });
    await using registry = await startHandler(driver);
    const { port, requests, logged } = registry;
    const socket = await write(port, `GET /v2/a/blobs/${digest('x')} HTTP/1.1\r\nHost: x\r\n\r\n`);
    await once(socket, 'data');
    socket.destroy();
    await until(() => closed);
    await Promise.all(requests);
    expect(logged).toEqual([]);
  });
});

describe('a manifest of which only the headers are sent', () => {
  it.each([
    ['HEAD', {}, 200],
    ['GET', { 'If-None-Match': `"${digest(image())}"` }, 304],
  ] as const)('is described and not read: %s', async (method, headers, status) => {
    const memory = memoryDriver();
    let reads = 0;
    const driver = overrideDriver(memory, {
      manifests: {
        get: (repo, wanted) => {
          reads++;
          return memory.manifests.get(repo, wanted);
        },
      },
    });
    await using registry = await startHandler(driver);
    await playAt(registry.origin, manifest('a', 'latest'));
    reads = 0;
    for (const reference of ['latest', digest(image())]) {
      const reply = await send(registry.origin, { method, path: `/v2/a/manifests/${reference}`, headers });
      expect(reply.status).toBe(status);
      if (status === 200) expect(reply.headers['content-length']).toBe(String(image().length));
    }
    expect(reads).toBe(0);
    await ask(registry.origin, 'GET', '/v2/a/manifests/latest');
    expect(reads).toBe(1);
  });
});

describe('a blob that a driver has as bytes of another realm, as jsdom has', () => {
  it.each(['bytes=0-1,3-4', 'bytes=0-4'])('is served for %s', async (range) => {
    const bytes: Uint8Array = runInNewContext('new Uint8Array([104, 101, 108, 108, 111])');
    const driver = overrideDriver(memoryDriver(), {
      blobs: {
        get: async () => ({
          size: bytes.length,
          open: async ({ first, last } = { first: 0, last: 4 }) => bytes.subarray(first, last + 1),
        }),
      },
    });
    const { origin, close } = await startHandler(driver);
    const { status, body } = await send(origin, {
      method: 'GET',
      path: `/v2/a/blobs/${digest('hello')}`,
      headers: { Range: range },
    });
    expect(status).toBe(206);
    expect(body.toString()).toMatch(range === 'bytes=0-4' ? /^hello$/ : /\r\n\r\nhe\r\n.*\r\n\r\nlo\r\n/s);
    await close();
  });
});

describe('a refusal while the body is on its way', () => {
  it('leaves the connection in use where little is left of it', async () => {
    await using registry = await startHandler(memoryDriver());
    const { origin, server } = registry;
    let connections = 0;
    server.on('connection', () => {
      connections++;
    });
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    for (let round = 0; round < 5; round++) {
      expect(
        (await ask(origin, 'PATCH', '/v2/a/blobs/uploads/7c1f9b0e-6d0b-4e0c-9a51-0f6f7f3a3f5e', 'x'.repeat(10_000), agent))
          .status,
      ).toBe(404);
      expect((await ask(origin, 'GET', '/v2/', '', agent)).status).toBe(200);
    }
    agent.destroy();
    expect(connections).toBe(1);
  });

  it('is a 413 before the body where its length says enough', async () => {
    await using registry = await startHandler(memoryDriver(), { limits: { manifestBytes: 1000 } });
    const socket = await write(registry.port, requestOf('PUT', '/v2/a/manifests/latest', 10_000_000));
    const [reply] = (await once(socket, 'data')) as [Buffer];
    expect(String(reply)).toMatch(/^HTTP\/1\.1 413 /);
    socket.destroy();
  });
});

describe('the handler', () => {
  it('leaves to next what lies outside the API, and answers all the rest itself', async () => {
    const handler = createRegistryHandler(memoryDriver());
    const passed: (string | undefined)[] = [];
    await using server = await listen((request, response) => {
      void handler(request, response, () => {
        passed.push(request.url);
        response.end('next');
      });
    });
    const paths = ['/', '/v2x', '/v2/nothing', '/v2', '/v1/', '/other?x=/v2/'];
    const bodies: string[] = [];
    for (const path of paths) bodies.push(String((await ask(server.origin, 'GET', path)).body));
    expect(passed).toEqual(['/', '/v2x', '/v1/', '/other?x=/v2/']);
    expect(bodies[2]).toContain('UNSUPPORTED');
  });

  it('makes absolute URLs only where it was told its own', async () => {
    await using registry = await startHandler(memoryDriver(), { publicUrl: 'https://registry.example.com/r' });
    const { headers } = await ask(registry.origin, 'POST', '/v2/a/blobs/uploads/');
    expect(headers.location).toMatch(/^https:\/\/registry\.example\.com\/r\/v2\/a\/blobs\/uploads\/[0-9a-f-]{36}\?offset=0$/);
  });

  it('logs refusals where the logger has debug, and no query and no header', async () => {
    const debugged: object[] = [];
    const logger = { error: () => {}, warn: () => {}, debug: (...line: unknown[]) => void debugged.push(line) };
    await using registry = await startHandler(memoryDriver(), { logger });
    const { origin } = registry;
    const refused = await ask(origin, 'GET', `/v2/a/blobs/${digest('x')}?secret=1`);
    expect(refused.status).toBe(404);
    expect((await ask(origin, 'GET', '/v2/')).status).toBe(200);
    expect((await ask(origin, 'GET', '/v2/nothing')).status).toBe(404);
    const message = `the repository a does not hold the blob ${digest('x')}`;
    expect(debugged).toEqual([
      [
        {
          code: 'BLOB_UNKNOWN',
          status: 404,
          message,
          detail: { digest: digest('x') },
          requestId: refused.headers['x-request-id'],
          method: 'GET',
          path: `/v2/a/blobs/${digest('x')}`,
        },
        'request refused',
      ],
      [
        expect.objectContaining({
          code: 'UNSUPPORTED',
          detail: { reason: 'no-route', given: '/v2/nothing' },
          path: '/v2/nothing',
        }),
        'request refused',
      ],
    ]);
  });

  it.each([
    ['fails', false],
    ['fails later', true],
  ])('logs the details of all errors of one refusal, and is not held up by a logger that %s', async (_, isAsync) => {
    const debugged: object[] = [];
    const fail = (details: object): never => {
      debugged.push(details);
      throw new Error('the log is full');
    };
    const debug = isAsync ? async (details: object) => fail(details) : fail;
    await using registry = await startHandler(memoryDriver(), { logger: { error: () => {}, warn: () => {}, debug } });
    const emitted: string[] = [];
    const note = (warning: Error): void => void emitted.push(warning.message);
    process.on('warning', note);
    expect((await ask(registry.origin, 'PUT', '/v2/a/manifests/latest', image())).status).toBe(400);
    await until(() => emitted.length > 0);
    process.off('warning', note);
    expect(emitted).toEqual(['the logger failed: Error: the log is full']);
    expect(debugged).toMatchObject([
      { code: 'MANIFEST_BLOB_UNKNOWN', detail: [{ digest: digest('{}') }, { digest: digest('layer') }] },
    ]);
  });

  it('frames an error of the host by itself, whatever its headers say of that', async () => {
    const headers = { 'content-length': '3', 'Transfer-Encoding': 'chunked', 'content-type': 'text/html', 'X-Team': 'core' };
    const authorize = () => Promise.reject(new RegistryError('DENIED', { headers }));
    await using registry = await startHandler(memoryDriver(), { authorize });
    const { status, headers: sent, body } = await ask(registry.origin, 'GET', '/v2/');
    expect(status).toBe(403);
    expect(sent).toMatchObject({ 'content-length': String(body.length), 'content-type': 'application/json', 'x-team': 'core' });
    expect(sent).not.toHaveProperty('transfer-encoding');
  });

  it('answers 500 to an error of the host whose detail JSON cannot hold, and goes on', async () => {
    const circular: { self?: object } = {};
    circular.self = circular;
    for (const detail of [10n, circular]) {
      const authorize = () => Promise.reject(new RegistryError('DENIED', { detail }));
      await using registry = await startHandler(memoryDriver(), { authorize });
      const { origin, logged, requests } = registry;
      for (const method of ['GET', 'HEAD']) expect((await ask(origin, method, '/v2/')).status).toBe(500);
      await Promise.all(requests);
      expect(logged).toMatchObject(Array(2).fill({ err: expect.any(TypeError), path: '/v2/', status: 500 }));
    }
  });

  it('logs what broke, and no query and no header', async () => {
    const failing = overrideDriver(memoryDriver(), { blobs: { get: () => Promise.reject(new Error('the disk is gone')) } });
    await using registry = await startHandler(failing);
    const { origin, logged } = registry;
    const failed = await ask(origin, 'GET', `/v2/a/blobs/${digest('x')}?secret=1`);
    expect(failed.status).toBe(500);
    expect(logged).toEqual([
      {
        err: new Error('the disk is gone'),
        requestId: failed.headers['x-request-id'],
        method: 'GET',
        path: `/v2/a/blobs/${digest('x')}`,
        status: 500,
      },
    ]);
  });
});

describe('requests that are queued on one connection', () => {
  it('settle when it closes, and close what the first of them reads from', async () => {
    let opened = 0;
    let closed = 0;
    const endless = () => {
      opened++;
      const pieces = (async function* () {
        for (;;) yield Buffer.alloc(64 * 1024);
      })();
      return Object.assign(pieces, {
        return: async () => {
          closed++;
          return { done: true as const, value: undefined };
        },
      });
    };
    const driver = overrideDriver(memoryDriver(), {
      blobs: { get: async () => ({ size: 2 ** 40, open: async () => endless() }) },
    });
    await using registry = await startHandler(driver);
    const { port, requests, logged } = registry;
    const socket = await write(port, `GET /v2/a/blobs/${digest('x')} HTTP/1.1\r\nHost: x\r\n\r\n`.repeat(20));
    await until(() => opened === 1);
    socket.destroy();
    await Promise.all(requests);
    await until(() => closed === 1);
    expect([requests.length, logged]).toEqual([20, []]);
  });

  it('are answered in order, whatever each of them does with its body', async () => {
    await using registry = await startHandler(memoryDriver());
    const refused = requestOf('PATCH', '/v2/a/blobs/uploads/7c1f9b0e-6d0b-4e0c-9a51-0f6f7f3a3f5e', 5, 'hello');
    const last = 'GET /v2/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n';
    const connection = await dial(registry.port);
    connection.send(refused + requestOf('POST', '/v2/a/blobs/uploads/', 0) + refused + last);
    expect(await connection.ends(5_000)).toBe(true);
    expect(connection.statuses()).toEqual([404, 202, 404, 200]);
  });
});

describe('a body in crumbs', () => {
  it('costs little more memory than one in pieces', async () => {
    await using registry = await startHandler(memoryDriver());
    const { port, origin } = registry;
    const crumbs = '1\r\nx\r\n'.repeat(200_000);
    const before = process.memoryUsage().arrayBuffers + process.memoryUsage().heapUsed;
    const socket = await write(port, `PATCH ${await begin(origin)} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n`);
    socket.end(`${crumbs}0\r\n\r\n`);
    const [reply] = (await once(socket, 'data')) as [Buffer];
    expect(String(reply)).toMatch(/^HTTP\/1\.1 202 .*Range: 0-199999\r\n/s);
    expect(process.memoryUsage().arrayBuffers + process.memoryUsage().heapUsed - before).toBeLessThan(100 * 1024 * 1024);
  });
});

describe('a body that the host has read already', () => {
  const consumed = async (leave: (bytes: Buffer) => unknown): Promise<{ answers: Reply[]; logged: object[] }> => {
    const logged: object[] = [];
    const handler = createRegistryHandler(memoryDriver(), {
      logger: { error: (details) => logged.push(details), warn: () => {} },
    });
    await using server = await listen(async (request, response) => {
      const pieces: Buffer[] = [];
      for await (const piece of request) pieces.push(piece as Buffer);
      await handler(Object.assign(request, { body: leave(Buffer.concat(pieces)) }), response);
    });
    const { origin } = server;
    const location = await begin(origin);
    const answers = [
      await ask(origin, 'PATCH', location, 'hello'),
      await ask(origin, 'POST', `/v2/a/blobs/uploads/?digest=${digest('hello')}`, 'hello'),
    ];
    return { answers, logged };
  };

  it.each([
    ['bytes', (bytes: Buffer) => bytes],
    ['text', String],
  ])('is used where it is left as %s', async (_, leave) => {
    const { answers } = await consumed(leave);
    expect(answers.map(({ status }) => status)).toEqual([202, 201]);
    expect(answers[0]?.headers.range).toBe('0-4');
  });

  it('is a fault that names its cause where it was parsed', async () => {
    const { answers, logged } = await consumed(() => ({}));
    expect(answers.map(({ status }) => status)).toEqual([500, 500]);
    expect(logged[0]).toMatchObject({ err: { message: expect.stringContaining('a body parser ran before the registry') } });
  });
});
