/** The driver of object stores on the double: a store that fails at each call, and more random sequences. */
import { afterAll, beforeAll, describe, it } from 'vitest';
import { testDriver } from '../../lib/testing/driver-suite.ts';
import { few } from '../drivers/amounts.ts';
import { type S3Double, startS3Double } from './double.ts';
import { s3UnderTest } from './under-test.ts';

let double: S3Double;
beforeAll(async () => {
  double = await startS3Double({ pageLimit: 3 });
});
afterAll(() => double.close());

const open = async () => ({ clientConfig: double.clientConfig, bucket: double.bucket });
testDriver({ ...s3UnderTest('s3Driver on the double', open), amounts: few }, { describe, it });
