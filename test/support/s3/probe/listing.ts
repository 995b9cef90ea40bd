/** Listings: order, pages, delimiters, where they begin. */
import { ListObjectsV2Command, type ListObjectsV2CommandInput, PutObjectCommand } from '@aws-sdk/client-s3';
import { type Check, outcome, type Place } from './check.ts';

type At = Place & { readonly at: string };

async function filled({ client, bucket: Bucket, at }: At, keys: readonly string[]): Promise<void> {
  await Promise.all(keys.map((key) => client.send(new PutObjectCommand({ Bucket, Key: at + key, Body: 'x' }))));
}

/** All pages: keys, and common prefixes in brackets. */
async function pages({ client, bucket: Bucket, at }: At, about: Partial<ListObjectsV2CommandInput> = {}): Promise<string[][]> {
  const all: string[][] = [];
  let token: string | undefined;
  do {
    const next = token === undefined ? {} : { ContinuationToken: token };
    const page: Awaited<ReturnType<typeof list>> = await list(next);
    const keys = (page.Contents ?? []).map(({ Key = '' }) => Key.slice(at.length));
    all.push([...keys, ...(page.CommonPrefixes ?? []).map(({ Prefix = '' }) => `[${Prefix.slice(at.length)}]`)]);
    token = page.IsTruncated ? page.NextContinuationToken : undefined;
  } while (token !== undefined);
  return all;

  function list(next: { ContinuationToken?: string }) {
    return client.send(new ListObjectsV2Command({ Bucket, Prefix: at, ...about, ...next }));
  }
}

const names = ['a', 'b/1', 'b/2', 'b0', 'c/1', 'd'];

export const listingChecks: readonly Check[] = [
  {
    name: 'keys are in the byte order of UTF-8',
    async run(place) {
      await filled(place, ['b', 'a', 'B', 'a-b', 'a.b', 'a0', 'é', '\uFFFD', '😀', 'a_b', 'aa']);
      return pages(place);
    },
    answer: [['B', 'a', 'a-b', 'a.b', 'a0', 'a_b', 'aa', 'b', 'é', '\uFFFD', '😀']],
  },
  {
    name: 'directories sort with their slash',
    async run(place) {
      await filled(place, ['a-b/x', 'a/x', 'a.b/x', 'a0/x']);
      return [await pages(place), await pages(place, { Delimiter: '/' })];
    },
    answer: [[['a-b/x', 'a.b/x', 'a/x', 'a0/x']], [['[a-b/]', '[a.b/]', '[a/]', '[a0/]']]],
  },
  {
    name: 'pages of two, with and without a delimiter',
    async run(place) {
      await filled(place, names);
      return [await pages(place, { MaxKeys: 2 }), await pages(place, { MaxKeys: 2, Delimiter: '/' })];
    },
    answer: [
      [
        ['a', 'b/1'],
        ['b/2', 'b0'],
        ['c/1', 'd'],
      ],
      [['a', '[b/]'], ['b0', '[c/]'], ['d']],
    ],
  },
  {
    name: 'listings begin after a key, there or not',
    async run(place) {
      await filled(place, names);
      const after = (key: string, Delimiter?: string) =>
        pages(place, { StartAfter: place.at + key, ...(Delimiter && { Delimiter }) });
      return [await after('b/1'), await after('b/15'), await after('b0', '/'), await after('z')];
    },
    answer: [[['b/2', 'b0', 'c/1', 'd']], [['b/2', 'b0', 'c/1', 'd']], [['d', '[c/]']], [[]]],
  },
  {
    name: 'a listing of nothing',
    async run(place) {
      const { client, bucket: Bucket, at: Prefix } = place;
      const { KeyCount, IsTruncated, Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket, Prefix }));
      return [KeyCount, IsTruncated, Contents];
    },
    answer: [0, false, []],
  },
  {
    name: 'a token that nobody gave',
    run: ({ client, bucket: Bucket, at: Prefix }) =>
      outcome(client.send(new ListObjectsV2Command({ Bucket, Prefix, ContinuationToken: 'no token' }))),
    answer: '400 InvalidArgument',
    differs: 'any token is taken, as a key to begin after',
  },
  {
    name: 'names are percent-encoded where asked',
    async run(place) {
      await filled(place, ['é+(1)']);
      return pages(place, { EncodingType: 'url' });
    },
    answer: [['%C3%A9%2B%281%29']],
    differs: 'they are written as they are',
  },
];
