/** The driver of object stores on a real server: the suite, the exchanges, large uploads, and what the server guarantees. */
import { S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkS3 } from '../../../drivers/s3.ts';
import { testDriver, testWire } from '../../../lib/testing/suite/index.ts';
import { few } from '../../support/drivers/amounts.ts';
import { callsOf, flows } from '../../support/s3/calls.ts';
import { type Gateway, startGateway } from '../../support/s3/gateway.ts';
import { cases, instances } from '../../support/s3/large-uploads.ts';
import { s3UnderTest } from '../../support/s3/under-test.ts';

let gateway: Gateway;
let client: S3Client;
beforeAll(async () => {
  gateway = await startGateway();
  client = new S3Client(gateway.clientConfig);
});
afterAll(async () => {
  client.destroy();
  await gateway.close();
});

const underTest = s3UnderTest('s3Driver on a real server', async () => gateway);
testDriver({ ...underTest, amounts: few }, { describe, it });
testWire(underTest, { describe, it });

describe('on a real server', () => {
  it.each(cases)('$name', async ({ name, run }) => {
    const [one, two] = instances(client, gateway.bucket, `large ${cases.findIndex((each) => each.name === name)}/`);
    await run(one, two);
  });

  it.each(flows)('$name costs $most calls at most', async (flow) => {
    const calls = await callsOf(flow, client, gateway.bucket, `calls ${flows.indexOf(flow)}/`);
    process.stdout.write(`${flow.name}: ${calls.length} calls, ${flow.most} allowed\n`);
    expect(calls.length, calls.join(' ')).toBeLessThanOrEqual(flow.most);
  });

  it('everything is guaranteed that the driver leans on', async () => {
    const lacking = (await checkS3({ bucket: gateway.bucket, clientConfig: gateway.clientConfig })).filter(({ holds }) => !holds);
    expect(lacking).toEqual([]);
  });
});
