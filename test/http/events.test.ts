/** What the option `events` keeps, and how it is delivered. */
import { createHmac } from 'node:crypto';
import { createServer } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it, vi } from 'vitest';
import { memoryDriver } from '../../drivers/memory.ts';
import {
  type Attempts,
  type CloudEvent,
  type EventsOptions,
  events,
  type Sink,
  SinkRefusal,
  webhook,
} from '../../lib/delivery/index.ts';
import { createRegistryHandler, type Driver } from '../../lib/index.ts';
import { digest, image, imageType } from '../../lib/testing/exchanges/given.ts';
import { overrideDriver } from '../../lib/testing/override-driver.ts';
import { codeOf, send } from '../support/client.ts';
import { type Listening, listen, startHandler } from '../support/server.ts';

const quick: Partial<Attempts> = { firstPause: 5, longestPause: 20, timeout: 500 };

/** A sink that has what it was given. */
function collecting(name = 'list', fail: (event: CloudEvent, times: number) => unknown = () => undefined) {
  const taken: CloudEvent[] = [];
  const asked = new Map<string, number>();
  const sink: Sink = {
    name,
    async deliver(event) {
      const times = (asked.get(event.id) ?? 0) + 1;
      asked.set(event.id, times);
      const failure = await fail(event, times);
      if (failure) throw failure;
      taken.push(event);
    },
  };
  return { sink, taken, subjects: () => taken.map(({ type, subject }) => `${type} ${subject}`) };
}

async function serve(options: EventsOptions, driver: Driver = memoryDriver()) {
  const told = events({ attempts: quick, ...options });
  const running = await startHandler(driver, { allowMissingReferences: true, events: told });
  const ask = (method: string, path: string, body = '', headers: Record<string, string> = {}) =>
    send(running.origin, { method, path, body, headers });
  const push = (reference: string, content = image(), repository = 'a') =>
    ask('PUT', `/v2/${repository}/manifests/${reference}`, content, { 'Content-Type': imageType });
  return { ...running, told, driver, ask, push };
}

