/** What the option `hooks` hears, and what it decides. */
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { memoryDriver } from '../../drivers/memory.ts';
import {
  type BeforeBlob,
  type BeforeTag,
  type Fact,
  type Hooks,
  RegistryError,
  type RegistryOptions,
  type ResponseEvent,
} from '../../lib/index.ts';
import { digest, image, imageType } from '../../lib/testing/exchanges/given.ts';
import { codeOf, open, send } from '../support/client.ts';
import { startForTest } from '../support/fixture.ts';
import { startHandler } from '../support/server.ts';
import { connectTo } from '../support/socket.ts';

// It is loaded with the first response that is heard of, which may take a while here.
beforeAll(() => import('../../lib/hooks/index.ts'));

async function serve(hooks: Hooks, options: RegistryOptions = {}) {
  const registry = await startForTest({ options: { allowMissingReferences: true, ...options, hooks } });
  const ask = async (method: string, path: string, body = '', headers: Record<string, string> = {}) => {
    const reply = await send(registry.url, { method, path, body, headers });
    await registry.idle();
    await sleep(5);
    return reply;
  };
  const push = (reference: string, content = image()) =>
    ask('PUT', `/v2/a/manifests/${reference}`, content, { 'Content-Type': imageType });
  return { ...registry, ask, push };
}

/** Every observing hook, each of which writes down what it hears under its own name. */
function listening() {
  const heard: [string, Fact][] = [];
  const events: ResponseEvent[] = [];
  const as = (name: string) => (fact: Fact, event: ResponseEvent) => {
    heard.push([name, fact]);
    events.push(event);
  };
  const hooks: Hooks = {
    onPush: as('onPush'),
    onPull: as('onPull'),
    onMount: as('onMount'),
    onDelete: as('onDelete'),
    onTag: as('onTag'),
    onUpload: as('onUpload'),
  };
  /** What was heard since the last time. */
  const take = () => heard.splice(0);
  return { hooks, take, events };
}

