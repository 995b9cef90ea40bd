/** What the suite asks of `blobs.put` on a disk that fails, of a driver that has it. */
import { describe, it } from 'vitest';
import type { Driver } from '../../lib/driver.ts';
import { overrideDriver } from '../../lib/testing/override-driver.ts';
import { driverCases } from '../../lib/testing/suite/index.ts';
import { emptyCheckpoint, newId } from '../../lib/testing/suite/samples.ts';
import { onModelDisk } from '../support/drivers/on-model-disk.ts';

/** A driver with `blobs.put`, which the file system driver does not have: an upload in one call. */
function withPut(driver: Driver): Driver {
  const { uploads } = driver;
  return overrideDriver(driver, {
    blobs: {
      async put(repo, digest, chunk) {
        const id = newId();
        try {
          const upload = await uploads.append(repo, id, await uploads.create(repo, id, emptyCheckpoint), chunk);
          if (upload && (await uploads.commit(repo, id, upload, digest))) return;
        } catch (error) {
          // What cannot be removed now expires; what failed first is what the caller should hear of.
          await uploads.delete(repo, id).catch(() => false);
          throw error;
        }
        throw new Error('the upload went away');
      },
    },
  });
}

describe('a driver with blobs.put on a disk that fails', () => {
  const options = { ...onModelDisk('with put', { dressed: withPut }), lacks: ['blob.url'] as const };
  for (const { name, timeout, run } of driverCases({ ...options, levels: ['durability'] })) {
    if (name.includes('a blob that is put')) it(name, run, timeout);
  }
});