describe('events', () => {
  it('tell of each change as a CloudEvent', async () => {
    const { sink, taken, subjects } = collecting();
    await using registry = await serve({ sinks: [sink], source: 'https://registry.example.com/' });
    const { ask, push } = registry;
    const hello = digest('hello');
    const manifest = digest(image());
    await ask('POST', `/v2/a/blobs/uploads/?digest=${hello}`, 'hello');
    await ask('POST', `/v2/a/blobs/uploads/?mount=${hello}&from=a`);
    await push('v1');
    await ask('GET', '/v2/a/manifests/v1');
    await ask('DELETE', '/v2/a/manifests/v1');
    await ask('DELETE', `/v2/a/manifests/${manifest}`);
    await ask('DELETE', `/v2/a/blobs/${hello}`);
    await ask('DELETE', `/v2/a/blobs/${hello}`);
    await expect
      .poll(subjects)
      .toEqual([
        `stowage.blob.push a@${hello}`,
        `stowage.blob.mount a@${hello}`,
        `stowage.manifest.push a@${manifest}`,
        'stowage.tag.set a:v1',
        'stowage.tag.delete a:v1',
        `stowage.manifest.delete a@${manifest}`,
        `stowage.blob.delete a@${hello}`,
      ]);
    expect(taken[2]).toEqual({
      specversion: '1.0',
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      source: 'https://registry.example.com/',
      type: 'stowage.manifest.push',
      subject: `a@${manifest}`,
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      datacontenttype: 'application/json',
      partitionkey: 'a',
      data: { type: 'manifest.push', repository: 'a', digest: manifest, tags: ['v1'] },
    });
  });

  it('tell of pulls where that is asked for', async () => {
    const { sink, subjects } = collecting();
    await using registry = await serve({ sinks: [sink], pulls: true });
    await registry.push('v1');
    await registry.ask('HEAD', '/v2/a/manifests/v1');
    await registry.ask('GET', '/v2/a/manifests/v1');
    await expect.poll(subjects).toContain(`stowage.manifest.pull a@${digest(image())}`);
    expect(subjects()).toHaveLength(3);
  });

  it('are kept before the push is acknowledged: one that cannot be kept fails, and is told of once it is pushed again', async () => {
    const { sink, subjects } = collecting();
    const right = memoryDriver();
    let broken = true;
    const append: NonNullable<Driver['outbox']>['append'] = async (stream, entries) => {
      if (broken) throw new Error('no outbox');
      await right.outbox?.append(stream, entries);
    };
    await using registry = await serve({ sinks: [sink] }, overrideDriver(right, { outbox: { append } }));
    const refused = await registry.push('v1');
    expect([refused.status, codeOf(refused)]).toEqual([500, 'UNKNOWN']);
    broken = false;
    expect((await registry.push('v1')).status).toBe(201);
    await expect.poll(subjects).toHaveLength(2);
  });

  it('are delivered again until they are taken, those of a repository in their order, and others meanwhile', async () => {
    const failing = collecting('failing', ({ partitionkey }, times) => partitionkey === 'a' && times < 4 && new Error('not yet'));
    const { sink, taken } = failing;
    await using registry = await serve({ sinks: [sink] });
    for (const tag of ['v1', 'v2']) await registry.push(tag);
    await registry.push('w', image(), 'b');
    await expect.poll(() => taken.length).toBe(6);
    expect(taken.slice(0, 2).map(({ partitionkey }) => partitionkey)).toEqual(['b', 'b']);
    const ofA = taken
      .filter(({ partitionkey }) => partitionkey === 'a')
      .map(({ data }) => ('tag' in data ? data.tag : data.type));
    expect(ofA).toEqual(['manifest.push', 'v1', 'manifest.push', 'v2']);
    expect(registry.logged).toContainEqual(expect.objectContaining({ sink: 'failing', attempt: 3 }));
  });

  it('have sinks that know nothing of one another', async () => {
    const stuck: Sink = { name: 'stuck', deliver: () => new Promise(() => {}) };
    const { sink, taken } = collecting();
    await using registry = await serve({ sinks: [stuck, sink] });
    await registry.push('v1');
    await expect.poll(() => taken.length).toBe(2);
  });

  it('are given up after some refusals, or when they are too old; dead letters are kept, and can be revived', async () => {
    let refuses = true;
    const { sink, taken } = collecting('strict', ({ data }) => refuses && data.type === 'tag.set' && new SinkRefusal('no tags'));
    await using registry = await serve({ sinks: [sink], attempts: { ...quick, refusals: 2 } });
    await registry.push('v1');
    await registry.push('v2');
    await expect.poll(() => taken.length).toBe(2);
    const letters = async () => {
      const found = [];
      for await (const letter of registry.told.deadLetters('strict')) found.push(letter);
      return found;
    };
    await expect.poll(letters).toHaveLength(2);
    expect((await letters())[0]).toMatchObject({ event: { subject: 'a:v1' }, reason: 'no tags', attempts: 2 });
    refuses = false;
    await registry.told.revive('strict');
    await expect.poll(() => taken.map(({ subject }) => subject).slice(2)).toEqual(['a:v1', 'a:v2']);
    expect(await letters()).toEqual([]);
  });

  it('that are given up while others are revived stay dead letters, also those of an instance whose clock is behind', async () => {
    const right = memoryDriver();
    const outbox = right.outbox ?? expect.fail('no outbox');
    const bury = (subject: string) =>
      outbox.append('dead-list', [Buffer.from(JSON.stringify({ event: { id: subject, subject, partitionkey: 'a' } }))]);
    let isBuried = false;
    const append: typeof outbox.append = async (stream, entries) => {
      await outbox.append(stream, entries);
      if (stream !== 'events' || isBuried) return;
      isBuried = true;
      const clock = vi.spyOn(Date, 'now').mockReturnValue(Date.now() - 1_000);
      await bury('late').finally(() => clock.mockRestore());
    };
    const { sink, taken } = collecting('list');
    await using registry = await serve({ sinks: [sink] }, { ...right, outbox: { ...outbox, append } });
    await bury('early');
    await registry.told.revive('list');
    await expect.poll(() => taken.map(({ subject }) => subject)).toEqual(['early']);
    const letters = async () => {
      const found = [];
      for await (const { event } of registry.told.deadLetters('list')) found.push(event.subject);
      return found;
    };
    expect(await letters()).toEqual(['late']);
    await registry.told.revive('list');
    await expect.poll(() => taken.map(({ subject }) => subject)).toEqual(['early', 'late']);
  });

  it('that are too old when they fail are given up', async () => {
    const { sink, taken } = collecting('away', () => new Error('away'));
    await using registry = await serve({ sinks: [sink], attempts: { ...quick, giveUpAfter: 40 } });
    await registry.push('v1');
    const count = async () => {
      let letters = 0;
      for await (const _ of registry.told.deadLetters('away')) letters++;
      return letters;
    };
    await expect.poll(count).toBe(2);
    expect(taken).toEqual([]);
  });

  it('can be delivered again from a time on', async () => {
    const { sink, taken } = collecting();
    await using registry = await serve({ sinks: [sink] });
    await registry.push('v1');
    await sleep(20);
    const from = new Date();
    await registry.push('v2');
    await expect.poll(() => taken.length).toBe(4);
    await registry.told.replay('list', from);
    await registry.push('v3');
    await expect.poll(() => taken.length).toBe(8);
    const tags = taken.flatMap(({ data }) => (data.type === 'tag.set' ? [data.tag] : []));
    expect(tags).toEqual(['v1', 'v2', 'v2', 'v3']);
    expect(taken[4]?.id).toBe(taken[2]?.id);
  });

  it('that were not delivered when a registry ended are delivered by the next one, and no others', async () => {
    const driver = { ...memoryDriver(), close: async () => {} };
    const first = collecting('list', ({ data }) => data.type === 'tag.set' && new Error('not yet'));
    const before = await serve({ sinks: [first.sink] }, driver);
    await before.push('v1');
    await expect.poll(() => first.taken.length).toBe(1);
    await before.handler.close();
    await before.close();
    const second = collecting('list');
    await using _ = await serve({ sinks: [second.sink] }, driver);
    await expect.poll(second.subjects).toEqual(['stowage.tag.set a:v1']);
    await sleep(50);
    expect(second.taken).toHaveLength(1);
  });

  it('are kept account of by what is left, which stays small however many are delivered behind one that fails', async () => {
    const right = memoryDriver();
    const outbox = right.outbox ?? expect.fail('no outbox');
    let largest = 0;
    const lease: typeof outbox.lease = (name, holder, milliseconds, state) => {
      largest = Math.max(largest, state?.length ?? 0);
      return outbox.lease(name, holder, milliseconds, state);
    };
    const driver = { ...right, outbox: { ...outbox, lease }, close: async () => {} };
    let fails = true;
    const failing = ({ partitionkey }: CloudEvent) => fails && partitionkey === 'stuck' && new Error('not yet');
    const first = collecting('list', failing);
    const before = await serve({ sinks: [first.sink] }, driver);
    await before.push('v1', image(), 'stuck');
    const entries = Array.from({ length: 2_000 }, (_, index) =>
      Buffer.from(
        JSON.stringify({ event: { id: `id-${index}`, time: new Date().toISOString(), partitionkey: `r${index % 9}` } }),
      ),
    );
    await outbox.append('events', entries);
    await expect.poll(() => first.taken.length, { timeout: 10_000 }).toBe(2_000);
    await before.push('w', image(), 'b');
    await before.handler.close();
    await before.close();
    expect(largest).toBeLessThan(1_000);
    fails = false;
    const second = collecting('list');
    await using after = await serve({ sinks: [second.sink] }, driver);
    await expect
      .poll(() => second.subjects().slice(0, 2))
      .toEqual([`stowage.manifest.push stuck@${digest(image())}`, 'stowage.tag.set stuck:v1']);
    await after.push('x', image(), 'c');
    await expect.poll(() => second.subjects().at(-1)).toBe('stowage.tag.set c:x');
    const twice = second.taken.filter(({ id }) => first.taken.some((taken) => taken.id === id));
    expect(twice).toEqual([]);
  });

  it('go on behind entries and a state that are damaged, and say so', async () => {
    const driver = memoryDriver();
    await driver.outbox?.append('events', [new Uint8Array(0), Buffer.from('{')]);
    await driver.outbox?.lease('delivery', 'another', 0, new Uint8Array(9));
    const { sink, subjects } = collecting();
    await using registry = await serve({ sinks: [sink] }, driver);
    await registry.push('v1');
    await expect.poll(subjects).toHaveLength(2);
    // One of the state, and one of each entry.
    expect(registry.logged).toEqual(Array(3).fill(expect.objectContaining({ err: expect.any(SyntaxError) })));
  });

  it('are delivered by an instance that keeps its lease, though its clock goes back', async () => {
    const right = memoryDriver();
    const outbox = right.outbox ?? expect.fail('no outbox');
    let asked = 0;
    const lease: typeof outbox.lease = (...given) => {
      asked++;
      return outbox.lease(...given);
    };
    await using _ = await serve({ sinks: [collecting().sink] }, overrideDriver(right, { outbox: { lease } }));
    await expect.poll(() => asked).toBeGreaterThan(0);
    const real = Date.now;
    const clock = vi.spyOn(Date, 'now').mockImplementation(() => real() - 3_600_000);
    try {
      const before = asked;
      await expect.poll(() => asked, { timeout: 3_000 }).toBeGreaterThan(before);
    } finally {
      clock.mockRestore();
    }
  });

  it('of several instances are delivered once', async () => {
    const driver = memoryDriver();
    const [one, two] = [collecting(), collecting()];
    await using first = await serve({ sinks: [one.sink] }, { ...driver, close: async () => {} });
    await using second = await serve({ sinks: [two.sink] }, driver);
    for (let round = 0; round < 5; round++) for (const each of [first, second]) await each.push(`v${round}`, image(), 'a');
    await expect.poll(() => one.taken.length + two.taken.length, { timeout: 5_000 }).toBe(20);
    const ids = [...one.taken, ...two.taken].map(({ id }) => id);
    expect(new Set(ids).size).toBe(20);
  });

  it('want a driver with an outbox, sinks with names of their own, and one registry', () => {
    const { sink } = collecting();
    const without = overrideDriver(memoryDriver(), { outbox: undefined });
    expect(() => createRegistryHandler(without, { events: events({ sinks: [sink] }) })).toThrow('has no outbox');
    expect(() => events({ sinks: [sink, sink] })).toThrow('a name of its own');
    expect(() => events({ sinks: [] })).toThrow('sinks must be a list');
    const used = events({ sinks: [sink] });
    const handler = createRegistryHandler(memoryDriver(), { events: used });
    expect(() => createRegistryHandler(memoryDriver(), { events: used })).toThrow('for one registry');
    return handler.close();
  });
});

