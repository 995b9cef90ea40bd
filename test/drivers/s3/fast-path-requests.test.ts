/** Calls past the SDK's middleware go where the SDK would send them, and are signed for the same. */
import { Readable } from 'node:stream';
import { S3Client, type S3ClientConfig } from '@aws-sdk/client-s3';
import { describe, expect, it } from 'vitest';
import { createFastPath } from '../../../drivers/s3/fast-path.ts';
import { createObjectCalls, type ObjectCalls } from '../../../drivers/s3/object-calls.ts';

type Handled = Parameters<S3Client['config']['requestHandler']['handle']>[0];

const content = Buffer.from('content');
const calls: readonly ((calls: ObjectCalls, key: string) => Promise<unknown>)[] = [
  (objects, key) => objects.head(key),
  (objects, key) => objects.read(key),
  (objects, key) => objects.read(key, 'bytes=0-1'),
  (objects, key) => objects.stream(key, 'bytes=0-1', 2),
  (objects, key) => objects.put(key, content),
  (objects, key) => objects.put(key, new Uint8Array()),
  (objects, key) => objects.put(key, content, { IfNoneMatch: '*', Metadata: { 'stowage-write': 'id' } }),
  (objects, key) => objects.put(key, content, { IfMatch: '"e"', ChecksumSHA256: 'sum' }),
  (objects, key) => objects.delete(key),
  (objects, key) => objects.delete(key, '"e"'),
];

/** Headers that only tell of the SDK itself, and what depends on them. */
const ownHeaders = [
  'amz-sdk-invocation-id',
  'amz-sdk-request',
  'x-amz-user-agent',
  'user-agent',
  'x-amz-sdk-checksum-algorithm',
  'x-amz-date',
];

/** What a request says to the store: of the signature, for whom and for which region and service. */
function saidBy({ method, protocol, hostname, port, path, headers, body }: Handled) {
  const said = Object.entries(headers).filter(([name]) => !ownHeaders.includes(name));
  const scope = /Credential=([^,]*)/.exec(headers.authorization ?? '')?.[1];
  return { method, protocol, hostname, port, path, body, headers: { ...Object.fromEntries(said), authorization: scope } };
}

/** What the requests say by which calls are made. */
async function requestsOf(kind: 'fast' | 'SDK', bucket: string, prefix: string, config: S3ClientConfig, key: string) {
  const requests: Handled[] = [];
  const client = new S3Client({
    region: 'us-east-1',
    credentials: { accessKeyId: 'key', secretAccessKey: 'secret' },
    ...config,
    requestHandler: {
      metadata: { handlerProtocol: 'http/1.1' },
      handle: async (request: Handled) => {
        requests.push(request);
        return { response: reply() };
      },
    },
  });
  const sdk = createObjectCalls(client, bucket, prefix);
  const objects = kind === 'fast' ? createFastPath(client, bucket, prefix, sdk) : sdk;
  for (const call of calls) await call(objects, key);
  client.destroy();
  return { said: requests.map(saidBy), isSdk: requests.map(({ headers }) => 'amz-sdk-request' in headers) };
}

/** A success of any call. */
const reply = () => ({ statusCode: 200, headers: { etag: '"e"', 'content-length': '0' }, body: Readable.from([]) });

const keys = ['a', 'a/b', 'a//b/', ' ', "it's (100%) *!~+&=?#:@,;$", 'ä€😀', '%2F%20', 'a/./b/../c', '..', '"<>[]{}|\\^`'];

const places: Readonly<
  Record<string, { readonly bucket?: string; readonly prefix?: string; readonly config?: S3ClientConfig; readonly by?: 'SDK' }>
> = {
  AWS: {},
  'a region in China': { config: { region: 'cn-north-1' } },
  'a bucket with dots': { bucket: 'my.bucket.example' },
  'path style': { config: { forcePathStyle: true } },
  'an endpoint with a port': { config: { endpoint: 'http://store.example:9000', forcePathStyle: true } },
  'an endpoint with a default port': { config: { endpoint: 'https://store.example:443', forcePathStyle: true } },
  'an endpoint with a path': { config: { endpoint: 'https://store.example/base/s3', forcePathStyle: true } },
  'an endpoint with a path and a slash': { config: { endpoint: 'https://store.example/base/', forcePathStyle: true } },
  'an endpoint with virtual hosts': { config: { endpoint: 'https://store.example' } },
  'an address of IPv4': { config: { endpoint: 'http://127.0.0.1:9000' } },
  'an address of IPv6': { config: { endpoint: 'http://[::1]:9000', forcePathStyle: true } },
  'a bucket that is an endpoint': { bucket: 'https://bucket.store.example', config: { bucketEndpoint: true } },
  'dual-stack': { config: { useDualstackEndpoint: true } },
  FIPS: { config: { useFipsEndpoint: true } },
  acceleration: { config: { useAccelerateEndpoint: true } },
  'an access point': { bucket: 'arn:aws:s3:us-east-1:123456789012:accesspoint/mine' },
  'an access point of another region': {
    bucket: 'arn:aws:s3:eu-west-1:123456789012:accesspoint/mine',
    config: { useArnRegion: true },
  },
  'an object lambda': { bucket: 'arn:aws:s3-object-lambda:us-east-1:123456789012:accesspoint/mine' },
  'a directory bucket without sessions': {
    bucket: 'mine--use1-az4--x-s3',
    config: { disableS3ExpressSessionAuth: true },
  },
  'a store without signatures': { config: { signer: { sign: async (request) => request } } },
  'an endpoint and a region that are looked up': {
    config: {
      region: async () => 'eu-west-1',
      endpoint: async () => ({ protocol: 'http:', hostname: 'store.example', port: 9000, path: '/base' }),
    },
  },
  'a prefix': { prefix: 'a b/c+d/é/' },
  'a bucket of the name of a key': { bucket: 'key', config: { forcePathStyle: true } },
  'a session': { config: { credentials: { accessKeyId: 'key', secretAccessKey: 'secret', sessionToken: 'token' } } },
  'no checksums': { config: { requestChecksumCalculation: 'WHEN_REQUIRED', responseChecksumValidation: 'WHEN_REQUIRED' } },
};

describe('requests past the SDK say what those of the SDK say', () => {
  it.each(Object.entries(places))('to %s', async (_name, { bucket = 'bucket', prefix = '', config = {} }) => {
    const [fast, sdk] = await Promise.all(
      (['fast', 'SDK'] as const).map((kind) => requestsOf(kind, bucket, prefix, config, 'a/b')),
    );
    expect(fast?.said).toEqual(sdk?.said);
    expect(fast?.isSdk).not.toContain(true);
  });

  it.each(keys)('of %s', async (key) => {
    const [fast, sdk] = await Promise.all((['fast', 'SDK'] as const).map((kind) => requestsOf(kind, 'bucket', '', {}, key)));
    expect(fast?.said).toEqual(sdk?.said);
    expect(fast?.isSdk).not.toContain(true);
  });

  it('unless they need more than one key: then the SDK makes them', async () => {
    const bucket = 'arn:aws:s3-outposts:us-east-1:123456789012:outpost/op-01234567890123456/accesspoint/mine';
    const { isSdk } = await requestsOf('fast', bucket, '', {}, 'a');
    expect(isSdk).not.toContain(false);
  });
});
