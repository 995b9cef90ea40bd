/** What the option `onResponse` hears: one event for each request, whatever became of it. */
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { memoryDriver } from '../../drivers/memory.ts';
import { type Driver, RegistryError, type RegistryOptions, type ResponseEvent } from '../../lib/index.ts';
import { digest, image } from '../../lib/testing/exchanges/given.ts';
import { send } from '../support/client.ts';
import { startForTest } from '../support/fixture.ts';
import { startHandler } from '../support/server.ts';
import { closed, connectTo } from '../support/socket.ts';

async function serve(options: RegistryOptions = {}, driver?: Driver) {
  const events: ResponseEvent[] = [];
  const onResponse = (event: ResponseEvent): void => void events.push(event);
  const registry = await startForTest({ driver, options: { ...options, onResponse } });
  const ask = async (method: string, path: string, body = '', headers: Record<string, string> = {}) => {
    const reply = await send(registry.url, { method, path, body, headers });
    await registry.idle();
    return reply;
  };
  /** The last event, without what differs from run to run. */
  const last = () => {
    const { milliseconds, remoteAddress, requestId, ...rest } = events.at(-1) ?? expect.fail('nothing was heard');
    expect(milliseconds).toBeGreaterThan(0);
    expect(remoteAddress).toBe('127.0.0.1');
    expect(requestId).toMatch(/^\w+-\w+$/);
    return rest;
  };
  return { ...registry, events, ask, last };
}

