/**
 * The driver of object stores on one that ignores the conditions of deletions: what was emptied stays there, empty. With redirects,
 * for which each repository keeps bytes of its own.
 */
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { s3Driver } from '../../drivers/s3.ts';
import type { Driver } from '../../lib/driver.ts';
import { testDriver } from '../../lib/testing/suite/index.ts';
import { digestOf, manifestOf, pullBlob, pushBlob, readTag, repo, sample } from '../../lib/testing/suite/samples.ts';
import { few } from '../support/drivers/amounts.ts';
import { type S3Double, startS3Double } from '../support/s3/double.ts';
import { s3UnderTest } from '../support/s3/under-test.ts';

let double: S3Double;
beforeAll(async () => {
  double = await startS3Double({ lacks: ['conditional deletes'] });
});
afterAll(() => double.close());

const underTest = s3UnderTest('s3Driver without conditional deletes', async () => double, { redirect: 'always' });
testDriver({ ...underTest, levels: ['contract', 'concurrency'], amounts: few }, { describe, it });

describe('on a store that ignores the conditions of deletions', () => {
  const [one, two] = [manifestOf('{"one":1}'), manifestOf('{"two":2}')];
  const latest = readTag('latest');
  const content = sample(1000);

  /** Runs `use` with two drivers; as soon as the first has emptied an object, `meanwhile` runs with the second. */
  async function racing(
    prefix: string,
    meanwhile: (second: Driver) => Promise<unknown>,
    use: (first: Driver, second: Driver) => Promise<void>,
  ): Promise<void> {
    const client = new S3Client(double.clientConfig);
    const second = s3Driver({ client, bucket: double.bucket, prefix });
    const send = async (command: Parameters<S3Client['send']>[0]): Promise<unknown> => {
      const sent = await client.send(command);
      if (command instanceof PutObjectCommand && command.input.Body?.toString() === '') await meanwhile(second);
      return sent;
    };
    const watched = Object.create(client, { send: { value: send } }) as S3Client;
    await use(s3Driver({ client: watched, bucket: double.bucket, prefix }), second);
    client.destroy();
  }

  it('a tag that is set while it is being deleted is there afterwards', () =>
    racing(
      'tag',
      (second) => second.manifests.tag(repo, latest, two.digest),
      async (first, second) => {
        for (const manifest of [one, two]) await first.manifests.put(repo, manifest);
        await first.manifests.tag(repo, latest, one.digest);
        expect(await first.manifests.untag(repo, latest, one.digest)).toBe(true);
        expect(await second.manifests.resolve(repo, latest)).toBe(two.digest);
      },
    ));

  it('a blob that is pushed while it is being deleted is there afterwards', () =>
    racing(
      'blob',
      (second) => pushBlob(second, repo, content),
      async (first, second) => {
        await pushBlob(first, repo, content);
        expect(await first.blobs.delete(repo, digestOf(content))).toBe(true);
        expect(await pullBlob(second, repo, digestOf(content))).toEqual(Buffer.from(content));
      },
    ));

  it('what was deleted is gone, can be deleted once, and be written again', async () => {
    const client = new S3Client(double.clientConfig);
    const { manifests } = s3Driver({ client, bucket: double.bucket, prefix: 'again' });
    for (let round = 0; round < 2; round++) {
      await manifests.put(repo, one);
      expect(await manifests.tag(repo, latest, one.digest, null)).toBe(true);
      expect([await manifests.delete(repo, one.digest), await manifests.delete(repo, one.digest)]).toEqual([true, false]);
      expect(await manifests.resolve(repo, latest)).toBeUndefined();
      expect(await manifests.repositories({ limit: 10 })).toEqual([]);
      expect(await manifests.tags(repo, { limit: 10 })).toBeUndefined();
    }
    const kept = double.keys().filter((key) => key.startsWith('again/repositories/'));
    expect(kept.map((key) => double.bytes(key)?.length)).toEqual([0, 0]);
    client.destroy();
  });

  it('a manifest that was deleted is described as absent, also where a store sends all in place of a range', async () => {
    const rangeless = await startS3Double({ lacks: ['conditional deletes', 'ranges'] });
    const client = new S3Client(rangeless.clientConfig);
    const { manifests } = s3Driver({ client, bucket: rangeless.bucket });
    await manifests.put(repo, one);
    const { mediaType, bytes } = one;
    expect(await manifests.describe?.(repo, one.digest)).toEqual({ mediaType, size: bytes.length });
    expect(await manifests.delete(repo, one.digest)).toBe(true);
    expect(await manifests.describe?.(repo, one.digest)).toBeUndefined();
    expect(await manifests.delete(repo, one.digest)).toBe(false);
    client.destroy();
    await rangeless.close();
  });
});
