/** The tracing channels `stowage:operation` and `stowage:driver`: what they tell, to whom it leads, and that they change nothing. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { type TracingChannelSubscribers, tracingChannel } from 'node:diagnostics_channel';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type MemoryDriver, memoryDriver } from '../../drivers/memory.ts';
import {
  type BlobStore,
  createRegistryHandler,
  type Driver,
  type DriverTrace,
  type OperationTrace,
  RegistryError,
  type RegistryHandler,
  type RegistryOptions,
} from '../../lib/index.ts';
import { digest } from '../../lib/testing/exchanges/given.ts';

const operations = tracingChannel<OperationTrace>('stowage:operation');
const calls = tracingChannel<DriverTrace>('stowage:driver');
const ignore = (): void => {};
const silence = { start: ignore, end: ignore, asyncStart: ignore, asyncEnd: ignore, error: ignore };

/** Has a channel heard until the test has finished. */
function hear<T extends object>(channel: typeof operations | typeof calls, subscribers: Partial<TracingChannelSubscribers<T>>) {
  const all = { ...silence, ...subscribers } as TracingChannelSubscribers<object>;
  channel.subscribe(all);
  onTestFinished(() => void channel.unsubscribe(all));
}

function serve(driver: Driver = memoryDriver(), options: RegistryOptions = {}): RegistryHandler {
  const handler = createRegistryHandler(driver, options);
  onTestFinished(() => handler.close());
  return handler;
}

async function ask(handler: RegistryHandler, method: string, path: string, body?: string, headers: Record<string, string> = {}) {
  const request = new Request(`http://registry${path}`, { method, headers, ...(body !== undefined && { body }) });
  const reply = await handler.fetch(request);
  return { status: reply.status, headers: reply.headers, text: await reply.text() };
}

const pushBlob = (handler: RegistryHandler, content: string) =>
  ask(handler, 'POST', `/v2/a/b/blobs/uploads/?digest=${digest(content)}`, content);

describe('stowage:operation', () => {
  it('tells of an operation before it and after it, with one message', async () => {
    const told: (readonly [string, object])[] = [];
    const messages = new Set<object>();
    const note = (moment: string) => (message: object) => {
      messages.add(message);
      told.push([moment, { ...message }]);
    };
    hear<OperationTrace>(operations, { start: note('start'), asyncEnd: note('end') });
    const authorize = () => ({ subject: 'ann', may: () => true });
    const { headers } = await ask(serve(memoryDriver(), { authorize }), 'POST', '/v2/a/b/blobs/uploads/');
    const requestId = headers.get('x-request-id');
    const start = { requestId, operation: 'startUpload', repository: 'a/b' };
    const upload = headers.get('docker-upload-uuid');
    expect(told).toMatchObject([
      ['start', start],
      ['end', { ...start, user: 'ann', upload, result: { status: 202 } }],
    ]);
    expect(told[0]?.[1]).not.toHaveProperty('user');
    expect(messages.size).toBe(1);
  });

  it('tells what a client did wrong, with the status and the code of its error', async () => {
    const heard: OperationTrace[] = [];
    hear<OperationTrace>(operations, { asyncEnd: (message) => void heard.push(message) });
    expect((await ask(serve(), 'GET', '/v2/a/b/manifests/1.0')).status).toBe(404);
    expect(heard).toMatchObject([{ operation: 'getManifest', use: 'by tag', reference: '1.0' }]);
    expect(heard[0]?.error).toBeInstanceOf(RegistryError);
    expect(heard[0]?.error).toMatchObject({ status: 404, code: 'MANIFEST_UNKNOWN' });
    expect(heard[0]).not.toHaveProperty('result');
  });

  it('has nothing of headers and of queries', async () => {
    const heard: object[] = [];
    hear<OperationTrace>(operations, { start: (message) => void heard.push(message) });
    const secret = { Authorization: 'Basic c2VjcmV0' };
    await ask(serve(), 'GET', '/v2/a/b/tags/list?n=3&token=c2VjcmV0', undefined, secret);
    expect(heard).toHaveLength(1);
    expect(JSON.stringify(heard)).not.toContain('c2VjcmV0');
  });

  it('leaves the event of the request as it is', async () => {
    const events: object[] = [];
    hear<OperationTrace>(operations, {});
    await ask(serve(memoryDriver(), { onResponse: (event) => void events.push(event) }), 'GET', '/v2/a/b/tags/list');
    await expect.poll(() => events).toHaveLength(1);
    expect(events[0]).not.toHaveProperty('error');
    expect(events[0]).not.toHaveProperty('result');
  });
});

