/** What can be wrong with a store or with the way to it. */
import { AbortMultipartUploadCommand, S3Client, type S3ClientConfig } from '@aws-sdk/client-s3';
import type { S3DriverOptions } from '../../../drivers/s3.ts';
import { digestOf, locationOf, type Reply, send, withDigest } from '../client.ts';
import { freePort } from '../free-port.ts';
import { contentOf } from '../random.ts';
import type { DoubleOptions, S3Double } from './double.ts';

/** Something that is wrong. */
export interface Mishap {
  readonly double?: DoubleOptions;
  options?(double: S3Double): Promise<Partial<S3DriverOptions>> | Partial<S3DriverOptions>;
  /** What is done; a look at a manifest unless told. */
  run?(origin: string, double: S3Double): Promise<Reply>;
  /** What a client is told, where it may come back. */
  readonly status?: 503;
}

const configured = (config: S3ClientConfig) => ({
  options: ({ clientConfig }: S3Double) => ({ clientConfig: { ...clientConfig, ...config } }),
});

/** Where nobody listens. */
export const unused = async (): Promise<string> => `http://127.0.0.1:${await freePort()}`;

const begin = (origin: string) => send(origin, { method: 'POST', path: '/v2/library/sample/blobs/uploads/' });
export const look = (origin: string) => send(origin, { method: 'GET', path: '/v2/library/sample/manifests/latest' });

/** Closes an upload whose parts the store has dropped meanwhile. */
async function close(origin: string, { bucket: Bucket, clientConfig, uploads }: S3Double): Promise<Reply> {
  const layer = contentOf('a layer of two parts', 5 * 1024 * 1024 + 1);
  const begun = await begin(origin);
  const sent = await send(origin, { method: 'PATCH', path: locationOf(begun), body: layer });
  const client = new S3Client(clientConfig);
  for (const { key: Key, id: UploadId } of uploads())
    await client.send(new AbortMultipartUploadCommand({ Bucket, Key, UploadId }));
  client.destroy();
  return send(origin, { method: 'PUT', path: withDigest(locationOf(sent), digestOf(layer)) });
}

/** The mishaps, by what the log says of them. */
export const mishaps: Readonly<Record<string, Mishap>> = {
  NoSuchBucket: { options: () => ({ bucket: 'elsewhere' }) },
  AccessDenied: { double: { allows: [] } },
  CredentialsProviderError: configured({
    credentials: () => Promise.reject(Object.assign(new Error('none'), { name: 'CredentialsProviderError' })),
  }),
  InvalidAccessKeyId: configured({ credentials: { accessKeyId: 'SOMEBODY', secretAccessKey: 'secret' } }),
  SignatureDoesNotMatch: configured({ credentials: { accessKeyId: 'DOUBLE', secretAccessKey: 'guessed' } }),
  'Region is missing': configured({
    region: async (): Promise<string> => {
      throw new Error('Region is missing');
    },
  }),
  AuthorizationHeaderMalformed: configured({ region: 'eu-central-1' }),
  ECONNREFUSED: {
    options: async ({ clientConfig }) => ({ clientConfig: { ...clientConfig, endpoint: await unused() } }),
    status: 503,
  },
  ENOTFOUND: {
    ...configured({
      maxAttempts: 1,
      requestHandler: {
        handle: () => Promise.reject(Object.assign(new Error('getaddrinfo ENOTFOUND store'), { code: 'ENOTFOUND' })),
      },
    }),
    status: 503,
  },
  SlowDown: {
    ...configured({ maxAttempts: 1 }),
    run: (origin, double) => {
      double.plan({ fault: { kind: 'error', code: 'SlowDown' }, times: 10 });
      return look(origin);
    },
    status: 503,
  },
  'the store ignores If-None-Match and If-Match': { double: { lacks: ['conditional puts'] }, run: begin },
  'does not know the parts of': { run: close },
};
