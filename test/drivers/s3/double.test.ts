/** The double of S3 answers as S3 does, and fails by plan. */
import {
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  ListPartsCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type DoubleOptions, type Fault, type S3Double, startS3Double, withS3Double } from '../../support/s3/double.ts';
import { ask, outcome, type Place, placeAt } from '../../support/s3/probe/check.ts';
import { checks } from '../../support/s3/probe/index.ts';

let double: S3Double;
let place: Place;
beforeAll(async () => {
  double = await startS3Double();
  place = placeAt(double);
});
afterAll(() => double.close());

const put = ({ client, bucket: Bucket }: Place, Key: string, more: object = {}) =>
  outcome(client.send(new PutObjectCommand({ Bucket, Key, Body: 'hello', ...more })));

/** Something done on a double of its own. */
const on = <T>(options: DoubleOptions, run: (place: Place, double: S3Double) => Promise<T>): Promise<T> =>
  withS3Double(options, (own) => run(placeAt(own), own));

describe('the double answers as S3 does', () => {
  it.each(checks)('$name', async (check) => {
    expect(await ask(check, place)).toEqual(check.answer);
  });
});

describe('with short pages', () => {
  it.each(['pages of two, with and without a delimiter', 'parts are listed by pages, the last of each number'])(
    '%s',
    async (name) => {
      const check = checks.find((each) => each.name === name) ?? expect.unreachable(name);
      expect(await on({ pageLimit: 2 }, (own) => ask(check, own))).toEqual(check.answer);
    },
  );
});

describe('a fault by plan', () => {
  let end = () => {};
  afterEach(() => end());

  /** What a put is answered while a fault is planned for it, and whether the object is there afterwards. */
  async function under(fault: Fault, more: object = {}): Promise<[string, boolean]> {
    const key = `faults/${JSON.stringify(fault).replaceAll(/\W+/g, '-')}`;
    end = double.plan({ operation: 'PutObject', key: /^faults/, fault });
    return [await put(place, key, more), double.keys().includes(key)];
  }

  const create = { IfNoneMatch: '*' };
  const rows: readonly (readonly [string, Fault, object, RegExp, boolean])[] = [
    ['is an error', { kind: 'error', code: 'SlowDown' }, {}, /^503 SlowDown$/, false],
    ['is a conflict', { kind: 'error', code: 'ConditionalRequestConflict' }, create, /^409 ConditionalRequestConflict$/, false],
    ['is an error although all was done', { kind: 'error', code: 'InternalError', done: true }, {}, /^500 InternalError$/, true],
    ['resets the request', { kind: 'reset request', after: 2 }, {}, /^none /, false],
    ['resets the reply', { kind: 'reset reply', after: 0 }, {}, /^none /, true],
    ['delivers twice', { kind: 'twice' }, create, /^412 PreconditionFailed$/, true],
  ];
  it.each(rows)('%s', async (_, fault, more, answer, done) => {
    const [answered, there] = await under(fault, more);
    expect(answered).toMatch(answer);
    expect(there).toBe(done);
  });

  it('is silence', async () => {
    end = double.plan({ operation: 'PutObject', fault: { kind: 'silence' } });
    const { client, bucket: Bucket } = place;
    const abort = new AbortController();
    const call = client.send(new PutObjectCommand({ Bucket, Key: 'silence', Body: 'x' }), { abortSignal: abort.signal });
    await expect.poll(() => double.calls.at(-1)?.key).toBe('silence');
    abort.abort();
    await expect(call).rejects.toThrow('aborted');
    expect(double.calls.at(-1)).toMatchObject({ fault: 'silence', status: undefined });
  });

  it('cuts a reply in its middle', async () => {
    const { client, bucket: Bucket } = place;
    await put(place, 'cut');
    end = double.plan({ operation: 'GetObject', fault: { kind: 'reset reply', after: 2 } });
    const { Body, ContentLength } = await client.send(new GetObjectCommand({ Bucket, Key: 'cut' }));
    expect(ContentLength).toBe(5);
    await expect(Body?.transformToString()).rejects.toThrow();
  });

  it('slows a reply, which is whole', async () => {
    const { client, bucket: Bucket } = place;
    await put(place, 'slow');
    end = double.plan({ operation: 'GetObject', fault: { kind: 'slow reply', bytes: 2, pause: 5 } });
    const { Body } = await client.send(new GetObjectCommand({ Bucket, Key: 'slow' }));
    expect(await Body?.transformToString()).toBe('hello');
  });

  it('says in a 200 that nothing was done', async () => {
    const check = checks.find(({ name }) => name === 'copies') ?? expect.unreachable();
    end = double.plan({ operation: 'CopyObject', fault: { kind: 'error in 200', code: 'InternalError' } });
    await expect(ask(check, place)).rejects.toThrow('By plan');
    expect(double.calls.at(-1)).toMatchObject({ operation: 'CopyObject', status: 200 });
  });

  it('happens to the calls that it is for, and to no others', async () => {
    end = double.plan({ operation: 'PutObject', key: /^nth/, nth: 2, times: 2, fault: { kind: 'error', code: 'InternalError' } });
    const answers: string[] = [];
    for (const key of ['nth', 'other', 'nth', 'nth', 'nth']) answers.push(await put(place, key));
    expect(answers).toEqual(['200', '200', '500 InternalError', '500 InternalError', '200']);
  });
});

