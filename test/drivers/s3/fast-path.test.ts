/** Calls of single objects go past the SDK's middleware, and what goes wrong there is asked again by the SDK. */
import { randomUUID } from 'node:crypto';
import { S3Client, type S3ClientConfig } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { createFastPath } from '../../../drivers/s3/fast-path.ts';
import { isLaterAttempt } from '../../../drivers/s3/faults.ts';
import { createObjectCalls } from '../../../drivers/s3/object-calls.ts';
import { createStore, type Store } from '../../../drivers/s3/store.ts';
import { type S3DriverOptions, s3Driver } from '../../../drivers/s3.ts';
import { digestOf } from '../../../lib/content/digest.ts';
import { repo } from '../../../lib/testing/suite/samples.ts';
import type * as Timers from '../../../lib/timers.ts';
import { type Fault, type S3Double, startS3Double } from '../../support/s3/double.ts';
import { listen } from '../../support/server.ts';

const clock = vi.hoisted(() => ({ aheadMs: 0 }));
vi.mock('../../../lib/timers.ts', async (load) => {
  const real = await load<typeof Timers>();
  return { ...real, now: () => real.now() + clock.aheadMs };
});

let double: S3Double;
beforeAll(async () => {
  double = await startS3Double();
});
afterAll(() => double.close());
beforeEach(() => {
  double.calls.length = 0;
});

const content = Buffer.from('content');

/** Uses a store below a prefix with a space, quotes and a plus sign in its name. */
async function withStore(use: (store: Store) => Promise<unknown>, config: S3ClientConfig = {}): Promise<void> {
  const client = new S3Client({ ...double.clientConfig, ...config });
  const prefix = `${randomUUID()} it's (100%) a+b/`;
  try {
    const calls = createObjectCalls(client, double.bucket, prefix);
    await use(createStore(client, double.bucket, prefix, createFastPath(client, double.bucket, prefix, calls)));
  } finally {
    client.destroy();
  }
}

/** Which calls there were, and whose: the SDK numbers its attempts. */
const seen = () =>
  double.calls.map(({ operation, headers }) => `${headers.has('amz-sdk-request') ? 'SDK' : 'fast'} ${operation}`);

const readText = async (store: Store) => Buffer.from((await store.read('a'))?.bytes ?? []).toString();

async function textOf(stream: AsyncIterable<Uint8Array> | undefined): Promise<string> {
  let text = '';
  for await (const piece of stream ?? []) text += Buffer.from(piece).toString();
  return text;
}