describe('hooks that observe', () => {
  it('hear of each push of a manifest, and of each tag that it sets', async () => {
    const { hooks, take, events } = listening();
    const { ask, push } = await serve(hooks);
    const content = image();
    const about = { repository: 'a', digest: digest(content) };
    await push('v1');
    expect(take()).toEqual([
      ['onPush', { type: 'manifest.push', ...about, tags: ['v1'] }],
      ['onTag', { type: 'tag.set', ...about, tag: 'v1' }],
    ]);
    expect(events[0]).toMatchObject({ operation: 'putManifest', status: 201, bytesIn: content.length });
    await ask('PUT', `/v2/a/manifests/${digest(content)}?tag=x&tag=y&tag=x`, content);
    expect(take()).toEqual([
      ['onPush', { type: 'manifest.push', ...about, tags: ['x', 'y'] }],
      ['onTag', { type: 'tag.set', ...about, tag: 'x' }],
      ['onTag', { type: 'tag.set', ...about, tag: 'y' }],
    ]);
    const subject = { mediaType: imageType, digest: digest(content), size: content.length };
    await push(digest(image({ subject })), image({ subject }));
    expect(take()).toMatchObject([['onPush', { digest: digest(image({ subject })), tags: [], subject: digest(content) }]]);
  });

  it('hear of blobs that are pushed, mounted, read and deleted', async () => {
    const { hooks, take } = listening();
    const { ask } = await serve(hooks);
    const hello = digest('hello');
    await ask('POST', `/v2/a/blobs/uploads/?digest=${hello}`, 'hello');
    await ask('POST', `/v2/b/blobs/uploads/?mount=${hello}&from=a`);
    await ask('GET', `/v2/b/blobs/${hello}`);
    await ask('GET', `/v2/b/blobs/${hello}`, '', { Range: 'bytes=1-2' });
    await ask('DELETE', `/v2/b/blobs/${hello}`);
    expect(take()).toEqual([
      ['onPush', { type: 'blob.push', repository: 'a', digest: hello }],
      ['onMount', { type: 'blob.mount', repository: 'b', digest: hello, from: 'a' }],
      ['onPull', { type: 'blob.pull', repository: 'b', digest: hello }],
      ['onPull', { type: 'blob.pull', repository: 'b', digest: hello }],
      ['onDelete', { type: 'blob.delete', repository: 'b', digest: hello }],
    ]);
  });

  it('hear of an upload from its beginning to its end', async () => {
    const { hooks, take } = listening();
    const { ask } = await serve(hooks);
    const begun = await ask('POST', '/v2/a/blobs/uploads/');
    const upload = begun.headers['docker-upload-uuid'];
    const sent = await ask('PATCH', begun.headers.location ?? '', 'hello');
    await ask('PUT', `${sent.headers.location}&digest=${digest('hello')}`);
    const other = await ask('POST', `/v2/a/blobs/uploads/?mount=${digest('nothing')}&from=b`);
    await ask('DELETE', other.headers.location ?? '');
    const cancelled = other.headers['docker-upload-uuid'];
    expect(take()).toEqual([
      ['onUpload', { type: 'upload.begin', repository: 'a', upload }],
      ['onUpload', { type: 'upload.append', repository: 'a', upload }],
      ['onPush', { type: 'blob.push', repository: 'a', digest: digest('hello') }],
      ['onUpload', { type: 'upload.begin', repository: 'a', upload: cancelled }],
      ['onUpload', { type: 'upload.cancel', repository: 'a', upload: cancelled }],
    ]);
  });

  it('hear of manifests that are read and deleted, and of tags that are deleted', async () => {
    const { hooks, take } = listening();
    const { ask, push } = await serve(hooks);
    await push('v1');
    take();
    const about = { repository: 'a', digest: digest(image()) };
    await ask('GET', '/v2/a/manifests/v1');
    await ask('GET', `/v2/a/manifests/${digest(image())}`);
    await ask('DELETE', '/v2/a/manifests/v1');
    await ask('DELETE', `/v2/a/manifests/${digest(image())}`);
    expect(take()).toEqual([
      ['onPull', { type: 'manifest.pull', ...about, tag: 'v1' }],
      ['onPull', { type: 'manifest.pull', ...about }],
      ['onDelete', { type: 'tag.delete', repository: 'a', tag: 'v1' }],
      ['onDelete', { type: 'manifest.delete', ...about }],
    ]);
  });

  it('hear nothing of HEAD, of lists, of what the client has already, and of refusals', async () => {
    const { hooks, take } = listening();
    const { ask, push } = await serve(hooks);
    await push('v1');
    take();
    await ask('HEAD', '/v2/a/manifests/v1');
    await ask('GET', '/v2/a/manifests/v1', '', { 'If-None-Match': `"${digest(image())}"` });
    await ask('GET', '/v2/a/manifests/v2');
    await ask('GET', '/v2/a/tags/list');
    await ask('GET', `/v2/a/referrers/${digest(image())}`);
    await ask('DELETE', '/v2/a/manifests/v2');
    await ask('PUT', '/v2/a/manifests/v3', 'no manifest');
    expect(take()).toEqual([]);
  });

  it('hear nothing of a pull that breaks off', async () => {
    const { hooks, take } = listening();
    const content = 'x'.repeat(30_000_000);
    const { ask, url, idle } = await serve(hooks);
    await ask('POST', `/v2/a/blobs/uploads/?digest=${digest(content)}`, content);
    take();
    const response = await open(url, { method: 'GET', path: `/v2/a/blobs/${digest(content)}` });
    await once(response, 'readable');
    response.destroy();
    await idle();
    expect(take()).toEqual([]);
  });

  it('hear who did it', async () => {
    const { hooks, take } = listening();
    const { push } = await serve(hooks, { authorize: () => ({ subject: 'ann', may: () => true }) });
    await push('v1');
    expect(take()).toMatchObject([
      ['onPush', { user: 'ann' }],
      ['onTag', { user: 'ann' }],
    ]);
  });

  it('change nothing when they fail, and are logged by name; onResponse hears beside them', async () => {
    const heard: ResponseEvent[] = [];
    const { push, logged } = await serve(
      {
        onPush: () => {
          throw new Error('at once');
        },
        onTag: async () => Promise.reject(new Error('later')),
      },
      { onResponse: (event) => void heard.push(event) },
    );
    expect((await push('v1')).status).toBe(201);
    expect(logged).toMatchObject([
      { message: 'onPush failed', details: { err: { message: 'at once' } } },
      { message: 'onTag failed', details: { err: { message: 'later' } } },
    ]);
    expect(heard).toMatchObject([{ operation: 'putManifest' }]);
  });

  it('are waited for when the registry drains', async () => {
    let done = false;
    const onPush = async () => {
      await sleep(50);
      done = true;
    };
    await using running = await startHandler(memoryDriver(), { hooks: { onPush } });
    await send(running.origin, { method: 'POST', path: `/v2/a/blobs/uploads/?digest=${digest('x')}`, body: 'x' });
    await running.handler.drain({ deadline: 5_000 });
    expect(done).toBe(true);
  });
});

