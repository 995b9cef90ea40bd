/** What happens on the wire when clients and storages break off: over raw sockets where a client would behave better. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { Agent, createServer, type IncomingMessage, request as open } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { memoryDriver } from '../../drivers/memory.ts';
import { createRegistryHandler, type Driver } from '../../lib/index.ts';
import { digest, image } from '../../lib/testing/exchanges/given.ts';
import { stores } from '../support/stores.ts';
import { closeAll, raw, serve } from '../support/watched-server.ts';

afterEach(closeAll);

interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

function ask(port: number, method: string, path: string, body = '', agent?: Agent): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const headers = method === 'GET' ? {} : { 'Content-Length': Buffer.byteLength(body) };
    const request = open({ host: '127.0.0.1', port, method, path, headers, agent: agent ?? false }, (response) => {
      let text = '';
      response.on('data', (piece) => {
        text += String(piece);
      });
      response.on('error', reject);
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text }));
    });
    request.on('error', reject);
    request.end(body);
  });
}

async function begin(port: number): Promise<string> {
  const { headers } = await ask(port, 'POST', '/v2/a/blobs/uploads/');
  return headers.location ?? '';
}

const requestOf = (method: string, path: string, length: number, body = '') =>
  `${method} ${path} HTTP/1.1\r\nHost: x\r\nContent-Length: ${length}\r\n\r\n${body}`;

async function until(condition: () => Promise<boolean> | boolean): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    if (await condition()) return;
    await sleep(10);
  }
  assert.fail('it did not come to be within two seconds');
}

describe.each(Object.entries(stores))('on %s, an upload whose connection breaks', (_, withDriver) => {
  it('keeps the bytes that came, and goes on from there', () =>
    withDriver(async (driver) => {
      const { port, settled, logged } = await serve(driver);
      const location = await begin(port);
      const socket = await raw(port, requestOf('PATCH', location, 10, 'hello '));
      await sleep(50);
      socket.destroy();
      await until(async () => (await ask(port, 'GET', location)).headers.range === '0-5');
      await Promise.all(settled);
      const [path] = location.split('?');
      const closed = await ask(port, 'PUT', `${path}?offset=6&digest=${digest('hello world')}`, 'world');
      expect(closed.status).toBe(201);
      expect((await ask(port, 'GET', `/v2/a/blobs/${digest('hello world')}`)).body).toBe('hello world');
      expect(logged).toEqual([]);
    }));

  it('leaves nothing where the blob was to come in one request', () =>
    withDriver(async (driver) => {
      const { port, settled } = await serve(driver);
      const socket = await raw(port, requestOf('POST', `/v2/a/blobs/uploads/?digest=${digest('hello')}`, 5, 'hel'));
      await sleep(50);
      socket.destroy();
      await until(() => settled.length === 1);
      await Promise.all(settled);
      expect((await ask(port, 'GET', `/v2/a/blobs/${digest('hello')}`)).status).toBe(404);
      expect(await driver.uploads.expire?.(new Date(Date.now() + 60_000))).toBe(0);
    }));

  it('gives way to a newer request that follows, even if it looks alive', () =>
    withDriver(async (driver) => {
      const { port } = await serve(driver);
      const location = await begin(port);
      const old = await raw(port, requestOf('PATCH', location, 10, 'hello '));
      let interrupted = '';
      old.on('data', (piece) => {
        interrupted += String(piece);
      });
      await sleep(50);
      const newer = await ask(port, 'PATCH', location, 'hello world');
      expect([newer.status, newer.headers.range]).toEqual([416, '0-5']);
      const [refusal] = JSON.parse(newer.body).errors;
      expect(refusal).toMatchObject({ detail: { reason: 'overtaken', expected: 6, given: 0 } });
      expect(refusal.message).toContain('another request changed the upload');
      await until(() => interrupted.includes('"detail":{"reason":"overtaken","expected":6,"given":0}'));
      expect(interrupted).toMatch(/^HTTP\/1\.1 416 /);
      const [path] = location.split('?');
      expect((await ask(port, 'PUT', `${path}?offset=6&digest=${digest('hello world')}`, 'world')).status).toBe(201);
      old.destroy();
    }));
});

describe('a download', () => {
  it('that breaks in the middle takes its connection along, and is logged', async () => {
    const memory = memoryDriver();
    const breaking = async function* () {
      yield Buffer.from('half');
      throw new Error('the disk is gone');
    };
    const { port, logged } = await serve({
      ...memory,
      blobs: { ...memory.blobs, get: async () => ({ size: 8, open: async () => breaking() }) },
    });
    await expect(ask(port, 'GET', `/v2/a/blobs/${digest('x')}`)).rejects.toThrow(/aborted|hang up/);
    expect(logged).toHaveLength(1);
  });

  it('that ends early is never passed off as whole', async () => {
    const memory = memoryDriver();
    const short = async function* () {
      yield Buffer.from('half');
    };
    const { port, logged } = await serve({
      ...memory,
      blobs: { ...memory.blobs, get: async () => ({ size: 8, open: async () => short() }) },
    });
    await expect(ask(port, 'GET', `/v2/a/blobs/${digest('x')}`)).rejects.toThrow(/aborted|hang up/);
    expect(logged).toHaveLength(1);
  });

  it('that the client leaves closes what it read from, and is not logged', async () => {
    const memory = memoryDriver();
    let closed = false;
    const endless = async function* () {
      try {
        for (;;) yield Buffer.alloc(64 * 1024);
      } finally {
        closed = true;
      }
    };
    const driver: Driver = {
      ...memory,
      blobs: { ...memory.blobs, get: async () => ({ size: 2 ** 40, open: async () => endless() }) },
    };
    const { port, settled, logged } = await serve(driver);
    const socket = await raw(port, `GET /v2/a/blobs/${digest('x')} HTTP/1.1\r\nHost: x\r\n\r\n`);
    await once(socket, 'data');
    socket.destroy();
    await until(() => closed);
    await Promise.all(settled);
    expect(logged).toEqual([]);
  });
});

describe('a refusal while the body is on its way', () => {
  it('leaves the connection in use where little is left of it', async () => {
    const { port, server } = await serve(memoryDriver());
    let connections = 0;
    server.on('connection', () => {
      connections++;
    });
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    for (let round = 0; round < 5; round++) {
      expect(
        (await ask(port, 'PATCH', '/v2/a/blobs/uploads/7c1f9b0e-6d0b-4e0c-9a51-0f6f7f3a3f5e', 'x'.repeat(10_000), agent)).status,
      ).toBe(404);
      expect((await ask(port, 'GET', '/v2/', '', agent)).status).toBe(200);
    }
    agent.destroy();
    expect(connections).toBe(1);
  });

  it('is a 413 before the body where its length says enough', async () => {
    const { port } = await serve(memoryDriver(), { limits: { manifestBytes: 1000 } });
    const socket = await raw(port, requestOf('PUT', '/v2/a/manifests/latest', 10_000_000));
    const [reply] = (await once(socket, 'data')) as [Buffer];
    expect(String(reply)).toMatch(/^HTTP\/1\.1 413 /);
    socket.destroy();
  });
});

describe('the handler', () => {
  it('leaves to next what lies outside the API, and answers all the rest itself', async () => {
    const handler = createRegistryHandler(memoryDriver());
    const passed: (string | undefined)[] = [];
    const server = createServer((request, response) => {
      void handler(request, response, () => {
        passed.push(request.url);
        response.end('next');
      });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const paths = ['/', '/v2x', '/v2/nothing', '/v2', '/v1/', '/other?x=/v2/'];
    const bodies: string[] = [];
    for (const path of paths) bodies.push((await ask(port, 'GET', path)).body);
    expect(passed).toEqual(['/', '/v2x', '/v1/', '/other?x=/v2/']);
    expect(bodies[2]).toContain('UNSUPPORTED');
    await new Promise((resolve) => server.close(resolve));
  });

  it('makes absolute URLs only where it was told its own', async () => {
    const { port } = await serve(memoryDriver(), { publicUrl: 'https://registry.example.com/r' });
    const { headers } = await ask(port, 'POST', '/v2/a/blobs/uploads/');
    expect(headers.location).toMatch(/^https:\/\/registry\.example\.com\/r\/v2\/a\/blobs\/uploads\/[0-9a-f-]{36}\?offset=0$/);
  });

  it('logs refusals where the logger has debug, and no query and no header', async () => {
    const debugged: object[] = [];
    const logger = { error: () => {}, warn: () => {}, debug: (...line: unknown[]) => void debugged.push(line) };
    const { port } = await serve(memoryDriver(), { logger });
    expect((await ask(port, 'GET', `/v2/a/blobs/${digest('x')}?secret=1`)).status).toBe(404);
    expect((await ask(port, 'GET', '/v2/')).status).toBe(200);
    expect((await ask(port, 'GET', '/v2/nothing')).status).toBe(404);
    const message = `the repository a does not hold the blob ${digest('x')}`;
    expect(debugged).toEqual([
      [
        {
          code: 'BLOB_UNKNOWN',
          status: 404,
          message,
          detail: { digest: digest('x') },
          method: 'GET',
          path: `/v2/a/blobs/${digest('x')}`,
        },
        'request refused',
      ],
      [expect.objectContaining({ code: 'UNSUPPORTED', status: 404, detail: undefined, path: '/v2/nothing' }), 'request refused'],
    ]);
  });

  it('logs the details of all errors of one refusal, and is not held up by a logger that fails', async () => {
    const debugged: object[] = [];
    const debug = (details: object) => {
      debugged.push(details);
      throw new Error('the log is full');
    };
    const { port } = await serve(memoryDriver(), { logger: { error: () => {}, warn: () => {}, debug } });
    const emitted: string[] = [];
    const note = (warning: Error): void => void emitted.push(warning.message);
    process.on('warning', note);
    expect((await ask(port, 'PUT', '/v2/a/manifests/latest', image())).status).toBe(400);
    await until(() => emitted.length > 0);
    process.off('warning', note);
    expect(emitted).toEqual(['the logger failed: Error: the log is full']);
    expect(debugged).toMatchObject([
      { code: 'MANIFEST_BLOB_UNKNOWN', detail: [{ digest: digest('{}') }, { digest: digest('layer') }] },
    ]);
  });

  it('logs what broke, and no query and no header', async () => {
    const memory = memoryDriver();
    const failing: Driver = { ...memory, blobs: { ...memory.blobs, get: () => Promise.reject(new Error('the disk is gone')) } };
    const { port, logged } = await serve(failing);
    expect((await ask(port, 'GET', `/v2/a/blobs/${digest('x')}?secret=1`)).status).toBe(500);
    expect(logged).toEqual([
      { err: new Error('the disk is gone'), method: 'GET', path: `/v2/a/blobs/${digest('x')}`, status: 500 },
    ]);
  });
});

describe('requests that are queued on one connection', () => {
  it('settle when it closes, and close what they read from', async () => {
    const memory = memoryDriver();
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
    const driver: Driver = {
      ...memory,
      blobs: { ...memory.blobs, get: async () => ({ size: 2 ** 40, open: async () => endless() }) },
    };
    const { port, settled, logged } = await serve(driver);
    const socket = await raw(port, `GET /v2/a/blobs/${digest('x')} HTTP/1.1\r\nHost: x\r\n\r\n`.repeat(20));
    await until(() => opened === 20);
    socket.destroy();
    await Promise.all(settled);
    await until(() => closed === 20);
    expect([settled.length, logged]).toEqual([20, []]);
  });

  it('are answered in order, whatever each of them does with its body', async () => {
    const { port } = await serve(memoryDriver());
    const refused = requestOf('PATCH', '/v2/a/blobs/uploads/7c1f9b0e-6d0b-4e0c-9a51-0f6f7f3a3f5e', 5, 'hello');
    const last = 'GET /v2/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n';
    const socket = await raw(port, refused + requestOf('POST', '/v2/a/blobs/uploads/', 0) + refused + last);
    let text = '';
    socket.on('data', (piece) => {
      text += String(piece);
    });
    await once(socket, 'close');
    expect([...text.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => status)).toEqual(['404', '202', '404', '200']);
  });
});

describe('a body in crumbs', () => {
  it('costs little more memory than one in pieces', async () => {
    const { port } = await serve(memoryDriver());
    const crumbs = '1\r\nx\r\n'.repeat(200_000);
    const before = process.memoryUsage().arrayBuffers + process.memoryUsage().heapUsed;
    const socket = await raw(port, `PATCH ${await begin(port)} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n`);
    socket.end(`${crumbs}0\r\n\r\n`);
    const [reply] = (await once(socket, 'data')) as [Buffer];
    expect(String(reply)).toMatch(/^HTTP\/1\.1 202 .*Range: 0-199999\r\n/s);
    expect(process.memoryUsage().arrayBuffers + process.memoryUsage().heapUsed - before).toBeLessThan(100 * 1024 * 1024);
  });
});

describe('a body that the host has read already', () => {
  const consumed = async (leave: (bytes: Buffer) => unknown): Promise<{ answers: Answer[]; logged: object[] }> => {
    const logged: object[] = [];
    const handler = createRegistryHandler(memoryDriver(), {
      logger: { error: (details) => logged.push(details), warn: () => {} },
    });
    const server = createServer(async (request, response) => {
      const pieces: Buffer[] = [];
      for await (const piece of request) pieces.push(piece as Buffer);
      await handler(Object.assign(request, { body: leave(Buffer.concat(pieces)) }), response);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const location = await begin(port);
    const answers = [
      await ask(port, 'PATCH', location, 'hello'),
      await ask(port, 'POST', `/v2/a/blobs/uploads/?digest=${digest('hello')}`, 'hello'),
    ];
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
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
