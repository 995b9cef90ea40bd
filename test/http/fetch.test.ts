/** The door for fetch: streams both ways at the pace of the slower end, and an end for each exchange, however it comes. */
import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { build } from 'esbuild';
import { describe, expect, test, vi } from 'vitest';
import { memoryDriver } from '../../drivers/memory.ts';
import { createFetchHandler, type FetchHandler } from '../../lib/fetch.ts';
import { createRegistryHandler, type Driver, RegistryError, type RegistryOptions, type ResponseEvent } from '../../lib/index.ts';
import { overrideDriver } from '../../lib/testing/override-driver.ts';
import { digestOf } from '../support/client.ts';
import { contentOf } from '../support/random.ts';
import { listen } from '../support/server.ts';

const mebibyte = 1024 * 1024;
const at = (path: string, about: RequestInit = {}) =>
  new Request(`http://registry${path}`, Object.assign({ duplex: 'half' }, about));
const someBytes = (name: string, size: number) => new Uint8Array(contentOf(name, size));
const blobAt = (bytes: Uint8Array): string => `/v2/a/blobs/${digestOf(bytes)}`;
const pushOf = (bytes: Uint8Array): string => `/v2/a/blobs/uploads/?digest=${digestOf(bytes)}`;

/** A registry, what it told of its responses, and what it logged. */
function make(driver: Driver = memoryDriver(), options: RegistryOptions = {}) {
  const events: ResponseEvent[] = [];
  const logged: { err?: unknown }[] = [];
  const log = (details: object): void => void logged.push(details);
  const registry = createFetchHandler(driver, {
    uploadExpiry: false,
    logger: { error: log, warn: log },
    onResponse: (event) => void events.push(event),
    ...options,
  });
  return { registry, events, logged };
}

async function push(registry: FetchHandler, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
  expect((await registry(at(pushOf(bytes), { method: 'POST', body: bytes }))).status).toBe(201);
}

async function begin(registry: FetchHandler): Promise<string> {
  const { headers } = await registry(at('/v2/a/blobs/uploads/', { method: 'POST' }));
  return headers.get('location') ?? '';
}

/** How far an upload is. */
async function rangeOf(registry: FetchHandler, upload: string): Promise<string | null> {
  return (await registry(at(upload))).headers.get('range');
}

/** A stream that counts the pieces that were asked of it, each of 64 KiB, and never ends. */
function endless(most = Number.POSITIVE_INFINITY) {
  const counted = { pieces: 0 };
  const stream = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        if (counted.pieces === most) return new Promise(() => {});
        counted.pieces++;
        controller.enqueue(new Uint8Array(64 * 1024));
      },
    },
    { highWaterMark: 0 },
  );
  return { stream, counted };
}

/** A driver whose blobs have a body that tells how much of it was read, and whether it was closed. */
function watched(size: number) {
  const seen = { pieces: 0, closed: 0 };
  async function* pieces() {
    try {
      for (let sent = 0; sent < size; sent += 64 * 1024) {
        seen.pieces++;
        yield new Uint8Array(64 * 1024);
      }
    } finally {
      seen.closed++;
    }
  }
  const driver = overrideDriver(memoryDriver(), {
    blobs: { get: async () => ({ size, open: async () => ({ [Symbol.asyncIterator]: pieces }) }) },
  });
  return { driver, seen };
}

const anyBlob = `/v2/a/blobs/${digestOf(Buffer.from('any'))}`;

/** Waits until something holds. */
const until = (holds: () => boolean): Promise<unknown> => vi.waitUntil(holds, { timeout: 2_000, interval: 5 });

