/** What was seen of the bytes behind a link is not looked for again for a minute; the link is asked for each time. */
import { afterEach, expect, it, vi } from 'vitest';
import { s3Driver } from '../../../drivers/s3.ts';
import { pushBlob, repo, sample } from '../../../lib/testing/suite/samples.ts';
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

it('bytes that were taken from under a link are missed where they are read at once, and after a minute where they are not', () =>
  withS3Double({}, async (double) => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const driver = driverOn(double);
    const digest = await pushBlob(driver, repo, sample(1000));
    for (const key of double.keys()) if (key.startsWith('data/')) double.remove(key);
    expect(await (await driver.blobs.get(repo, digest, { thenRead: true }))?.open()).toBeUndefined();
    expect(await driver.blobs.get(repo, digest)).toBeDefined();
    vi.setSystemTime(Date.now() + 60_001);
    expect(await driver.blobs.get(repo, digest)).toBeUndefined();
    await pushBlob(driver, repo, sample(1000));
    expect((await driver.blobs.get(repo, digest))?.size).toBe(1000);
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
