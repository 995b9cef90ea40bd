/** The exchanges on every driver: what `npm run coverage:api` runs and writes down. */
import { afterAll, beforeAll } from 'vitest';
import { type S3Double, startS3Double } from '../../support/s3/double.ts';
import { s3UnderTest } from '../../support/s3/under-test.ts';
import { drivers } from '../../support/stores.ts';
import { measure } from './measuring.ts';

let double: S3Double;
beforeAll(async () => {
  double = await startS3Double();
});
afterAll(() => double.close());

[...drivers, s3UnderTest('s3', async () => double)].forEach(measure);