describe('a registry for fetch', () => {
  test('takes a large body as a stream, and gives it back as one', async () => {
    const { registry, events } = make();
    const bytes = someBytes('large', 5 * mebibyte);
    const upload = await begin(registry);
    const patched = await registry(at(upload, { method: 'PATCH', body: new Blob([bytes]).stream() }));
    expect(patched.status).toBe(202);
    const closed = await registry(at(`${patched.headers.get('location')}&digest=${digestOf(bytes)}`, { method: 'PUT' }));
    expect(closed.status).toBe(201);
    const pulled = await registry(at(blobAt(bytes)));
    expect(pulled.headers.get('content-length')).toBe(String(bytes.length));
    const hash = createHash('sha256');
    for await (const piece of pulled.body ?? []) hash.update(piece);
    expect(`sha256:${hash.digest('hex')}`).toBe(digestOf(bytes));
    await until(() => events.length === 4);
    expect(
      events.map(({ operation, status, bytesIn, bytesOut, complete }) => [operation, status, bytesIn, bytesOut, complete]),
    ).toEqual([
      ['startUpload', 202, 0, 0, true],
      ['appendUpload', 202, bytes.length, 0, true],
      ['completeUpload', 201, 0, 0, true],
      ['getBlob', 200, 0, bytes.length, true],
    ]);
  });

  test('answers HEAD with the length of what GET gives, and no body', async () => {
    const { registry } = make();
    const bytes = someBytes('head', 1_000);
    await push(registry, bytes);
    const { status, headers, body } = await registry(at(blobAt(bytes), { method: 'HEAD' }));
    expect([status, headers.get('content-length'), body]).toEqual([200, '1000', null]);
  });

  test('gives memory that is the taker’s own: writing to it changes nothing that is stored', async () => {
    const { registry } = make();
    const bytes = someBytes('mine', 300_000);
    await push(registry, bytes);
    for await (const piece of (await registry(at(blobAt(bytes)))).body ?? []) piece.fill(0);
    const again = Buffer.from(await (await registry(at(blobAt(bytes)))).arrayBuffer());
    expect(digestOf(again)).toBe(digestOf(bytes));
  });

  test('answers 404 outside the API, or passes on', async () => {
    const { registry } = make();
    const outside = await registry(at('/other'));
    expect([outside.status, outside.headers.get('content-type')]).toEqual([404, 'application/json']);
    expect(await registry(at('/other'), { passOn: true })).toBeUndefined();
    expect((await registry(at('/v2/nothing'), { passOn: true }))?.status).toBe(404);
  });

  test('serves below a path that the host does not take off', async () => {
    const { registry } = make(memoryDriver(), { mountPath: '/registry' });
    const { status, headers } = await registry(at('/registry/v2/a/blobs/uploads/', { method: 'POST' }));
    expect([status, headers.get('location')]).toEqual([202, expect.stringMatching(/^\/registry\/v2\/a\/blobs\/uploads\//)]);
  });

  test.each<[string, object, string | undefined]>([
    ['nothing', {}, undefined],
    ['the address', { remoteAddress: '192.0.2.1' }, '192.0.2.1'],
    ['what Deno.serve hands over', { remoteAddr: { transport: 'tcp', hostname: '192.0.2.2', port: 1 } }, '192.0.2.2'],
    ['what Bun.serve hands over', { requestIP: () => ({ address: '192.0.2.3' }) }, '192.0.2.3'],
    ['a server that no longer knows it', { requestIP: () => null }, undefined],
    ['what others hand over', { params: Promise.resolve({ path: ['a'] }) }, undefined],
  ])('reads the address of the client from %s', async (_, context, expected) => {
    const { registry, events } = make();
    expect((await registry(at('/v2/'), context)).status).toBe(200);
    await until(() => events.length === 1);
    expect(events[0]?.remoteAddress).toBe(expected);
  });

  test('believes proxies as it is told to', async () => {
    const { registry } = make(memoryDriver(), { trustProxy: 'loopback' });
    const headers = { 'x-forwarded-for': '192.0.2.7', 'x-forwarded-proto': 'https', 'x-forwarded-host': 'r.example' };
    const begun = await registry(at('/v2/a/blobs/uploads/', { method: 'POST', headers }), { remoteAddress: '127.0.0.1' });
    expect(begun.headers.get('location')).toMatch(/^https:\/\/r\.example\/v2\/a\//);
  });
});

describe('the pace', () => {
  test('of a body is that of the driver', async () => {
    const driver = memoryDriver();
    const stalled = overrideDriver(driver, {
      uploads: {
        append: async (_repo, _id, _from, chunk) => {
          for await (const _ of chunk) await new Promise(() => {});
          throw new Error('never');
        },
      },
    });
    const { registry } = make(stalled);
    const upload = await begin(registry);
    const { stream, counted } = endless();
    const controller = new AbortController();
    void registry(at(upload, { method: 'PATCH', body: stream, signal: controller.signal }));
    await sleep(100);
    const before = counted.pieces;
    await sleep(200);
    expect(counted.pieces).toBe(before);
    expect(before * 64 * 1024).toBeLessThanOrEqual(mebibyte);
    controller.abort();
  });

  test('of a reply is that of its reader', async () => {
    const { driver, seen } = watched(64 * mebibyte);
    const { registry } = make(driver);
    const { body } = await registry(at(anyBlob));
    const reader = body?.getReader();
    await reader?.read();
    await sleep(100);
    expect(seen.pieces * 64 * 1024).toBeLessThanOrEqual(mebibyte);
    await reader?.cancel();
    expect(seen.closed).toBe(1);
  });
});

describe('an exchange ends', () => {
  test('when its client leaves in the middle of a body: what came is kept', async () => {
    const { registry, events } = make();
    const upload = await begin(registry);
    const { stream } = endless(2);
    const controller = new AbortController();
    const answered = registry(at(upload, { method: 'PATCH', body: stream, signal: controller.signal }));
    await sleep(150);
    controller.abort();
    expect((await answered).status).toBe(499);
    await until(() => events.length === 2);
    expect(events[1]).toMatchObject({ status: 499, complete: false, bytesIn: 128 * 1024 });
    expect(await rangeOf(registry, upload)).toBe(`0-${128 * 1024 - 1}`);
  });

  test('when the stream of a body breaks', async () => {
    const { registry } = make();
    const upload = await begin(registry);
    const broken = new ReadableStream({
      pull: (controller) => controller.error(new Error('reset by peer')),
    });
    expect((await registry(at(upload, { method: 'PATCH', body: broken }))).status).toBe(499);
    expect((await registry(at(upload))).status).toBe(204);
  });

  test('when a body stands still: the client that is still there is told', async () => {
    const { registry } = make(memoryDriver(), { timeouts: { bodyIdle: 100 } });
    const upload = await begin(registry);
    const { stream } = endless(1);
    expect((await registry(at(upload, { method: 'PATCH', body: stream }))).status).toBe(408);
    expect(await rangeOf(registry, upload)).toBe(`0-${64 * 1024 - 1}`);
  });

  test('when its client leaves before it is answered', async () => {
    const authorize = () => new Promise<never>(() => {});
    const { registry, events } = make(memoryDriver(), { authorize });
    const controller = new AbortController();
    const answered = registry(at('/v2/', { signal: controller.signal }));
    controller.abort();
    expect((await answered).status).toBe(499);
    await until(() => events.length === 1);
    expect(events).toMatchObject([{ status: 499, complete: false }]);
  });

  test('when its client left before it came', async () => {
    const { registry, events } = make();
    const { stream } = endless(1);
    const { status } = await registry(
      at(pushOf(someBytes('x', 1)), { method: 'POST', body: stream, signal: AbortSignal.abort() }),
    );
    expect(status).toBe(499);
    await until(() => events.length === 1);
  });

  test('when its client left before it came, and what it asked for is not done', async () => {
    const { registry } = make();
    const bytes = someBytes('x', 9);
    expect((await registry(at(pushOf(bytes), { method: 'POST', body: bytes }))).status).toBe(201);
    expect((await registry(at(blobAt(bytes), { method: 'DELETE', signal: AbortSignal.abort() }))).status).toBe(499);
    expect((await registry(at(blobAt(bytes)))).status).toBe(200);
  });

  test.each<[string, number, number, number]>([
    ['before it is handed over', mebibyte, mebibyte, 0],
    ['while it is gathered', 10, 10, 0],
    ['while it is gathered, which fails', 10, 9, 1],
  ])('when its client leaves a reply %s: as 499, with nothing sent', async (_, size, given, failures) => {
    const controller = new AbortController();
    async function* leaving() {
      controller.abort();
      yield new Uint8Array(given);
    }
    const open = async () => {
      if (size === mebibyte) controller.abort();
      return { [Symbol.asyncIterator]: leaving };
    };
    const { registry, events, logged } = make(overrideDriver(memoryDriver(), { blobs: { get: async () => ({ size, open }) } }));
    const response = await registry(at(anyBlob, { signal: controller.signal }));
    expect([response.status, await response.text()]).toEqual([499, '']);
    await until(() => events.length === 1);
    expect(events).toMatchObject([{ operation: 'getBlob', status: 499, bytesOut: 0, complete: false }]);
    expect(logged).toHaveLength(failures);
  });

  test('when its client leaves in the middle of a reply', async () => {
    const { driver, seen } = watched(64 * mebibyte);
    const { registry, events } = make(driver);
    const controller = new AbortController();
    const { body } = await registry(at(anyBlob, { signal: controller.signal }));
    const reader = body?.getReader();
    await reader?.read();
    controller.abort();
    await expect(
      (async () => {
        while (!(await reader?.read())?.done);
      })(),
    ).rejects.toThrow();
    await until(() => events.length === 1);
    expect(seen.closed).toBe(1);
    expect(events).toMatchObject([{ status: 200, complete: false }]);
  });

  test('when nobody reads its reply', async () => {
    const { driver, seen } = watched(64 * mebibyte);
    const { registry, events } = make(driver, { timeouts: { responseIdle: 100 } });
    const { body } = await registry(at(anyBlob));
    await until(() => events.length === 1);
    expect(seen.closed).toBe(1);
    expect(events).toMatchObject([{ status: 200, complete: false }]);
    await expect(new Response(body).arrayBuffer()).rejects.toThrow('broke the response off');
  });

  test('when the storage fails in the middle of a reply, of which the log is told and the client is not', async () => {
    async function* failing() {
      yield new Uint8Array(100_000);
      throw new Error('disk /dev/sda is gone');
    }
    const driver = overrideDriver(memoryDriver(), {
      blobs: { get: async () => ({ size: mebibyte, open: async () => ({ [Symbol.asyncIterator]: failing }) }) },
    });
    const { registry, logged } = make(driver);
    const reply = await registry(at(anyBlob));
    await expect(reply.arrayBuffer()).rejects.toThrow(/^(?!.*sda)/);
    await until(() => logged.length === 1);
    expect(String(logged[0]?.err)).toContain('sda');
  });

  test.each([
    ['longer', mebibyte],
    ['shorter', mebibyte / 4],
  ])('in an error where the storage gives a body that is %s than it said', async (_, given) => {
    const { driver } = watched(given);
    const lying = overrideDriver(driver, {
      blobs: {
        get: async (...asked) => {
          const found = await driver.blobs.get(...asked);
          return found && { ...found, size: mebibyte / 2 };
        },
      },
    });
    const { registry, logged } = make(lying);
    await expect((await registry(at(anyBlob))).arrayBuffer()).rejects.toThrow();
    await until(() => logged.length === 1);
  });

  test('in a reply that says so where the storage fails before any of it has left', async () => {
    const { driver } = watched(64 * 1024);
    const failing = overrideDriver(driver, {
      blobs: {
        get: async (...asked) => {
          const found = await driver.blobs.get(...asked);
          return found && { ...found, size: 100_000 };
        },
      },
    });
    const { registry, events, logged } = make(failing);
    const reply = await registry(at(anyBlob));
    expect([reply.status, await reply.json()]).toMatchObject([500, { errors: [{ code: 'UNKNOWN' }] }]);
    expect(logged).toHaveLength(1);
    await until(() => events.length === 1);
    expect(events).toMatchObject([{ status: 500, complete: true }]);
  });

  test.each([
    ['longer', 7],
    ['shorter', 3],
  ])('in a refusal where a body is %s than it says, and nothing is stored', async (_, length) => {
    const { registry } = make();
    const body = new TextEncoder().encode('hello');
    const headers = { 'content-length': String(length === 7 ? 3 : 7) };
    const reply = await registry(at(pushOf(body), { method: 'POST', body, headers }));
    expect([reply.status, await reply.json()]).toMatchObject([
      400,
      { errors: [{ code: 'UNSUPPORTED', detail: { reason: 'framing' } }] },
    ]);
    expect((await registry(at(blobAt(body)))).status).toBe(404);
  });

  test('when the registry closes', async () => {
    const { driver, seen } = watched(64 * mebibyte);
    const { registry, events } = make(driver);
    const reply = await registry(at(anyBlob));
    const upload = at('/v2/a/blobs/uploads/?digest=sha256:0', { method: 'POST', body: endless(1).stream });
    const pushed = registry(upload);
    await sleep(50);
    await registry.close();
    expect(seen.closed).toBe(1);
    await expect(reply.arrayBuffer()).rejects.toThrow();
    await pushed;
    expect(events).toHaveLength(2);
    expect((await registry(at('/v2/'))).status).toBe(503);
  });

  test('in peace when the registry is drained', async () => {
    const { driver } = watched(4 * mebibyte);
    const { registry } = make(driver);
    const reply = await registry(at(anyBlob));
    const drained = registry.drain();
    expect((await registry(at('/v2/a/blobs/uploads/', { method: 'POST' }))).status).toBe(503);
    expect((await reply.arrayBuffer()).byteLength).toBe(4 * mebibyte);
    await drained;
    expect((await registry(at('/v2/'))).status).toBe(503);
  });
});

describe('what is handed to the wrong door', () => {
  test('is a TypeError in words at the door for fetch', async () => {
    const { registry } = make();
    // As a host without types calls it.
    const asked = { url: '/v2/', headers: {} } as unknown as Request;
    await expect(registry(asked)).rejects.toThrow(TypeError);
    await expect(registry(asked)).rejects.toThrow(/takes a Request/);
  });

  test('is a TypeError in words at the door for node:http', () => {
    const handler = createRegistryHandler(memoryDriver()) as unknown as (...given: unknown[]) => unknown;
    expect(() => handler(at('/v2/'))).toThrow(/call handler\.fetch\(request\)/);
    expect(() => handler(at('/other'), { params: {} }, () => {})).toThrow(/call handler\.fetch\(request\)/);
    expect(() => handler({ url: '/v2/', headers: {} } as IncomingMessage)).toThrow(TypeError);
  });

  test('is refused in words where a host has read the body already', async () => {
    const { registry, logged } = make();
    const request = at('/v2/a/blobs/uploads/?digest=sha256:0', { method: 'POST', body: 'x' });
    await request.text();
    const { status } = await registry(request);
    expect(status).toBeGreaterThanOrEqual(400);
    const manifest = at('/v2/a/manifests/latest', { method: 'PUT', body: '{}' });
    await manifest.text();
    const reply = await registry(manifest);
    expect([reply.status, await reply.text()]).toEqual([500, expect.stringContaining('nobody has read')]);
    expect(logged.length).toBeGreaterThan(0);
  });
});

describe('a body of a host’s own making', () => {
  const streamOf = (...pieces: unknown[]): ReadableStream =>
    new ReadableStream({
      start(controller) {
        for (const piece of pieces) controller.enqueue(piece);
        controller.close();
      },
    });
  const bytes = someBytes('made', 64);
  const post = (body: ReadableStream, headers: Record<string, string> = {}) =>
    at(pushOf(bytes), { method: 'POST', body, headers });

  test.each<[string, unknown[]]>([
    ['a DataView', [new DataView(bytes.buffer)]],
    ['words of 16 bits', [new Uint16Array(bytes.buffer)]],
    ['numbers of 64 bits', [new Float64Array(bytes.buffer)]],
    ['several kinds', [bytes.subarray(0, 8), new DataView(bytes.buffer, 8, 8), bytes.subarray(16)]],
    ['nothing in between', [new Uint8Array(), bytes.subarray(0, 8), new Uint8Array(), bytes.subarray(8), new Uint8Array()]],
  ])('is stored byte for byte where it comes as %s', async (_, pieces) => {
    const { registry } = make(memoryDriver(), { limits: { blobBytes: bytes.length } });
    expect((await registry(post(streamOf(...pieces), { 'content-length': String(bytes.length) }))).status).toBe(201);
    expect(Buffer.from(await (await registry(at(blobAt(bytes)))).arrayBuffer())).toEqual(Buffer.from(bytes));
  });

  test.each<[string, unknown]>([
    ['a text', 'text'],
    ['a buffer without a view', bytes.buffer],
    ['a number', 1],
    ['null', null],
    ['an array', [1, 2, 3]],
  ])('is refused in words where it comes as %s', async (_, piece) => {
    const { registry } = make();
    const reply = await registry(post(streamOf(piece)));
    expect([reply.status, await reply.text()]).toEqual([400, expect.stringContaining('no Uint8Array')]);
  });

  test('is refused where it is announced and not there', async () => {
    const { registry } = make();
    const upload = await begin(registry);
    expect((await registry(at(upload, { method: 'PATCH', headers: { 'content-length': '5' } }))).status).toBe(400);
  });

  test('that gives nothing again and again ends, and others have their turn meanwhile', async () => {
    const { registry } = make(memoryDriver(), { timeouts: { bodyIdle: 200 } });
    const body = new ReadableStream({ pull: (controller) => controller.enqueue(new Uint8Array()) });
    expect((await registry(post(body))).status).toBe(408);
  });

  test('is read once where it is handed over twice at once', async () => {
    const { registry } = make();
    const request = post(streamOf(bytes));
    const replies = await Promise.all([registry(request), registry(request)]);
    expect(replies.map(({ status }) => status).sort()).toEqual([201, 400]);
  });
});

describe('the stream of a body that nobody reads to its end', () => {
  /** A request with an endless body, and when that was cancelled. */
  const refused = (path: string, about: RequestInit) => {
    const seen = { cancelled: 0 };
    const body = new ReadableStream({
      pull: (controller) => controller.enqueue(new Uint8Array(1_000)),
      cancel() {
        seen.cancelled = performance.now();
      },
    });
    return { request: at(path, { body, ...about }), seen };
  };

  test.each([
    ['too large', '/v2/a/manifests/latest', 'PUT', 413],
    ['of no route', '/v2/a/b/c', 'POST', 404],
    ['of an unknown upload', '/v2/a/blobs/uploads/7c1f9b0e-6d0b-4e0c-9a51-0f6f7f3a3f5e', 'PATCH', 404],
  ])('is cancelled, once the reply has had time to leave: one %s', async (_, path, method, status) => {
    const { registry } = make(memoryDriver(), { limits: { manifestBytes: 10_000 } });
    const { request, seen } = refused(path, { method });
    expect((await registry(request)).status).toBe(status);
    const replied = performance.now();
    await sleep(2_300);
    expect(seen.cancelled - replied).toBeGreaterThan(1_500);
  });

  test('is cancelled where its request is closed by then, and throws whatever is asked of it', async () => {
    const { registry, events } = make();
    const { request, seen } = refused('/v2/a/b/c', { method: 'POST' });
    const state = { isClosed: false };
    const closing = new Proxy(request, {
      get(_, name) {
        if (state.isClosed) throw new TypeError('Request closed');
        const value: unknown = Reflect.get(request, name);
        return typeof value === 'function' ? value.bind(request) : value;
      },
    });
    const response = await registry(closing);
    state.isClosed = true;
    expect([response.status, await response.json()]).toEqual([404, expect.anything()]);
    await sleep(2_300);
    expect([seen.cancelled > 0, events.length]).toEqual([true, 1]);
  });

  test('is cancelled at once when the client has left', async () => {
    const { registry } = make();
    const controller = new AbortController();
    const upload = await begin(registry);
    const { request, seen } = refused(upload, { method: 'PATCH', signal: controller.signal });
    const answered = registry(request);
    await sleep(50);
    controller.abort();
    await answered;
    await until(() => seen.cancelled > 0);
  });
});

test('mistakes in options are told under the name of the function that was called', () => {
  const create = createFetchHandler as (driver?: unknown) => unknown;
  expect(() => create()).toThrow(/^createFetchHandler: the driver has no/);
});

describe('a request of another class', () => {
  const asked = (path: string, more: object = {}) =>
    ({ url: `http://registry${path}`, method: 'GET', headers: new Headers(), body: null, ...more }) as Request;

  test.each<[string, object]>([
    ['without a signal', {}],
    ['whose signal is null', { signal: null }],
  ])('%s is served, and nothing of it stays', async (_, more) => {
    const { driver, seen } = watched(64 * 1024 * 16);
    const { registry, events } = make(driver);
    expect((await (await registry(asked(anyBlob, more))).arrayBuffer()).byteLength).toBe(64 * 1024 * 16);
    await until(() => events.length === 1);
    expect(seen.closed).toBe(1);
  });

  test.each([null, undefined, 1, 'text', Symbol('context'), []])('does not care what comes beside it: %s', async (context) => {
    const { registry } = make();
    expect((await registry(asked('/v2/'), context as object)).status).toBe(200);
  });
});

test('a reader that brings little with each read takes no more memory than its blob', async () => {
  const size = 256 * 1024;
  const reader = () => {
    let left = size;
    return {
      read: async (buffer: Uint8Array) => {
        const count = Math.min(1024, left, buffer.length);
        left -= count;
        return count;
      },
      close: async () => {},
    };
  };
  const unread = async function* () {};
  const driver = overrideDriver(memoryDriver(), {
    blobs: { get: async () => ({ size, open: async () => ({ [Symbol.asyncIterator]: unread, reader }) }) },
  });
  const { registry } = make(driver);
  const before = process.memoryUsage().arrayBuffers;
  const reply = await registry(at(anyBlob));
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(8 * mebibyte);
  expect((await reply.arrayBuffer()).byteLength).toBe(size);
});

test('the event has the status that was sent, where that of the host’s own refusal cannot be', async () => {
  const authorize = () => {
    throw new RegistryError('DENIED', { message: 'not you', headers: { 'X-Reason': 'a\nb' } });
  };
  const { registry, events } = make(memoryDriver(), { authorize });
  expect((await registry(at('/v2/'))).status).toBe(500);
  await until(() => events.length === 1);
  expect(events[0]?.status).toBe(500);
});

describe('both doors of one registry', () => {
  test('have the same content, and one end', async () => {
    const handler = createRegistryHandler(memoryDriver(), { uploadExpiry: false });
    await using server = await listen(handler);
    const bytes = someBytes('both', 1_000);
    expect((await handler.fetch(at(pushOf(bytes), { method: 'POST', body: bytes }))).status).toBe(201);
    expect((await fetch(`${server.origin}${blobAt(bytes)}`)).status).toBe(200);
    await handler.close();
    expect((await handler.fetch(at('/v2/'))).status).toBe(503);
    expect((await fetch(`${server.origin}/v2/`)).status).toBe(503);
  });
});

test('nothing of node:http, and no other module of Node’s alone, is loaded', async () => {
  const { metafile } = await build({
    entryPoints: ['lib/fetch.ts'],
    bundle: true,
    write: false,
    metafile: true,
    platform: 'neutral',
    format: 'esm',
    external: ['node:*'],
  });
  const imported = Object.values(metafile.outputs).flatMap(({ imports }) => imports.map(({ path }) => path));
  expect([...new Set(imported)].sort()).toEqual([
    'node:crypto',
    'node:diagnostics_channel',
    'node:net',
    'node:perf_hooks',
    'node:timers',
    'node:util',
  ]);
});