describe('stowage:driver', () => {
  it('tells of each call of the driver: which store, which method, and what it is about', async () => {
    const heard: DriverTrace[] = [];
    const handler = serve();
    await pushBlob(handler, 'hello');
    hear<DriverTrace>(calls, { asyncEnd: (message) => void heard.push(message) });
    await ask(handler, 'GET', '/v2/a/b/manifests/1.0');
    await ask(handler, 'GET', `/v2/a/b/blobs/${digest('hello')}`);
    expect(heard).toMatchObject([
      { store: 'manifests', method: 'resolve', repository: 'a/b', key: '1.0', result: undefined },
      { store: 'blobs', method: 'get', repository: 'a/b', key: digest('hello'), result: { size: 5 } },
    ]);
  });

  it('tells what failed', async () => {
    const heard: DriverTrace[] = [];
    const broken = new Error('the disk is gone');
    const { blobs, manifests, uploads, name } = memoryDriver();
    const handler = serve({ name, blobs, uploads, manifests: { ...manifests, tags: () => Promise.reject(broken) } });
    hear<DriverTrace>(calls, { error: (message) => void heard.push(message) });
    expect((await ask(handler, 'GET', '/v2/a/b/tags/list')).status).toBe(500);
    expect(heard).toMatchObject([{ store: 'manifests', method: 'tags', repository: 'a/b', error: broken }]);
  });

  it('is heard by who subscribes while a registry runs, and no longer', async () => {
    let count = 0;
    const all = { ...silence, start: () => void count++ };
    const handler = serve();
    await ask(handler, 'GET', '/v2/a/b/tags/list');
    calls.subscribe(all);
    await ask(handler, 'GET', '/v2/a/b/tags/list');
    calls.unsubscribe(all);
    await ask(handler, 'GET', '/v2/a/b/tags/list');
    expect(count).toBe(1);
  });

  it('comes within the context of its operation', async () => {
    const context = new AsyncLocalStorage<OperationTrace>();
    operations.start.bindStore(context, (message) => message as OperationTrace);
    onTestFinished(() => void operations.start.unbindStore(context));
    const parents: unknown[] = [];
    hear<DriverTrace>(calls, { start: () => void parents.push(context.getStore()?.requestId) });
    const handler = serve();
    const replies = await Promise.all([ask(handler, 'GET', '/v2/a/tags/list'), ask(handler, 'GET', '/v2/b/tags/list')]);
    expect(parents).toEqual(replies.map(({ headers }) => headers.get('x-request-id')));
  });
});

/** Blobs whose methods are those of a class with private members, which work on no other object. */
class PrivateBlobs implements BlobStore {
  readonly #inner: MemoryDriver['blobs'];
  readonly extra = 'kept';

  constructor(inner: MemoryDriver['blobs']) {
    this.#inner = inner;
    Object.freeze(this);
  }

  get(...given: Parameters<BlobStore['get']>) {
    if (this.extra !== 'kept') throw new Error('this is another object');
    return this.#inner.get(...given);
  }

  delete(...given: Parameters<BlobStore['delete']>) {
    return this.#inner.delete(...given);
  }
}

describe.each([
  ['nobody listens', false],
  ['somebody listens', true],
])('where %s', (_, isHeard) => {
  it('a driver of classes, whose stores are frozen and lack what is optional, works', async () => {
    if (isHeard) hear<DriverTrace>(calls, {});
    const { name, blobs, uploads, manifests } = memoryDriver();
    const handler = serve({ name, blobs: new PrivateBlobs(blobs), uploads: Object.freeze({ ...uploads }), manifests });
    expect((await pushBlob(handler, 'hello')).status).toBe(201);
    expect(await ask(handler, 'GET', `/v2/a/b/blobs/${digest('hello')}`)).toMatchObject({ status: 200, text: 'hello' });
  });
});
