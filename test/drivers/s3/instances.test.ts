/** Three instances on one bucket of the double. `npm run s3` asks the same of a real server. */
import { afterAll, beforeAll, describe, it } from 'vitest';
import { type S3Double, startS3Double } from '../../support/s3/double.ts';
import { casesOf, withInstances } from '../../support/s3/instances.ts';

let double: S3Double;
beforeAll(async () => {
  double = await startS3Double();
});
afterAll(() => double.close());

describe('three instances on one bucket', () => {
  it.each(casesOf(2))('$name', (each) => withInstances(double, each));
});
