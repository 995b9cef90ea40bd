/**
 * Many tags, a large blob and many uploads, in a store of its own process: what is measured is the memory of the driver. With fewer
 * tags than these, connections and the SDK itself weigh more than the tags.
 */
import { afterAll, beforeAll, describe, it } from 'vitest';
import { testDriver } from '../../lib/testing/driver-suite.ts';
import { type Gateway, startGateway } from './gateway.mjs';
import { s3UnderTest } from './under-test.ts';

let gateway: Gateway;
beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(() => gateway.close());

const amounts = { tags: 20_000, blobBytes: 2 ** 28, uploads: 500 };
const underTest = s3UnderTest('s3Driver on a real server', async () => gateway);
testDriver({ ...underTest, levels: ['scale'], amounts }, { describe, it });
