/** The driver of object stores as the suite takes it, over any store: each driver below a prefix of its own, through a client that can fail. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { ListMultipartUploadsCommand, ListObjectsV2Command, type S3Client } from '@aws-sdk/client-s3';
import { s3Driver } from '../../drivers/s3.ts';
import type { Driver } from '../../lib/driver.ts';
import type { DriverUnderTest, Faults } from '../../lib/testing/driver-suite.ts';

/** A bucket, and a client that may do everything in it. */
export interface Bucket {
  readonly client: S3Client;
  readonly bucket: string;
}

interface Place extends Bucket {
  readonly prefix: string;
  readonly faults: Faults;
}

/** A client that counts its calls, and fails when it is told to. */
function failing(client: S3Client): { readonly client: S3Client; readonly faults: Faults } {
  let calls = 0;
  let failsAt = 0;
  let forever = false;
  const send = (command: Parameters<S3Client['send']>[0]): Promise<unknown> => {
    calls++;
    const fails = failsAt > 0 && (calls === failsAt || (forever && calls > failsAt));
    if (!fails) return client.send(command);
    return Promise.reject(
      Object.assign(new Error('the store failed'), { name: 'InternalError', $metadata: { httpStatusCode: 500 } }),
    );
  };
  const faults: Faults = {
    calls: () => calls,
    fail: (call, how) => {
      failsAt = calls + call;
      forever = how === 'forever';
    },
    heal: () => {
      failsAt = 0;
    },
  };
  return { client: Object.create(client, { send: { value: send } }) as S3Client, faults };
}

/** What the suite is told of the driver over the store that `open` gives, which is the same one each time. */
export function s3UnderTest(name: string, open: () => Promise<Bucket>): DriverUnderTest {
  const places = new WeakMap<Driver, Place>();
  const placeOf = (driver: Driver): Place => places.get(driver) ?? assert.fail('create() gave the driver');
  const over = (place: Place): Driver => {
    const { client, bucket, prefix } = place;
    const driver = s3Driver({ client, bucket, prefix });
    places.set(driver, place);
    return driver;
  };
  return {
    name,
    lacks: ['blob.url'],
    create: async () => {
      const { client, bucket } = await open();
      return over({ bucket, prefix: `${randomUUID()}/`, ...failing(client) });
    },
    reopen: (driver) => over(placeOf(driver)),
    peer: (driver) => over(placeOf(driver)),
    faults: (driver) => placeOf(driver).faults,
    staged: async (driver) => {
      const { client, bucket, prefix } = placeOf(driver);
      const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket: bucket, Prefix: `${prefix}sessions/` }));
      const { Uploads = [] } = await client.send(new ListMultipartUploadsCommand({ Bucket: bucket, Prefix: prefix }));
      return [...Contents, ...Uploads].flatMap(({ Key }) => Key ?? []);
    },
  };
}
