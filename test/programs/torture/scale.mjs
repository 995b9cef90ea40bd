// @ts-check
/** A million tags, a blob of a gibibyte and ten thousand uploads, on the drivers that come with the package. */
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { driverCases } from '../../../dist/driver-suite.js';
import { fsDriver } from '../../../dist/drivers/fs.js';
import { memoryDriver } from '../../../dist/drivers/memory.js';
import { s3Driver } from '../../../dist/drivers/s3.js';
import { startS3DoubleApart } from '../../support/s3/apart.ts';

/**
 * Runs the level `scale` of the driver suite with a part of its amounts.
 * @param {{ millionths: number }} options
 * @returns {Promise<{ passed: number, failed: number }>}
 */
export async function scale({ millionths }) {
  const part = millionths / 1_000_000;
  const amounts = {
    tags: Math.ceil(1_000_000 * part),
    blobBytes: Math.ceil(2 ** 30 * part),
    uploads: Math.ceil(10_000 * part),
  };
  /** @type {WeakMap<object, string>} */
  const roots = new WeakMap();
  const onDisk = () => {
    const root = mkdtempSync(join(tmpdir(), 'stowage-scale-'));
    const driver = fsDriver({ root, durability: 'none' });
    roots.set(driver, root);
    return driver;
  };
  // As S3 itself, the store does not look among all keys for one above or below each that is written.
  const store = await startS3DoubleApart({ nests: true });
  const { bucket, clientConfig } = store;
  const inBucket = () => s3Driver({ clientConfig, bucket, prefix: `${randomUUID()}/` });
  /** @type {readonly import('../../../dist/driver-suite.js').DriverUnderTest[]} */
  const drivers = [
    { name: 'memoryDriver', create: memoryDriver, lacks: ['blob.url'] },
    {
      name: 'fsDriver',
      create: onDisk,
      lacks: ['blob.url'],
      dispose: (driver) => rmSync(roots.get(driver) ?? '', { recursive: true, force: true }),
    },
    { name: 's3Driver', create: inBucket, lacks: ['blob.url'] },
  ];
  const counts = { passed: 0, failed: 0 };
  for (const driver of drivers) {
    for (const { name, run } of driverCases({ ...driver, levels: ['scale'], amounts })) {
      const start = Date.now();
      const failure = await run().catch((error) => error);
      counts[failure === undefined ? 'passed' : 'failed']++;
      console.log(`${driver.name}: ${name}: ${failure?.message ?? 'yes'} (${((Date.now() - start) / 1000).toFixed(1)} s)`);
    }
  }
  await store.close();
  return counts;
}