describe('webhook', () => {
  const secret = 'whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD';
  const other = 'another secret of many characters';

  /** A receiver that answers with these statuses in turn, and the last one from then on. */
  async function receiving(...statuses: number[]) {
    const requests: { headers: NodeJS.Dict<string | string[]>; body: string }[] = [];
    const receiver = createServer(async (request, response) => {
      const body = Buffer.concat(await request.toArray()).toString();
      requests.push({ headers: request.headers, body });
      const status = statuses.length > 1 ? statuses.shift() : statuses[0];
      response.writeHead(status ?? 204, { location: '/elsewhere' }).end();
    });
    const listening: Listening = await listen(receiver);
    return { requests, url: `${listening.origin}/hook`, [Symbol.asyncDispose]: () => listening.close() };
  }

  const expectedSignature = (
    key: Buffer | string,
    { headers, body }: { headers: NodeJS.Dict<string | string[]>; body: string },
  ) =>
    `v1,${createHmac('sha256', key).update(`${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`).digest('base64')}`;

  it('sends the event as its body, signed with each secret', async () => {
    await using receiver = await receiving(204);
    const sink = webhook({ url: receiver.url, secret: [secret, other], headers: { 'x-own': 'yes' } });
    await using registry = await serve({ sinks: [sink] });
    await registry.push('v1');
    await expect.poll(() => receiver.requests.length).toBe(2);
    const [request] = receiver.requests;
    if (!request) expect.fail('nothing came');
    const event: CloudEvent = JSON.parse(request.body);
    expect(event).toMatchObject({ specversion: '1.0', type: 'stowage.manifest.push', data: { tags: ['v1'] } });
    expect(request.headers).toMatchObject({
      'content-type': 'application/cloudevents+json',
      'webhook-id': event.id,
      'webhook-signature': [
        expectedSignature(Buffer.from(secret.slice(6), 'base64'), request),
        expectedSignature(other, request),
      ].join(' '),
      'x-own': 'yes',
    });
    expect(Math.abs(Date.now() / 1000 - Number(request.headers['webhook-timestamp']))).toBeLessThan(60);
  });

  it('sends the data as its body, and the rest as headers, in binary mode', async () => {
    await using receiver = await receiving(200);
    await using registry = await serve({ sinks: [webhook({ url: receiver.url, secret: other, mode: 'binary' })] });
    await registry.push('v1');
    await expect.poll(() => receiver.requests.length).toBe(2);
    const request = receiver.requests[1] ?? expect.fail('too little came');
    expect(JSON.parse(request.body)).toEqual({ type: 'tag.set', repository: 'a', tag: 'v1', digest: digest(image()) });
    expect(request.headers).toMatchObject({
      'content-type': 'application/json',
      'ce-specversion': '1.0',
      'ce-type': 'stowage.tag.set',
      'ce-subject': 'a:v1',
      'ce-partitionkey': 'a',
      'ce-source': '/v2',
      'ce-id': request.headers['webhook-id'],
      'webhook-signature': expectedSignature(other, request),
    });
  });

  it.each([
    [[503, 429, 408, 425, 204], 6, 0],
    [[400], 4, 2],
    [[302], 4, 2],
  ])('that is answered with %j is asked %i times for two events, of which %i are given up', async (statuses, asked, dead) => {
    await using receiver = await receiving(...statuses);
    await using registry = await serve({
      sinks: [webhook({ url: receiver.url, secret })],
      attempts: { ...quick, refusals: 2 },
    });
    await registry.push('v1');
    await expect.poll(() => receiver.requests.length).toBe(asked);
    const letters = async () => {
      let count = 0;
      for await (const _ of registry.told.deadLetters('webhook')) count++;
      return count;
    };
    await expect.poll(letters).toBe(dead);
    expect(new Set(receiver.requests.map(({ headers }) => headers['webhook-id'])).size).toBe(2);
  });

  it('waits for a receiver that is silent no longer than the timeout', async () => {
    let asked = 0;
    await using silent = await listen((_, response) => {
      asked++;
      if (asked > 1) response.end();
    });
    await using registry = await serve({
      sinks: [webhook({ url: silent.origin, secret })],
      attempts: { ...quick, timeout: 50 },
    });
    await registry.push('v1');
    await expect.poll(() => asked).toBe(3);
  });

  it.each([
    [{ url: 'example.com', secret }, 'url must be a URL'],
    [{ url: 'https://example.com', secret: 'short' }, 'secret must be a secret of 24 bytes or more'],
    [{ url: 'https://example.com', secret: [] }, 'secret must be a secret of 24 bytes or more'],
    [{ url: 'https://example.com', secret, mode: 'batched' as 'binary' }, "mode must be 'structured' or 'binary'"],
    [{ url: 'http://[', secret }, 'url must be a URL'],
    [{ url: 'https://example.com', secret, headers: { 'x y': 'z' } }, 'headers must be an object of headers'],
  ])('refuses %j', (options, words) => {
    expect(() => webhook(options)).toThrow(words);
  });

  it.each([
    { url: 'https://ann:hush@example.com/', secret },
    { url: 'https://example.com/', secret: 'hush' },
    { url: 'https://example.com/', secret, headers: { authorization: 'Bearer hush\nhush' } },
  ])('refuses what may be secret without repeating it: %j', (options) => {
    let message = '';
    try {
      webhook(options);
    } catch (err) {
      message = String(err);
    }
    expect(message).toMatch(/must be/);
    expect(message).not.toContain('hush');
  });
});
