/** The driver as the suite gets it: `npm test` hands this to `stowage test-driver`. */
import type { DriverUnderTest } from 'stowage/driver-suite';
import { createDriver } from './driver.js';

const suite: DriverUnderTest = {
  name: 'my-driver',
  // A driver over a storage of its own that holds nothing: a new directory, database or prefix. It is called for each case.
  create: () => createDriver(),
  // Each of these has more cases run; docs/drivers.md says which.
  // reopen: (driver) => …      another driver over the storage of one that was closed
  // peer: (driver) => …        a second driver over the storage of one that goes on
  // staged: (driver) => [],    names what lies in the storage and belongs to nothing
  // dispose: (driver) => …     removes the storage
  // losePower: 'forgets nothing',
};

export default suite;
