/** The driver of object stores on the double: a store that fails at each call, random sequences, the exchanges, and large uploads. */
import { S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { testDriver } from '../../../lib/testing/suite/index.ts';
import { measure } from '../../programs/coverage/measuring.ts';
import { amounts } from '../../support/drivers/amounts.ts';
import { type S3Double, startS3Double } from '../../support/s3/double.ts';
import { cases, instances } from '../../support/s3/large-uploads.ts';
import { s3UnderTest } from '../../support/s3/under-test.ts';

let double: S3Double;
beforeAll(async () => {
  double = await startS3Double({ pageLimit: 3 });
});
afterAll(() => double.close());

const open = async () => ({ clientConfig: double.clientConfig, bucket: double.bucket });
const underTest = s3UnderTest('s3Driver on the double', open);
testDriver({ ...underTest, amounts }, { describe, it });
measure(underTest);

describe('large uploads', () => {
  it.each(cases)('$name', async ({ name, run }) => {
    const client = new S3Client(double.clientConfig);
    const prefix = `large ${name}/`;
    const [one, two] = instances(client, double.bucket, prefix);
    await run(one, two);
    expect(double.uploads()).toEqual([]);
    expect(double.keys().filter((key) => key.startsWith(`${prefix}sessions/`))).toEqual([]);
    client.destroy();
  });
});
