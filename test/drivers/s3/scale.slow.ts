/**
 * Many tags, a large blob and many uploads, in a store of its own process: what is measured is the memory of the driver. With fewer
 * tags than these, connections and the SDK itself weigh more than the tags. `npm run torture -- scale` takes a million.
 */
import { afterAll, beforeAll, describe, it } from 'vitest';
import { testDriver } from '../../../lib/testing/suite/index.ts';
import { type Gateway, startGateway } from '../../support/s3/gateway.ts';
import { s3UnderTest } from '../../support/s3/under-test.ts';

const amounts = { tags: 20_000, blobBytes: 2 ** 28, uploads: 500 };

let store: Gateway;
beforeAll(async () => {
  store = await startGateway();
});
afterAll(() => store.close());

testDriver({ ...s3UnderTest('s3Driver on a real server', async () => store), levels: ['scale'], amounts }, { describe, it });
