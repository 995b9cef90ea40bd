/** The driver as the suite gets it: `npm test` hands this to `stowage test-driver`. */
import type { DriverUnderTest } from 'stowage/driver-suite';
import { createDriver } from './driver.js';

const suite: DriverUnderTest = {
  name: 'my-driver',
  // A driver over a storage of its own that holds nothing: a new directory, database or prefix. It is called for each case.
  create: () => createDriver(),
  // The optional methods that are not written. Take one out of the list once it is.
  lacks: [
    'blobs.mount',
    'uploads.expire',
    'uploads.complete',
    'manifests.describe',
    'manifests.putTagged',
    'outbox',
    'inventory',
    'inventory.withdraw',
    'blobs.put',
    'blob.url',
  ],
  // With reopen, peer, staged and faults, more cases run; node_modules/stowage/docs/drivers.md has them ready to be filled in.
};

export default suite;