describe('onResponse', () => {
  it('hears what a request was about, how it was answered, and how many bytes went each way', async () => {
    const { ask, last } = await serve();
    await ask('GET', '/v2/');
    expect(last()).toEqual({
      method: 'GET',
      path: '/v2/',
      operation: 'checkBase',
      status: 200,
      bytesIn: 0,
      bytesOut: 2,
      complete: true,
    });
    await ask('POST', `/v2/a/b/blobs/uploads/?digest=${digest('hello')}`, 'hello');
    const blob = { repository: 'a/b', digest: digest('hello'), complete: true };
    expect(last()).toEqual({
      ...blob,
      method: 'POST',
      path: '/v2/a/b/blobs/uploads/',
      operation: 'pushBlob',
      status: 201,
      bytesIn: 5,
      bytesOut: 0,
    });
    await ask('GET', `/v2/a/b/blobs/${digest('hello')}`, '', { Range: 'bytes=1-3' });
    expect(last()).toMatchObject({ ...blob, operation: 'getBlob', status: 206, bytesIn: 0, bytesOut: 3 });
    await ask('HEAD', `/v2/a/b/blobs/${digest('hello')}`);
    expect(last()).toMatchObject({ ...blob, method: 'HEAD', operation: 'getBlob', status: 200, bytesOut: 0 });
  });

  it('hears of the upload, and of the use where an operation has several', async () => {
    const { ask, last } = await serve();
    const { headers } = await ask('POST', '/v2/a/blobs/uploads/');
    const location = headers.location ?? '';
    const upload = /uploads\/([^?]+)/.exec(location)?.[1];
    await ask('PATCH', location, 'hello');
    expect(last()).toMatchObject({ operation: 'appendUpload', use: 'stream', upload, repository: 'a', bytesIn: 5, status: 202 });
    await ask('PUT', `/v2/a/blobs/uploads/${upload}?digest=${digest('hello')}`);
    expect(last()).toMatchObject({
      operation: 'completeUpload',
      use: 'nothing left',
      upload,
      digest: digest('hello'),
      status: 201,
    });
  });

  it('hears the reference that was asked for beside the digest that it led to, and the subject of a manifest', async () => {
    const { ask, last } = await serve();
    const type = 'application/vnd.oci.image.manifest.v1+json';
    const config = { mediaType: 'application/vnd.oci.empty.v1+json', digest: digest('{}'), size: 2 };
    await ask('POST', `/v2/a/blobs/uploads/?digest=${digest('{}')}`, '{}');
    const text = JSON.stringify({
      schemaVersion: 2,
      mediaType: type,
      config,
      layers: [],
      subject: { ...config, mediaType: type, digest: digest('x') },
    });
    await ask('PUT', '/v2/a/manifests/v1', text, { 'Content-Type': type });
    const about = { repository: 'a', reference: 'v1', digest: digest(text) };
    expect(last()).toMatchObject({ ...about, operation: 'putManifest', use: 'by tag', subject: digest('x'), status: 201 });
    await ask('GET', '/v2/a/manifests/v1');
    expect(last()).toMatchObject({ ...about, operation: 'getManifest', bytesOut: text.length, status: 200 });
  });

  it('hears the tags in the query of a push, and the digest that a deletion names', async () => {
    const { ask, last } = await serve({ allowMissingReferences: true });
    const text = image();
    await ask('PUT', `/v2/a/manifests/${digest(text)}?tag=x&tag=y`, text);
    const about = { reference: digest(text), digest: digest(text) };
    expect(last()).toMatchObject({ ...about, operation: 'putManifest', tags: ['x', 'y'], status: 201 });
    await ask('DELETE', `/v2/a/manifests/${digest(text)}`);
    expect(last()).toMatchObject({ ...about, operation: 'deleteManifest', status: 202 });
  });

  it.each([
    ['PATCH', (location: string) => location],
    ['PUT', (location: string) => `${location}&digest=${digest('hello')}`],
  ])('hears 499, and no refusal, of a %s whose client left in the middle of its body', async (method, target) => {
    const refused: object[] = [];
    const logger = { error: () => {}, warn: () => {}, debug: (details: object) => void refused.push(details) };
    const { ask, url, events, idle } = await serve({ logger });
    const { headers } = await ask('POST', '/v2/a/blobs/uploads/');
    const socket = await connectTo(url);
    socket.write(`${method} ${target(headers.location ?? '')} HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhel`);
    await sleep(50);
    socket.destroy();
    while (events.length < 2) await sleep(5);
    await idle();
    expect(events.at(-1)).toMatchObject({ method, status: 499, bytesIn: 3, complete: false });
    expect(events.at(-1)).not.toHaveProperty('code');
    expect(refused).toEqual([]);
  });

  it('hears the error code of a refusal, as far as the request was understood', async () => {
    const { ask, last } = await serve();
    await ask('GET', `/v2/a/blobs/${digest('x')}?secret=1`);
    const known = { operation: 'getBlob', repository: 'a', digest: digest('x') };
    expect(last()).toMatchObject({ ...known, path: `/v2/a/blobs/${digest('x')}`, status: 404, code: 'BLOB_UNKNOWN' });
    await ask('GET', '/v2/a/blobs/sha256:00');
    expect(last()).toMatchObject({ operation: 'getBlob', status: 400, code: 'DIGEST_INVALID' });
    expect(last()).not.toHaveProperty('repository');
    await ask('GET', '/v2/nothing');
    expect(last()).toMatchObject({ path: '/v2/nothing', status: 404, code: 'UNSUPPORTED' });
    expect(last()).not.toHaveProperty('operation');
  });

  it('hears who the client is, also of one that is refused', async () => {
    const { ask, last } = await serve({
      authorize: (_, credentials) => ({
        ...(credentials.scheme === 'basic' && { subject: credentials.username }),
        may: ({ repository }) => credentials.scheme === 'basic' && repository === 'a',
        challenges: ['Basic realm="test"'],
      }),
    });
    const login = { Authorization: `Basic ${Buffer.from('me:secret').toString('base64')}` };
    await ask('GET', '/v2/a/tags/list', '', login);
    expect(last()).toMatchObject({ user: 'me', operation: 'listTags', repository: 'a', status: 404 });
    await ask('GET', '/v2/b/tags/list', '', login);
    expect(last()).toMatchObject({ user: 'me', operation: 'listTags', repository: 'b', status: 403, code: 'DENIED' });
    await ask('GET', '/v2/a/tags/list');
    expect(last()).toMatchObject({ operation: 'listTags', repository: 'a', status: 401, code: 'UNAUTHORIZED' });
    expect(last()).not.toHaveProperty('user');
  });

  it('hears what a mount became: the upload that it was turned into where its source is hidden', async () => {
    const { ask, last } = await serve({
      authorize: () => ({ may: (need) => need.repository !== 'hidden', subject: 'me' }),
    });
    await ask('POST', `/v2/a/blobs/uploads/?mount=${digest('x')}&from=hidden`);
    expect(last()).toMatchObject({ operation: 'startUpload', from: 'hidden', upload: expect.any(String), status: 202 });
  });

  it('hears of a client that left before there was a reply, with status 499', async () => {
    const { url, events, idle } = await serve();
    const path = `/v2/a/blobs/uploads/?digest=${digest('hello')}`;
    const socket = await connectTo(url);
    socket.write(`POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhel`);
    await sleep(50);
    socket.destroy();
    while (events.length === 0) await sleep(5);
    await idle();
    expect(events.at(-1)).toMatchObject({ operation: 'pushBlob', status: 499, bytesIn: 3, bytesOut: 0, complete: false });
    expect(events.at(-1)?.remoteAddress).toBe('127.0.0.1');
  });

  it('hears 499 and no code where a reply was decided and not sent, as to a client that left its upload', async () => {
    const { url, events, idle, ask } = await serve();
    const { headers } = await ask('POST', '/v2/a/blobs/uploads/');
    const socket = await connectTo(url);
    socket.write(`PATCH ${headers.location} HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhel`);
    await sleep(50);
    socket.destroy();
    while (events.length === 1) await sleep(5);
    await idle();
    expect(events.at(-1)).toMatchObject({ operation: 'appendUpload', status: 499, bytesIn: 3, complete: false });
    expect(events.at(-1)).not.toHaveProperty('code');
  });

  it('hears of a refusal of the host that has the same status, which is sent', async () => {
    const { ask, last } = await serve({
      authorize: () => {
        throw new RegistryError('DENIED', { status: 499 });
      },
    });
    expect((await ask('GET', '/v2/')).status).toBe(499);
    expect(last()).toMatchObject({ operation: 'checkBase', status: 499, code: 'DENIED', complete: true });
  });

  it('hears of a reply that broke off, and how far it came', async () => {
    const memory = memoryDriver();
    const breaking = async function* () {
      yield Buffer.from('half');
      throw new Error('the disk is gone');
    };
    const driver: Driver = {
      ...memory,
      blobs: { ...memory.blobs, get: async () => ({ size: 8, open: async () => breaking() }) },
    };
    const { url, events, idle } = await serve({}, driver);
    const socket = await connectTo(url);
    socket.write(`GET /v2/a/blobs/${digest('x')} HTTP/1.1\r\nHost: x\r\n\r\n`);
    await closed(socket);
    await idle();
    expect(events).toMatchObject([{ operation: 'getBlob', status: 200, bytesOut: 4, complete: false }]);
  });

  it('hears of what lies outside the API where the registry answers it', async () => {
    await using registry = await startHandler(memoryDriver());
    await send(registry.origin, { method: 'GET', path: '/elsewhere' });
    await Promise.all(registry.requests);
    expect(registry.events).toMatchObject([{ path: '/elsewhere', status: 404, code: 'UNSUPPORTED' }]);
  });

  it('may give whatever it likes, as `(event) => events.push(event)` does', async () => {
    for (const given of [1, 'text', {}, null, () => {}, { catch: 1 }]) {
      const onResponse = () => given as unknown as undefined;
      const { url, idle, logged } = await startForTest({ options: { onResponse } });
      await send(url, { method: 'GET', path: '/v2/' });
      await idle();
      await sleep(1);
      expect(logged).toEqual([]);
    }
  });

  // biome-ignore lint/suspicious/noThenProperty: a promise of another library
  const rejecting = { then: (_: unknown, reject: (error: Error) => void) => reject(new Error('the listener is broken')) };
  it.each<[string, RegistryOptions['onResponse'] & object]>([
    [
      'throws',
      () => {
        throw new Error('the listener is broken');
      },
    ],
    ['rejects', () => Promise.reject(new Error('the listener is broken'))],
    ['gives a thenable that rejects', () => rejecting as unknown as Promise<void>],
  ])('is logged where it %s, and changes nothing', async (_, onResponse) => {
    const { url, idle, logged } = await startForTest({ options: { onResponse } });
    const reply = await send(url, { method: 'GET', path: '/v2/' });
    await idle();
    await sleep(1);
    expect(reply.status).toBe(200);
    const err = new Error('the listener is broken');
    expect(logged).toEqual([{ level: 'error', message: 'onResponse failed', details: { err } }]);
  });
});