describe('a double that lacks', () => {
  it('conditional puts creates twice', () =>
    on({ lacks: ['conditional puts'] }, async (own) => {
      const create = () => put(own, 'a', { IfNoneMatch: '*' });
      expect([await create(), await create()]).toEqual(['200', '200']);
    }));

  it('order lists otherwise, and every key once', () =>
    on({ lacks: ['listing order'], pageLimit: 2 }, async (own) => {
      for (const key of ['a', 'b', 'c']) await put(own, key);
      const page = await own.client.send(new ListObjectsV2Command({ Bucket: own.bucket }));
      const ContinuationToken = page.NextContinuationToken;
      const next = await own.client.send(new ListObjectsV2Command({ Bucket: own.bucket, ContinuationToken }));
      expect([...(page.Contents ?? []), ...(next.Contents ?? [])].map(({ Key }) => Key)).toEqual(['c', 'b', 'a']);
    }));

  it('fresh reads shows what was there before, once', () =>
    on({ lacks: ['fresh reads'] }, async (own) => {
      await put(own, 'a');
      const head = () => outcome(own.client.send(new HeadObjectCommand({ Bucket: own.bucket, Key: 'a' })));
      expect([await head(), await head()]).toEqual(['404 NotFound', '200']);
    }));

  it.each([
    [4, Buffer.alloc(5)],
    [5, Buffer.from('hello')],
  ])('a longest that is kept of %i bytes gives zeros for more, as many', (longestKept, read) =>
    on({ longestKept }, async (own, { bytes }) => {
      await put(own, 'a');
      expect(bytes('a')).toEqual(read);
    }),
  );
});

describe('a policy', () => {
  it('allows what it lists alone, and hides what is absent', () =>
    on({ allows: ['s3:GetObject', 's3:PutObject'] }, async (own) => {
      const { client, bucket: Bucket } = own;
      expect(await put(own, 'a')).toBe('200');
      expect(await outcome(client.send(new ListObjectsV2Command({ Bucket })))).toBe('403 AccessDenied');
      expect(await outcome(client.send(new GetObjectCommand({ Bucket, Key: 'a' })))).toBe('200');
      expect(await outcome(client.send(new GetObjectCommand({ Bucket, Key: 'none' })))).toBe('403 AccessDenied');
    }));
});

describe('what the double does not know', () => {
  it.each([
    ['a parameter', { VersionId: 'x' }],
    ['a header', { IfModifiedSince: new Date() }],
  ])('%s is refused', async (_, more) => {
    const { client, bucket: Bucket } = place;
    expect(await outcome(client.send(new GetObjectCommand({ Bucket, Key: 'a', ...more })))).toBe('501 NotImplemented');
  });

  it('an upload of another key is none', async () => {
    const { client, bucket: Bucket } = place;
    expect(await outcome(client.send(new ListPartsCommand({ Bucket, Key: 'a', UploadId: 'none' })))).toBe('404 NoSuchUpload');
  });

  it('a header that was not signed is refused', async () => {
    const url = await getSignedUrl(place.client, new GetObjectCommand({ Bucket: place.bucket, Key: 'a' }));
    const response = await fetch(url, { headers: { 'x-amz-meta-a': 'b' } });
    expect([response.status, await response.text()]).toEqual([403, expect.stringContaining('HeadersNotSigned')]);
  });
});
