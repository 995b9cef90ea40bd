/** Objects: bodies, checksums, ranges, metadata, copies. */
import { Readable } from 'node:stream';
import {
  CopyObjectCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { type Check, outcome, outcomes } from './check.ts';

/** The text at a key. */
async function textAt(client: S3Client, Bucket: string, Key: string, Range?: string): Promise<unknown> {
  const { Body, ContentRange, ContentLength } = await client.send(new GetObjectCommand({ Bucket, Key, ...(Range && { Range }) }));
  return [await Body?.transformToString(), ContentLength, ContentRange];
}

export const objectChecks: readonly Check[] = [
  {
    name: 'buckets are there or not',
    run: ({ client, bucket }) =>
      outcomes([
        () => client.send(new HeadBucketCommand({ Bucket: bucket })),
        () => client.send(new PutObjectCommand({ Bucket: 'another-bucket', Key: 'a', Body: 'a' })),
      ]),
    answer: ['200', '404 NoSuchBucket'],
  },
  {
    name: 'ETags are MD5, and CRC32 comes back',
    async run({ client, bucket: Bucket, at }) {
      const { ETag, ChecksumCRC32 } = await client.send(new PutObjectCommand({ Bucket, Key: `${at}a`, Body: 'hello' }));
      const head = await client.send(new HeadObjectCommand({ Bucket, Key: `${at}a`, ChecksumMode: 'ENABLED' }));
      return [ETag, ChecksumCRC32, head.ETag, head.ChecksumCRC32, head.ContentLength];
    },
    answer: ['"5d41402abc4b2a76b9719d911017c592"', 'NhCmhg==', '"5d41402abc4b2a76b9719d911017c592"', 'NhCmhg==', 5],
  },
  {
    name: 'wrong checksums are refused',
    run: ({ client, bucket: Bucket, at }) =>
      outcomes([
        () => client.send(new PutObjectCommand({ Bucket, Key: `${at}a`, Body: 'hello', ChecksumCRC32: 'AAAAAA==' })),
        () => client.send(new PutObjectCommand({ Bucket, Key: `${at}a`, Body: 'hello', ChecksumSHA256: `${'A'.repeat(43)}=` })),
        () => client.send(new PutObjectCommand({ Bucket, Key: `${at}a`, Body: 'hello', ContentMD5: `${'A'.repeat(22)}==` })),
        () => client.send(new HeadObjectCommand({ Bucket, Key: `${at}a` })),
      ]),
    answer: ['400 BadDigest', '400 BadDigest', '400 BadDigest', '404 NotFound'],
  },
  {
    name: 'SHA-256 is kept',
    async run({ client, bucket: Bucket, at }) {
      const put = await client.send(new PutObjectCommand({ Bucket, Key: `${at}a`, Body: 'hello', ChecksumAlgorithm: 'SHA256' }));
      const got = await client.send(new HeadObjectCommand({ Bucket, Key: `${at}a`, ChecksumMode: 'ENABLED' }));
      return [put.ChecksumSHA256, got.ChecksumSHA256];
    },
    answer: ['LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=', 'LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ='],
  },
  {
    name: 'streamed bodies arrive whole',
    async run({ client, bucket: Bucket, at }) {
      const pieces = [Buffer.alloc(9000, 'a'), Buffer.alloc(10, 'b')];
      await client.send(new PutObjectCommand({ Bucket, Key: `${at}a`, Body: Readable.from(pieces), ContentLength: 9010 }));
      const [text, length] = (await textAt(client, Bucket, `${at}a`)) as [string, number];
      return [text === 'a'.repeat(9000) + 'b'.repeat(10), length];
    },
    answer: [true, 9010],
  },
  {
    name: 'ranges',
    async run({ client, bucket: Bucket, at }) {
      const Key = `${at}a`;
      await client.send(new PutObjectCommand({ Bucket, Key, Body: 'hello' }));
      const read = (range: string) => textAt(client, Bucket, Key, range);
      const beyond = await outcome(client.send(new GetObjectCommand({ Bucket, Key, Range: 'bytes=5-' })));
      return [await read('bytes=1-2'), await read('bytes=3-'), await read('bytes=-2'), await read('bytes=4-99'), beyond];
    },
    answer: [
      ['el', 2, 'bytes 1-2/5'],
      ['lo', 2, 'bytes 3-4/5'],
      ['lo', 2, 'bytes 3-4/5'],
      ['o', 1, 'bytes 4-4/5'],
      '416 InvalidRange',
    ],
  },
  {
    name: 'what is absent',
    run: ({ client, bucket: Bucket, at }) =>
      outcomes([
        () => client.send(new GetObjectCommand({ Bucket, Key: `${at}none` })),
        () => client.send(new HeadObjectCommand({ Bucket, Key: `${at}none` })),
        () => client.send(new DeleteObjectCommand({ Bucket, Key: `${at}none` })),
      ]),
    answer: ['404 NoSuchKey', '404 NotFound', '204'],
  },
  {
    name: 'a write is read at once, and gone at once',
    async run({ client, bucket: Bucket, at }) {
      const Key = `${at}a`;
      await client.send(new PutObjectCommand({ Bucket, Key, Body: 'one' }));
      await client.send(new PutObjectCommand({ Bucket, Key, Body: 'two' }));
      const [text] = (await textAt(client, Bucket, Key)) as [string];
      await client.send(new DeleteObjectCommand({ Bucket, Key }));
      return [text, await outcome(client.send(new GetObjectCommand({ Bucket, Key })))];
    },
    answer: ['two', '404 NoSuchKey'],
  },
  {
    name: 'odd keys, metadata and media types',
    async run({ client, bucket: Bucket, at }) {
      const Key = `${at}a b+c%20é€😀'()*!~&=`;
      const said = { ContentType: 'text/x; y=z', CacheControl: 'no-store', Metadata: { one: 'a b', two: 'c' } };
      await client.send(new PutObjectCommand({ Bucket, Key, Body: 'hello', ...said }));
      const { ContentType, CacheControl, Metadata } = await client.send(new HeadObjectCommand({ Bucket, Key }));
      return { ContentType, CacheControl, Metadata };
    },
    answer: { ContentType: 'text/x; y=z', CacheControl: 'no-store', Metadata: { one: 'a b', two: 'c' } },
  },
  {
    name: 'copies',
    async run({ client, bucket: Bucket, at }) {
      await client.send(new PutObjectCommand({ Bucket, Key: `${at}a`, Body: 'hello', Metadata: { one: 'a' } }));
      const copy = await client.send(new CopyObjectCommand({ Bucket, Key: `${at}b`, CopySource: `${Bucket}/${at}a` }));
      const { Metadata } = await client.send(new HeadObjectCommand({ Bucket, Key: `${at}b` }));
      const CopySource = `${Bucket}/${at}none`;
      return [
        copy.CopyObjectResult?.ETag,
        Metadata,
        await outcome(client.send(new CopyObjectCommand({ Bucket, Key: `${at}c`, CopySource }))),
        await outcome(
          client.send(
            new CopyObjectCommand({ Bucket, Key: `${at}c`, CopySource: `${Bucket}/${at}a`, CopySourceIfMatch: '"no"' }),
          ),
        ),
      ];
    },
    answer: ['"5d41402abc4b2a76b9719d911017c592"', { one: 'a' }, '404 NoSuchKey', '412 PreconditionFailed'],
  },
  {
    name: 'copies under a condition',
    async run({ client, bucket: Bucket, at }) {
      const [Key, CopySource] = [`${at}b`, `${Bucket}/${at}a`];
      await client.send(new PutObjectCommand({ Bucket, Key: `${at}a`, Body: 'hello' }));
      const copy = () => client.send(new CopyObjectCommand({ Bucket, Key, CopySource, IfNoneMatch: '*' }));
      return outcomes([copy, copy]);
    },
    answer: ['200', '412 PreconditionFailed'],
    differs: 'conditions on what a copy replaces are ignored',
  },
  {
    name: 'many deletes in one',
    async run({ client, bucket: Bucket, at }) {
      await client.send(new PutObjectCommand({ Bucket, Key: `${at}a`, Body: 'hello' }));
      const Objects = [{ Key: `${at}a` }, { Key: `${at}none` }];
      const { Deleted, Errors } = await client.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects } }));
      const left = await outcome(client.send(new HeadObjectCommand({ Bucket, Key: `${at}a` })));
      return [Deleted?.map(({ Key }) => Key?.slice(at.length)), Errors ?? [], left];
    },
    answer: [['a', 'none'], [], '404 NotFound'],
  },
];
