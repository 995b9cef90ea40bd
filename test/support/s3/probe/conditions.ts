/** Conditions: create once, compare and swap, races. */
import { DeleteObjectCommand, GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { type Check, outcome, outcomes } from './check.ts';

const hello = '"5d41402abc4b2a76b9719d911017c592"';
const other = '"00000000000000000000000000000000"';

export const conditionChecks: readonly Check[] = [
  {
    name: 'create once',
    run({ client, bucket: Bucket, at }) {
      const put = () => client.send(new PutObjectCommand({ Bucket, Key: `${at}a`, Body: 'hello', IfNoneMatch: '*' }));
      return outcomes([put, put]);
    },
    answer: ['200', '412 PreconditionFailed'],
  },
  {
    name: 'compare and swap',
    run({ client, bucket: Bucket, at }) {
      const put = (Key: string, Body: string, IfMatch?: string) => () =>
        client.send(new PutObjectCommand({ Bucket, Key: at + Key, Body, ...(IfMatch && { IfMatch }) }));
      return outcomes([
        put('a', 'hello'),
        put('a', 'x', other),
        put('a', 'x', hello),
        put('a', 'x', hello),
        put('none', 'x', hello),
      ]);
    },
    answer: ['200', '412 PreconditionFailed', '200', '412 PreconditionFailed', '404 NoSuchKey'],
  },
  {
    name: 'of 20 that create one wins',
    async run({ client, bucket: Bucket, at }) {
      const put = (Body: string) => client.send(new PutObjectCommand({ Bucket, Key: `${at}a`, Body, IfNoneMatch: '*' }));
      const all = await Promise.all(Array.from({ length: 20 }, (_, each) => outcome(put(String(each)))));
      return [all.filter((each) => each === '200').length, all.filter((each) => /^4(09|12) /.test(each)).length];
    },
    answer: [1, 19],
  },
  {
    name: 'of 20 that swap one wins',
    async run({ client, bucket: Bucket, at }) {
      const Key = `${at}a`;
      await client.send(new PutObjectCommand({ Bucket, Key, Body: 'hello' }));
      const put = (Body: string) => client.send(new PutObjectCommand({ Bucket, Key, Body, IfMatch: hello }));
      const all = await Promise.all(Array.from({ length: 20 }, (_, each) => outcome(put(String(each)))));
      return [all.filter((each) => each === '200').length, all.filter((each) => /^4(09|12) /.test(each)).length];
    },
    answer: [1, 19],
  },
  {
    name: 'reads under a condition',
    async run({ client, bucket: Bucket, at }) {
      const Key = `${at}a`;
      await client.send(new PutObjectCommand({ Bucket, Key, Body: 'hello' }));
      return outcomes([
        () => client.send(new GetObjectCommand({ Bucket, Key, IfMatch: hello })),
        () => client.send(new GetObjectCommand({ Bucket, Key, IfMatch: other })),
        () => client.send(new GetObjectCommand({ Bucket, Key, IfNoneMatch: hello })),
      ]);
    },
    answer: ['200', '412 PreconditionFailed', '304 Unknown'],
  },
  {
    name: 'deletes under a condition',
    async run({ client, bucket: Bucket, at }) {
      const Key = `${at}a`;
      await client.send(new PutObjectCommand({ Bucket, Key, Body: 'hello' }));
      return outcomes([
        () => client.send(new DeleteObjectCommand({ Bucket, Key, IfMatch: other })),
        () => client.send(new DeleteObjectCommand({ Bucket, Key, IfMatch: hello })),
      ]);
    },
    answer: ['412 PreconditionFailed', '204'],
  },
  {
    name: 'no key is a directory of another',
    async run({ client, bucket: Bucket, at }) {
      const put = (Key: string) => () => client.send(new PutObjectCommand({ Bucket, Key: at + Key, Body: 'hello' }));
      return outcomes([put('a/b'), put('a'), put('c'), put('c/d')]);
    },
    answer: ['200', '409 ExistingObjectIsDirectory', '200', '409 ObjectParentIsFile'],
  },
];