describe('hooks that decide', () => {
  const refusing = (reason: string) => () => {
    throw new RegistryError('DENIED', { message: reason, detail: { reason } });
  };

  it('are told of a manifest with its bytes before it is stored, and refuse it with an error of the table', async () => {
    const asked: object[] = [];
    const { push, driver } = await serve({
      beforeManifest: ({ signal, ...about }) => {
        expect(signal.aborted).toBe(false);
        asked.push(about);
        refusing('no')();
      },
    });
    const reply = await push('v1');
    expect([reply.status, JSON.parse(reply.body.toString())]).toEqual([
      403,
      { errors: [{ code: 'DENIED', message: 'no', detail: { reason: 'no' } }] },
    ]);
    const bytes = Buffer.from(image());
    expect(asked).toEqual([{ repository: 'a', digest: digest(image()), mediaType: imageType, bytes, tags: ['v1'] }]);
    expect(await driver.manifests.repositories({ limit: 9 })).toEqual([]);
  });

  it('are asked about each tag, with where it points, before anything is stored', async () => {
    const asked: Omit<BeforeTag, 'signal'>[] = [];
    const { ask, push, driver } = await serve({
      beforeTag: ({ signal, ...about }) => {
        asked.push(about);
        if (about.tag === 'latest') refusing('latest')();
      },
    });
    const [first, second] = [image(), image({}, 'another layer')];
    await push('v1', first);
    await push('v1', second);
    expect((await ask('PUT', `/v2/b/manifests/${digest(first)}?tag=v1&tag=latest`, first)).status).toBe(403);
    expect(asked).toEqual([
      { repository: 'a', tag: 'v1', digest: digest(first) },
      { repository: 'a', tag: 'v1', digest: digest(second), previous: digest(first) },
      { repository: 'b', tag: 'v1', digest: digest(first) },
      { repository: 'b', tag: 'latest', digest: digest(first) },
    ]);
    expect(await driver.manifests.repositories({ limit: 9 })).toEqual(['a']);
  });

  it('are asked about blobs with their size, however they come, before they are published', async () => {
    const asked: Omit<BeforeBlob, 'signal'>[] = [];
    const { ask, url } = await serve({ beforeBlob: ({ signal, ...about }) => void asked.push(about) });
    const hello = digest('hello');
    await ask('POST', `/v2/a/blobs/uploads/?digest=${hello}`, 'hello');
    const begin = async () => (await ask('POST', '/v2/a/blobs/uploads/')).headers.location ?? '';
    await ask('PUT', `${await begin()}&digest=${hello}`, 'hello');
    const sent = await ask('PATCH', await begin(), 'hel');
    await ask('PUT', `${sent.headers.location}&digest=${hello}`, 'lo');
    const whole = await ask('PATCH', await begin(), 'hello');
    await ask('PUT', `${whole.headers.location}&digest=${hello}`);
    await ask('POST', `/v2/b/blobs/uploads/?mount=${hello}&from=a`);
    await ask('POST', `/v2/b/blobs/uploads/?mount=${digest('nothing')}&from=a`);
    await send(url, {
      method: 'POST',
      path: `/v2/a/blobs/uploads/?digest=${hello}`,
      body: (async function* () {
        yield Buffer.from('hello');
      })(),
    });
    expect(asked).toEqual([
      ...Array.from({ length: 4 }, () => ({ repository: 'a', digest: hello, size: 5 })),
      { repository: 'b', digest: hello, size: 5, from: 'a' },
      { repository: 'a', digest: hello, size: undefined },
    ]);
  });

  it('refuse a blob, and a mount, of which then nothing is there', async () => {
    const { ask } = await serve({ beforeBlob: ({ repository }) => (repository === 'b' ? refusing('no')() : undefined) });
    const hello = digest('hello');
    await ask('POST', `/v2/a/blobs/uploads/?digest=${hello}`, 'hello');
    expect((await ask('POST', `/v2/b/blobs/uploads/?digest=${hello}`, 'hello')).status).toBe(403);
    expect((await ask('POST', `/v2/b/blobs/uploads/?mount=${hello}&from=a`)).status).toBe(403);
    expect((await ask('HEAD', `/v2/b/blobs/${hello}`)).status).toBe(404);
  });

  it('that fail are a 503 that says nothing of it, and are logged', async () => {
    const { push, logged } = await serve({ beforeManifest: async () => Promise.reject(new Error('the quota is away')) });
    const reply = await push('v1');
    expect([reply.status, codeOf(reply)]).toEqual([503, 'UNAVAILABLE']);
    expect(reply.body.toString()).not.toContain('quota');
    expect(logged).toMatchObject([{ message: 'request failed', details: { err: { message: 'the quota is away' } } }]);
  });

  it('are told who asks, and no longer waited for once the client has left', async () => {
    let left: unknown;
    const asked: (string | undefined)[] = [];
    const { url, idle, logged } = await serve(
      {
        beforeManifest: async ({ user, signal }) => {
          asked.push(user);
          await once(signal, 'abort');
          left = signal.reason;
          await new Promise(() => {});
        },
      },
      { authorize: () => ({ subject: 'ann', may: () => true }) },
    );
    const socket = await connectTo(url);
    socket.write(`PUT /v2/a/manifests/v1 HTTP/1.1\r\nHost: x\r\nContent-Length: ${image().length}\r\n\r\n${image()}`);
    await expect.poll(() => asked).toEqual(['ann']);
    socket.destroy();
    await idle();
    expect(left).toBeInstanceOf(Error);
    expect(logged).toEqual([]);
  });
});

describe('the option hooks', () => {
  it.each([
    [{ onpush: () => {} }, "there is no option 'hooks.onpush'; use onPush, "],
    [{ beforeTag: true }, 'hooks.beforeTag must be a function, not true'],
    [() => {}, 'hooks must be an object, not a function'],
  ])('refuses %j', async (hooks, words) => {
    await expect(startForTest({ options: { hooks: hooks as Hooks } })).rejects.toThrow(words);
  });
});
