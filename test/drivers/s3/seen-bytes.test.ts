/** What was seen of the bytes behind a link is not looked for again for a minute; the link is asked for each time. */
import { afterEach, expect, it, vi } from 'vitest';
import { s3Driver } from '../../../drivers/s3.ts';
import type { Digest, Driver } from '../../../lib/driver.ts';
import { other as otherRepo, pushBlob, repo, sample } from '../../../lib/testing/suite/samples.ts';
import { type S3Double, withS3Double } from '../../support/s3/double.ts';

afterEach(() => {
  vi.useRealTimers();
});

const operations = ({ calls }: S3Double) => calls.splice(0).map(({ operation }) => operation);
const driverOn = ({ clientConfig, bucket }: S3Double) => s3Driver({ clientConfig, bucket });

it('a blob that was pushed or looked at a moment ago costs one call', () =>
  withS3Double({}, async (double) => {
    const [one, other] = [driverOn(double), driverOn(double)];
    const digest = await pushBlob(one, repo, sample(1000));
    operations(double);
    for (const [driver, asked] of [
      [one, ['GetObject']],
      [other, ['GetObject', 'HeadObject']],
      [other, ['GetObject']],
    ] as const) {
      expect((await driver.blobs.get(repo, digest))?.size).toBe(1000);
      expect(operations(double)).toEqual(asked);
    }
  }));

it('a link that another instance took is missed at once', () =>
  withS3Double({}, async (double) => {
    const [one, other] = [driverOn(double), driverOn(double)];
    const digest = await pushBlob(one, repo, sample(1000));
    expect(await other.blobs.delete(repo, digest)).toBe(true);
    expect(await one.blobs.get(repo, digest)).toBeUndefined();
    await pushBlob(other, repo, sample(1000));
    expect((await one.blobs.get(repo, digest))?.size).toBe(1000);
  }));

/** A blob whose bytes somebody has taken from the bucket just after it was pushed. */
async function pushAndLose(driver: Driver, double: S3Double, bytes: Uint8Array): Promise<Digest> {
  const digest = await pushBlob(driver, repo, bytes);
  for (const key of double.keys()) if (key.startsWith('data/')) double.remove(key);
  return digest;
}

it('bytes that were taken from under a link are missed after a minute, and what is pushed again is there', () =>
  withS3Double({}, async (double) => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const driver = driverOn(double);
    const digest = await pushAndLose(driver, double, sample(1000));
    expect(await driver.blobs.get(repo, digest)).toBeDefined();
    vi.setSystemTime(Date.now() + 60_001);
    expect(await driver.blobs.get(repo, digest)).toBeUndefined();
    await pushBlob(driver, repo, sample(1000));
    expect((await driver.blobs.get(repo, digest))?.size).toBe(1000);
  }));

it('bytes that a reader or a mount misses are missed from then on', () =>
  withS3Double({}, async (double) => {
    const driver = driverOn(double);
    const read = await pushAndLose(driver, double, sample(1000));
    expect(await (await driver.blobs.get(repo, read, { thenRead: true }))?.open()).toBeUndefined();
    expect(await driver.blobs.get(repo, read)).toBeUndefined();
    const mounted = await pushAndLose(driver, double, sample(2000));
    expect(await driver.blobs.mount?.(otherRepo, mounted, repo)).toBe(false);
    expect(await driver.blobs.get(repo, mounted)).toBeUndefined();
  }));

it('a blob of no bytes whose object was taken is missed also by who wants to read it', () =>
  withS3Double({}, async (double) => {
    const digest = await pushAndLose(driverOn(double), double, new Uint8Array());
    expect(await driverOn(double).blobs.get(repo, digest, { thenRead: true })).toBeUndefined();
  }));

it('a clock that was put back makes nothing seen', () =>
  withS3Double({}, async (double) => {
    const driver = driverOn(double);
    const digest = await pushBlob(driver, repo, sample(1000));
    operations(double);
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() - 5_000 });
    expect(await driver.blobs.get(repo, digest)).toBeDefined();
    expect(operations(double)).toEqual(['GetObject', 'HeadObject']);
  }));
