// @ts-check
/** A million tags, a blob of a gibibyte and ten thousand uploads, on the drivers that come with the package. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { driverCases } from '../../dist/driver-suite.js';
import { fsDriver } from '../../dist/drivers/fs.js';
import { memoryDriver } from '../../dist/drivers/memory.js';

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
  /** @type {readonly import('../../dist/driver-suite.js').DriverUnderTest[]} */
  const drivers = [
    { name: 'memoryDriver', create: memoryDriver, lacks: ['blob.url'] },
    {
      name: 'fsDriver',
      create: onDisk,
      lacks: ['blobs.put', 'blob.url'],
      dispose: (driver) => rmSync(roots.get(driver) ?? '', { recursive: true, force: true }),
    },
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
  return counts;
}