describe('calls of single objects', () => {
  it('go past the SDK, and say what those of the SDK say', () =>
    withStore(async (store) => {
      const etag = await store.write('a/b', content);
      const other = await store.write('a/c', content, { when: 'absent' });
      expect(await store.read('a/b')).toEqual({ bytes: content, etag, written: expect.any(Date) });
      expect(await store.size('a/b')).toBe(7);
      expect(await store.readStart('a/b', 3)).toEqual({ bytes: content.subarray(0, 3), size: 7 });
      expect(await textOf(await store.stream('a/b', { first: 1, last: 3 }))).toBe('ont');
      expect(await store.read('a/none')).toBeUndefined();
      expect(await store.size('a/none')).toBeUndefined();
      expect(await store.delete('a/c', other)).toBe(true);
      expect(seen()).toEqual([
        ...['fast PutObject', 'fast PutObject', 'fast GetObject', 'fast HeadObject', 'fast GetObject', 'fast GetObject'],
        ...['fast GetObject', 'fast HeadObject', 'fast DeleteObject'],
      ]);
    }));

  it('keep conditions', () =>
    withStore(async (store) => {
      const etag = await store.write('a', content);
      expect(await store.write('a', content, { when: 'absent' })).toBeUndefined();
      expect(await store.write('a', Buffer.from('more'), { when: { ifMatch: etag ?? '' } })).toEqual(expect.any(String));
      expect(await store.write('a', content, { when: { ifMatch: etag ?? '' } })).toBeUndefined();
      expect(seen()).not.toContain('SDK PutObject');
    }));

  it('are asked again by the SDK where the object is in the way, and go past it again', () =>
    withStore(async (store) => {
      await store.write('a', content);
      const end = double.plan({ operation: 'PutObject', fault: { kind: 'error', code: 'ConditionalRequestConflict' } });
      await store.write('a', content);
      end();
      await store.read('a');
      expect(seen().slice(1)).toEqual(['fast PutObject', 'SDK PutObject', 'fast GetObject']);
    }));

  it('are asked again by the SDK where a reply breaks off', () =>
    withStore(async (store) => {
      await store.write('a', content);
      const end = double.plan({ operation: 'GetObject', fault: { kind: 'reset reply', after: 2 } });
      expect(await readText(store)).toBe('content');
      end();
    }));

  const failures: Readonly<Record<string, Fault>> = {
    'a connection failed': { kind: 'reset reply', after: 0 },
    'a reply broke off': { kind: 'reset reply', after: 2 },
    throttling: { kind: 'error', code: 'SlowDown' },
    'a refusal': { kind: 'error', code: 'RequestTimeTooSkewed' },
  };
  it.each(Object.entries(failures))('are left to the SDK for a while after %s', (_name, fault) =>
    withStore(async (store) => {
      await store.write('a', content);
      const end = double.plan({ operation: 'GetObject', fault });
      await store.read('a').catch(() => undefined);
      end();
      expect(await readText(store)).toBe('content');
      clock.aheadMs += 30_000;
      await store.read('a');
      expect(seen().slice(1, 3)).toEqual(['fast GetObject', 'SDK GetObject']);
      expect(seen().slice(-2)).toEqual(['SDK GetObject', 'fast GetObject']);
    }),
  );

  it('are not sent to a store that is throttling, beside those of the SDK', () =>
    withStore(async (store) => {
      await store.size('none');
      const end = double.plan(() => ({ kind: 'error', code: 'SlowDown' }));
      for (let call = 0; call < 2; call++) await expect(store.read('a')).rejects.toMatchObject({ kind: 'busy' });
      end();
      expect(seen().filter((call) => call === 'fast GetObject')).toHaveLength(1);
    }));

  it('are repeated by the SDK with a backoff, each after a time of its own', () =>
    withStore(async (store) => {
      await store.write('a', content);
      const fractions = [1, 0.75, 0.5, 0.25];
      const random = vi.spyOn(Math, 'random').mockImplementation(() => fractions.pop() ?? 0);
      const end = double.plan({ operation: 'GetObject', times: 4, fault: { kind: 'error', code: 'SlowDown' } });
      const begun = performance.now();
      const took = await Promise.all([1, 2, 3, 4].map(() => store.read('a').then(() => performance.now() - begun)));
      end();
      random.mockRestore();
      expect(took.sort((a, b) => a - b).map((elapsed, index) => elapsed > 50 * index + 49)).toEqual([true, true, true, true]);
      expect(seen().slice(5)).toEqual(Array(4).fill('SDK GetObject'));
    }));

  it('have the clock of the store when the SDK has found it', async () => {
    const hourMs = 3_600_000;
    const dates: number[] = [];
    await using server = await listen(({ headers }, response) => {
      const date = `${headers['x-amz-date']}`.replace(/^(....)(..)(.....)(..)(..)Z$/, '$1-$2-$3:$4:$5Z');
      dates.push(Math.round((Date.parse(date) - Date.now()) / hourMs));
      response
        .writeHead(dates.at(-1) === 1 ? 200 : 403, { etag: '"e"', date: new Date(Date.now() + hourMs).toUTCString() })
        .end();
    });
    await withStore(
      async (store) => {
        await store.write('a', content);
        clock.aheadMs += 30_000;
        await store.write('a', content);
        expect(dates.map((hours) => hours === 1)).toEqual([false, false, true, true]);
      },
      { endpoint: server.origin },
    );
  });

  it('have new credentials when the ones before expire', async () => {
    const tokens: unknown[] = [];
    await using server = await listen(({ headers }, response) => {
      tokens.push(headers['x-amz-security-token']);
      response.writeHead(200, { etag: '"e"' }).end();
    });
    let given = 0;
    const credentials = async () => {
      given += 1;
      if (given === 1) throw new Error('no answer');
      return { accessKeyId: 'key', secretAccessKey: 'secret', sessionToken: `${given}`, expiration: new Date(Date.now() + 1000) };
    };
    await withStore(
      async (store) => {
        await store.write('a', content);
        clock.aheadMs += 30_000;
        await store.write('a', content);
        await store.write('a', content);
        expect(new Set(tokens).size).toBe(3);
      },
      { endpoint: server.origin, credentials },
    );
  });

  it('know a write under a condition again whose answer was lost', () =>
    withStore(async (store) => {
      await store.size('none');
      const end = double.plan({ operation: 'PutObject', fault: { kind: 'reset reply', after: 0 } });
      expect(await store.write('a', content, { when: 'absent' })).toEqual(expect.any(String));
      end();
    }));

  it('say of a refused condition that an attempt before it was not answered', async () => {
    const client = new S3Client(double.clientConfig);
    const calls = createFastPath(client, double.bucket, '', createObjectCalls(client, double.bucket, ''));
    const key = randomUUID();
    await calls.put(key, content);
    const put = () => calls.put(key, content, { IfNoneMatch: '*' }).catch(isLaterAttempt);
    expect(await put()).toBe(false);
    const end = double.plan({ operation: 'PutObject', fault: { kind: 'reset reply', after: 0 } });
    expect(await put()).toBe(true);
    end();
    client.destroy();
  });

  it('throw where an attempt was not answered and another write followed', async () => {
    const client = new S3Client(double.clientConfig);
    const calls = createObjectCalls(client, double.bucket, '');
    const refused = (attempts: number) =>
      Object.assign(new Error('refused'), { name: 'PreconditionFailed', $metadata: { httpStatusCode: 412, attempts } });
    for (const [attempts, outcome] of [
      [1, 'undefined'],
      [2, 'StorageFault: a was changed while it was unknown whether a write of it was done'],
    ] as const) {
      const put = () => Promise.reject(refused(attempts));
      const store = createStore(client, double.bucket, '', { ...calls, put, head: async () => ({ ETag: '"other"' }) });
      expect(
        await store
          .write('a', content, { when: { ifMatch: '"mine"' }, certain: true })
          .catch(String)
          .then(String),
      ).toBe(outcome);
    }
    client.destroy();
  });

  it('do not believe bytes that have another checksum than the store tells', async () => {
    const { requestHandler } = new S3Client(double.clientConfig).config;
    let garbled = 0;
    const handler: typeof requestHandler = Object.assign(Object.create(requestHandler), {
      handle: async (...asked: Parameters<typeof requestHandler.handle>) => {
        const answer = await requestHandler.handle(...asked);
        if (asked[0].method !== 'GET' || garbled++ > 0) return answer;
        const { response } = answer;
        return { response: Object.assign(response, { body: [Buffer.from('contenT')] }) };
      },
    });
    await withStore(
      async (store) => {
        await store.write('a', content);
        expect(await readText(store)).toBe('content');
        expect(seen()).toEqual(['fast PutObject', 'fast GetObject', 'SDK GetObject']);
      },
      { requestHandler: handler },
    );
  });

  it('send no checksum and check none where the client is told so', () =>
    withStore(
      async (store) => {
        await store.write('a', content);
        await store.read('a');
        const names = double.calls.flatMap(({ headers }) => [...headers.keys()]);
        expect(names.filter((name) => name.startsWith('x-amz-checksum'))).toEqual([]);
        expect(seen()).toEqual(['fast PutObject', 'fast GetObject']);
      },
      { requestChecksumCalculation: 'WHEN_REQUIRED', responseChecksumValidation: 'WHEN_REQUIRED' },
    ));

  it('are the SDK’s alone where it does not know how to ask', () =>
    withStore(
      async (store) => {
        await expect(store.read('a')).rejects.toThrow('no key');
        expect(seen()).toEqual([]);
      },
      {
        credentials: async () => {
          throw new Error('no key');
        },
      },
    ));

  const noting = (): NonNullable<S3ClientConfig['logger']> => ({ trace() {}, debug() {}, info() {}, warn() {}, error() {} });
  const watching: Readonly<Record<string, S3DriverOptions>> = {
    'a client': { bucket: '', client: new S3Client({}) },
    'a logger': { bucket: '', clientConfig: { logger: noting() } },
    extensions: { bucket: '', clientConfig: { extensions: [] } },
    'a retry mode': { bucket: '', clientConfig: { retryMode: 'adaptive' } },
  };
  it.each(Object.entries(watching))(
    'are the SDK’s alone where %s is to see them all',
    async (_name, { client, clientConfig }) => {
      const place = client
        ? { client: new S3Client(double.clientConfig) }
        : { clientConfig: { ...double.clientConfig, ...clientConfig } };
      const driver = s3Driver({ bucket: double.bucket, ...place });
      await driver.blobs.get(repo, digestOf(content, 'sha256'));
      await driver.close?.();
      expect(seen().length).toBeGreaterThan(0);
      expect(seen().filter((call) => call.startsWith('fast'))).toEqual([]);
    },
  );

  it('go past the SDK where nothing is to see them', async () => {
    const driver = s3Driver({ bucket: double.bucket, clientConfig: double.clientConfig });
    await driver.blobs.get(repo, digestOf(content, 'sha256'));
    await driver.close?.();
    expect(seen().filter((call) => call.startsWith('fast')).length).toBeGreaterThan(0);
  });
});
