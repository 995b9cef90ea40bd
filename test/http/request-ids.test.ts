/** Each request has an id, which its reply, its event and its lines in the log have in common. */
import { describe, expect, it } from 'vitest';
import { memoryDriver } from '../../drivers/memory.ts';
import { createRegistryHandler, type Driver, type RegistryOptions, type ResponseEvent } from '../../lib/index.ts';
import { send } from '../support/client.ts';
import { startForTest } from '../support/fixture.ts';

/** A storage that fails whenever a manifest is looked for. */
function failing(): Driver {
  const driver = memoryDriver();
  const manifests = { ...driver.manifests, resolve: () => Promise.reject(new Error('the disk is gone')) };
  return { ...driver, manifests };
}

/** Collects what is told of requests. */
function listening() {
  const logged: { readonly message: string; readonly requestId: unknown }[] = [];
  const events: ResponseEvent[] = [];
  const note = (details: object, message: string): void =>
    void logged.push({ message, requestId: 'requestId' in details ? details.requestId : undefined });
  const options = {
    logger: { error: note, warn: () => {}, debug: note },
    onResponse: (event: ResponseEvent): void => void events.push(event),
  } satisfies RegistryOptions;
  return { logged, events, options };
}

const doors = ['node:http', 'fetch'] as const;

/** Asks a registry through one of its doors, as a client or a proxy on this machine. */
async function ask(door: (typeof doors)[number], driver: Driver, options: RegistryOptions, path: string, given?: string) {
  const headers = given === undefined ? {} : { 'X-Request-Id': given };
  if (door === 'node:http') {
    const registry = await startForTest({ driver, options });
    const { status, headers: replied } = await send(registry.url, { method: 'GET', path, headers });
    await registry.idle();
    return { status, id: `${replied['x-request-id']}` };
  }
  await using handler = createRegistryHandler(driver, options);
  const reply = await handler.fetch(new Request(`http://registry${path}`, { headers }), { remoteAddress: '127.0.0.1' });
  await reply.arrayBuffer();
  return { status: reply.status, id: `${reply.headers.get('x-request-id')}` };
}

describe.each(doors)('through the door for %s, the id of a request', (door) => {
  it('is in its reply and in its event', async () => {
    const { events, options } = listening();
    const { status, id } = await ask(door, memoryDriver(), options, '/v2/');
    expect(status).toBe(200);
    expect(id).toMatch(/^\w+-\w+$/);
    await expect.poll(() => events.map(({ requestId }) => requestId)).toEqual([id]);
  });

  it('is in the line that the log has of a fault, and in the event and the reply of it', async () => {
    const { logged, events, options } = listening();
    const { status, id } = await ask(door, failing(), options, '/v2/a/manifests/latest');
    expect(status).toBe(500);
    expect(logged).toEqual([{ message: 'request failed', requestId: id }]);
    await expect.poll(() => events.map(({ requestId }) => requestId)).toEqual([id]);
  });

  it('is in the line that the log has of a refusal, also of what no route serves', async () => {
    const { logged, options } = listening();
    const { status, id } = await ask(door, memoryDriver(), options, '/v2/nothing');
    expect(status).toBe(404);
    expect(logged).toEqual([{ message: 'request refused', requestId: id }]);
  });

  it('is another one for each request', async () => {
    const ids = new Set<string>();
    for (let turn = 0; turn < 50; turn++) ids.add((await ask('fetch', memoryDriver(), {}, '/v2/')).id);
    expect(ids.size).toBe(50);
  });

  it.each<[string, RegistryOptions, string, boolean]>([
    ['that of a proxy whose word counts', { trustProxy: 'loopback' }, 'edge-1/A.b:c=7f', true],
    ['not that of a client', {}, 'edge-1', false],
    ['not that of a proxy whose word does not count', { trustProxy: '192.0.2.0/24' }, 'edge-1', false],
    ['not one that is long', { trustProxy: true }, 'a'.repeat(129), false],
    ['not one with spaces', { trustProxy: true }, 'edge 1', false],
    ['not one in other characters', { trustProxy: true }, 'edgé', false],
    ['not one that is empty', { trustProxy: true }, '', false],
  ])('is %s', async (_, options, given, isTaken) => {
    const { id } = await ask(door, memoryDriver(), options, '/v2/', given);
    if (isTaken) expect(id).toBe(given);
    else expect(id).toMatch(/^\w{1,12}-\w+$/);
    if (!isTaken) expect(id).not.toBe(given);
  });
});

it('is one of its own where a proxy gives two', async () => {
  const { url } = await startForTest({ options: { trustProxy: true } });
  const { headers } = await send(url, { method: 'GET', path: '/v2/', headers: { 'X-Request-Id': 'one, two' } });
  expect(headers['x-request-id']).toMatch(/^\w{1,12}-\w+$/);
});
