/** The sha256 that is known of bytes anyway goes along where they are written as one object, and the store holds them to it. */
import { randomUUID } from 'node:crypto';
import { S3Client, type S3ClientConfig } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { s3Driver } from '../../../drivers/s3.ts';
import type { Chunk, Driver } from '../../../lib/driver.ts';
import {
  bytes,
  chunkOf,
  digestOf,
  emptyCheckpoint,
  newId,
  repo,
  sample,
  uploadBytes,
} from '../../../lib/testing/suite/samples.ts';
import { type S3Double, startS3Double } from '../../support/s3/double.ts';

let double: S3Double;
beforeAll(async () => {
  double = await startS3Double();
});
afterAll(() => double.close());

/** What the tests see and change of a request on its way. */
interface Wire {
  readonly method: string;
  readonly path: string;
  readonly headers: Record<string, string>;
  body?: unknown;
}

const partSize = 5 * 1024 * 1024;
const content = bytes('content of one object');
const large = sample(partSize + 1);

/** Uses a driver whose requests for content are seen, after their checksums were made and before they are signed. */
async function withDriver(
  use: (driver: Driver) => Promise<unknown>,
  see: (request: Wire) => void,
  config: S3ClientConfig = {},
): Promise<void> {
  const client = new S3Client({ ...double.clientConfig, ...config });
  client.middlewareStack.add(
    (next) => (asked) => {
      const request = asked.request as Wire;
      if (request.method === 'PUT' && request.path.includes('/data/')) see(request);
      return next(asked);
    },
    { step: 'build', priority: 'low' },
  );
  try {
    await use(s3Driver({ client, bucket: double.bucket, prefix: randomUUID(), partSize }));
  } finally {
    client.destroy();
  }
}

/** The checksums that go along with each write of content. */
async function checksumsOf(use: (driver: Driver) => Promise<unknown>, config?: S3ClientConfig) {
  const sent: Record<string, string>[] = [];
  const see = ({ headers }: Wire) => {
    const checksums = Object.entries(headers).filter(([name]) => name.startsWith('x-amz-checksum-'));
    sent.push(Object.fromEntries(checksums.map(([name, value]) => [name.slice('x-amz-checksum-'.length), value])));
  };
  await withDriver(use, see, config);
  return sent;
}

const sha256 = (of: Uint8Array) => Buffer.from(digestOf(of).slice('sha256:'.length), 'hex').toString('base64');
const crc32 = { crc32: expect.any(String) };

const whole = () => chunkOf(new Uint8Array(), [[content]]);
const append = async (driver: Driver, chunk: Chunk): Promise<void> => {
  const id = newId();
  await driver.uploads.append(repo, id, await driver.uploads.create(repo, id, emptyCheckpoint), chunk);
};
const put = async (driver: Driver): Promise<void> => driver.blobs.put?.(repo, digestOf(content), whole());

describe('with a sha256 goes', () => {
  it('a blob in one request, and no other checksum', async () => {
    expect(await checksumsOf(put)).toEqual([{ sha256: sha256(content) }]);
  });

  it('all that an upload has, each time that it is written', async () => {
    const twice = async (driver: Driver) => {
      const id = newId();
      await driver.uploads.append(repo, id, await uploadBytes(driver, repo, id, content), chunkOf(content, [[content]]));
    };
    expect(await checksumsOf(twice)).toEqual([
      { sha256: sha256(content) },
      { sha256: sha256(Buffer.concat([content, content])) },
    ]);
  });
});

describe('without one goes', () => {
  it.each<[string, Chunk, number]>([
    [
      'what is known by another digest',
      { ...whole(), checkpoint: () => ({ offset: content.length, digest: digestOf(content, 'sha512') }) },
      1,
    ],
    ['what is not known by a digest', { ...whole(), checkpoint: () => ({ offset: content.length }) }, 1],
    ['what is a part, or follows one', chunkOf(new Uint8Array(), [[large]]), 2],
  ])('%s', async (_, chunk, writes) => {
    expect(await checksumsOf((driver) => append(driver, chunk))).toEqual(Array(writes).fill(crc32));
  });

  it('everything, where the client sends only what is required', async () => {
    expect(await checksumsOf(put, { requestChecksumCalculation: 'WHEN_REQUIRED' })).toEqual([{}]);
  });
});

it('other bytes than were meant are refused by the store, and not published', async () => {
  const spoil = (request: Wire): void => {
    request.body = Buffer.alloc(content.length);
  };
  await withDriver(async (driver) => {
    await expect(put(driver)).rejects.toThrow(/BadDigest/);
    expect(await driver.blobs.get(repo, digestOf(content))).toBeUndefined();
  }, spoil);
});
