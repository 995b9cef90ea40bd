/** The driver of object stores as the suite takes it, over any store: each driver below a prefix of its own, through a client that can fail. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import {
  GetObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  S3Client,
  type S3ClientConfig,
} from '@aws-sdk/client-s3';
import { type S3DriverOptions, s3Driver } from '../../../drivers/s3.ts';
import type { Blob, Driver } from '../../../lib/driver.ts';
import type { DriverUnderTest, Faults } from '../../../lib/testing/suite/index.ts';

/** A bucket, and what clients are made of that may do everything in it. */
export interface Bucket {
  readonly clientConfig: S3ClientConfig;
  readonly bucket: string;
}

interface Place extends Bucket {
  readonly prefix: string;
  readonly outages: Outages;
}

/** Failures of a store, for all clients of one place. */
interface Outages {
  readonly faults: Faults;
  /** A client that counts its calls, and fails when it is told to. */
  over(client: S3Client): S3Client;
}

function outages(): Outages {
  let calls = 0;
  let failsAt = 0;
  let forever = false;
  const sending =
    (client: S3Client) =>
    (command: Parameters<S3Client['send']>[0]): Promise<unknown> => {
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
  return { faults, over: (client) => Object.create(client, { send: { value: sending(client) } }) as S3Client };
}

/** Whether a session is on its way out, and is cleared away by the expiry of uploads where the store failed in the middle of that. */
async function isEnding(client: S3Client, bucket: string, key: string): Promise<boolean> {
  const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
  return JSON.parse((await Body?.transformToString()) ?? '{}').phase !== undefined;
}

const withoutUrl = (blob: Blob | undefined): Blob | undefined => blob && { size: blob.size, open: blob.open };

/** Changes the driver of a bucket. */
type Adapt = (driver: Driver, client: S3Client, bucket: string, prefix: string) => Driver;

/** What the suite is told of the driver over the store that `open` gives, which is the same one each time. */
export function s3UnderTest(
  name: string,
  open: () => Promise<Bucket>,
  { with: adapt = (driver) => driver, ...options }: Pick<S3DriverOptions, 'redirect'> & { readonly with?: Adapt } = {},
): DriverUnderTest {
  const places = new WeakMap<Driver, Place>();
  const placeOf = (driver: Driver): Place => places.get(driver) ?? assert.fail('create() gave the driver');
  const over = (place: Place): Driver => {
    const { clientConfig, bucket, prefix } = place;
    // Each driver has connections of its own, which end with it.
    const client = new S3Client(clientConfig);
    const failing = place.outages.over(client);
    const { blobs, ...stores } = adapt(s3Driver({ ...options, client: failing, bucket, prefix }), failing, bucket, prefix);
    const driver: Driver = {
      ...stores,
      // Without its URL: who follows one leaves a connection open, and the store may be in this process.
      blobs: { ...blobs, get: async (...of) => withoutUrl(await blobs.get(...of)) },
      close: async () => client.destroy(),
    };
    places.set(driver, place);
    return driver;
  };
  return {
    name,
    lacks: ['blob.url', 'outbox', 'inventory.withdraw'],
    create: async () => over({ ...(await open()), prefix: `${randomUUID()}/`, outages: outages() }),
    reopen: (driver) => over(placeOf(driver)),
    peer: (driver) => over(placeOf(driver)),
    faults: (driver) => placeOf(driver).outages.faults,
    staged: async (driver) => {
      const { clientConfig, bucket, prefix } = placeOf(driver);
      const client = new S3Client(clientConfig);
      const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket: bucket, Prefix: `${prefix}sessions/` }));
      const { Uploads = [] } = await client.send(new ListMultipartUploadsCommand({ Bucket: bucket, Prefix: prefix }));
      const sessions = await Promise.all(
        Contents.map(async ({ Key = '' }) => ({ Key, ends: await isEnding(client, bucket, Key) })),
      );
      client.destroy();
      return [...sessions.filter(({ ends }) => !ends), ...Uploads].flatMap(({ Key }) => Key ?? []);
    },
  };
}
