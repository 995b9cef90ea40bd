/** What grows with a repository takes some calls at a time: on a store that needs 20 ms for each, long lists are short work. */
import { setTimeout as sleep } from 'node:timers/promises';
import { S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { s3Driver } from '../../../drivers/s3.ts';
import { mapConcurrently } from '../../../lib/concurrency.ts';
import type { Driver } from '../../../lib/driver.ts';
import { allReferrers, manifestOf, readName, readTag, referrerOf, repo } from '../../../lib/testing/suite/samples.ts';
import { type S3Double, startS3Double } from '../../support/s3/double.ts';

const many = 300;
const numbers = Array.from({ length: many }, (_, index) => index);
const latencyMs = 20;

let double: S3Double;
let client: S3Client;
beforeAll(async () => {
  double = await startS3Double();
  client = new S3Client(double.clientConfig);
});
afterAll(async () => {
  client.destroy();
  await double.close();
});

/** How many calls `use` makes of a driver whose store is far away, and how many of them one after the other. */
async function measured(prefix: string, use: (driver: Driver) => Promise<unknown>): Promise<{ calls: number; inARow: number }> {
  let calls = 0;
  let done = 0;
  let inARow = 0;
  const send = async (command: Parameters<S3Client['send']>[0]): Promise<unknown> => {
    calls++;
    // A call comes after another if that had ended before this one began.
    const after = done;
    await sleep(latencyMs);
    const sent = await client.send(command);
    if (after >= inARow) inARow = after + 1;
    done = Math.max(done, after + 1);
    return sent;
  };
  const far = Object.create(client, { send: { value: send } }) as S3Client;
  await use(s3Driver({ client: far, bucket: double.bucket, prefix }));
  return { calls, inARow };
}

const near = (prefix: string): Driver => s3Driver({ client, bucket: double.bucket, prefix });

describe(`on a store that needs ${latencyMs} ms for each call`, () => {
  it(`a manifest is deleted among ${many} tags by reading those that may point at it`, async () => {
    const { manifests } = near('delete');
    const [one, two] = [manifestOf('{"one":1}'), manifestOf('{"two":2}')];
    for (const manifest of [one, two]) await manifests.put(repo, manifest);
    await mapConcurrently(numbers, (index) => manifests.tag(repo, readTag(`v${index}`), two.digest));
    for (const tag of ['a', 'b', 'v5']) await manifests.tag(repo, readTag(tag), one.digest);
    const { calls } = await measured('delete', async (driver) =>
      expect(await driver.manifests.delete(repo, one.digest)).toBe(true),
    );
    expect(calls).toBeLessThanOrEqual(30);
    expect(await manifests.tags(repo, { limit: 1000 })).toHaveLength(many - 1);
  });

  it(`a page of ${many} repositories takes two calls each, many at a time`, async () => {
    const names = numbers.map((index) => readName(`library/app${String(index).padStart(3, '0')}`));
    await mapConcurrently(names, (name) => near('catalog').manifests.put(name, manifestOf('{}')));
    const { calls, inARow } = await measured('catalog', async (driver) => {
      expect(await driver.manifests.repositories({ limit: many })).toEqual(names);
    });
    expect(calls).toBeLessThanOrEqual(2 * many + 10);
    expect(inARow).toBeLessThanOrEqual(many / 10);
  });

  it(`a list of ${many} referrers takes two calls each, many at a time`, async () => {
    const subject = manifestOf('{}');
    const referrers = numbers.map((index) => referrerOf(`{"at":${index}}`, subject.digest));
    await mapConcurrently(referrers, (manifest) => near('referrers').manifests.put(repo, manifest));
    const { calls, inARow } = await measured('referrers', async (driver) => {
      expect(await allReferrers(driver, repo, subject.digest)).toHaveLength(many);
    });
    expect(calls).toBeLessThanOrEqual(2 * many + 10);
    expect(inARow).toBeLessThanOrEqual(many / 10);
  });
});
