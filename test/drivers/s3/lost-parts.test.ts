/** Uploads whose parts are gone: they end, and whoever asks again is not told of a fault once more. */
import { AbortMultipartUploadCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { smallestPart } from '../../../drivers/s3/part-plan.ts';
import { s3Driver } from '../../../drivers/s3.ts';
import type { Driver, Upload, UploadId } from '../../../lib/driver.ts';
import { chunkOf, digestOf, newId, other, pushBlob, repo, sample, uploadBytes } from '../../../lib/testing/suite/samples.ts';
import { type S3Double, startS3Double } from '../../support/s3/double.ts';

const content = sample(smallestPart + 1);
const digest = digestOf(content);
const lost = /does not know the parts of/;

let double: S3Double;
let client: S3Client;
let driver: Driver;
let id: UploadId;
let at: Upload;
let count = 0;

beforeAll(async () => {
  double = await startS3Double();
  client = new S3Client(double.clientConfig);
});
afterAll(async () => {
  client.destroy();
  await double.close();
});
beforeEach(async () => {
  driver = s3Driver({ client, bucket: double.bucket, prefix: `lost-${count++}`, partSize: smallestPart });
  id = newId();
  at = await uploadBytes(driver, repo, id, content);
});

/** What a rule of the bucket does that ends young uploads. */
async function dropParts(): Promise<void> {
  for (const { key: Key, id: UploadId } of double.uploads()) {
    await client.send(new AbortMultipartUploadCommand({ Bucket: double.bucket, Key, UploadId }));
  }
}

/** What is left of the upload: its session, and its bytes but those that other repositories hold. */
const left = (): string[] => double.keys().filter((key) => key.includes(id));

const more = () => chunkOf(content, [[sample(2 * smallestPart)]]);
const uses: Readonly<Record<string, () => Promise<unknown>>> = {
  commit: () => driver.uploads.commit(repo, id, at, digest),
  append: () => driver.uploads.append(repo, id, at, more()),
  read: () => driver.uploads.read(repo, id, at),
};

describe('an upload whose parts the store has dropped', () => {
  it.each(Object.entries(uses))('ends at the first %s, which tells it, and is gone for all that follow', async (_, use) => {
    await dropParts();
    await expect(use()).rejects.toThrow(lost);
    expect(await driver.uploads.get(repo, id)).toBeUndefined();
    expect(await uses.commit?.()).toBe(false);
    expect(await uses.append?.()).toBeUndefined();
    expect(await uses.read?.()).toBeUndefined();
    expect(left()).toEqual([]);
  });

  it('while another instance made them one object, ends at a look', async () => {
    const heal = double.plan({ operation: 'CompleteMultipartUpload', fault: { kind: 'error', code: 'AccessDenied' } });
    await expect(driver.uploads.read(repo, id, at)).rejects.toThrow(/AccessDenied/);
    heal();
    await dropParts();
    const second = s3Driver({ client, bucket: double.bucket, prefix: `lost-${count - 1}` });
    await expect(second.uploads.get(repo, id)).rejects.toThrow(lost);
    expect(await second.uploads.get(repo, id)).toBeUndefined();
    expect(left()).toEqual([]);
  });

  it('is published where the repository holds the digest', async () => {
    await pushBlob(driver, repo, content);
    await dropParts();
    expect(await driver.uploads.commit(repo, id, at, digest)).toBe(true);
    expect(left()).toEqual([]);
  });
});

describe('a commit whose bytes an earlier one dropped, as the digest was published, before it failed', () => {
  beforeEach(async () => {
    await pushBlob(driver, other, content);
    const fault = { kind: 'error', code: 'AccessDenied' } as const;
    const heal = double.plan({ operation: 'DeleteObject', key: /sessions\//, fault });
    await expect(driver.uploads.commit(repo, id, at, digest)).rejects.toThrow(/AccessDenied/);
    heal();
  });

  it('is true while the repository holds the digest', async () => {
    expect(await driver.uploads.commit(repo, id, at, digest)).toBe(true);
    expect(left()).toEqual([]);
  });

  it('is false once it does not, and ends the upload', async () => {
    await driver.blobs.delete(repo, digest);
    expect(await driver.uploads.commit(repo, id, at, digest)).toBe(false);
    expect(left()).toEqual([]);
    expect(await driver.uploads.commit(repo, id, at, digest)).toBe(false);
  });
});
