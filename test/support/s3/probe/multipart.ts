/** Multipart uploads: parts, their listing, completion and its conditions, copies of ranges, the end. */
import {
  AbortMultipartUploadCommand,
  type CompletedPart,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListPartsCommand,
  type ListPartsCommandOutput,
  PutObjectCommand,
  UploadPartCommand,
  UploadPartCopyCommand,
} from '@aws-sdk/client-s3';
import { type Check, outcome, outcomes, type Place } from './check.ts';

const smallest = 5 * 1024 * 1024;

/** An upload with its calls. */
async function begun({ client, bucket: Bucket }: Place, Key: string) {
  const { UploadId } = await client.send(new CreateMultipartUploadCommand({ Bucket, Key }));
  const part = async (PartNumber: number, Body: string | Buffer): Promise<CompletedPart> => {
    const { ETag } = await client.send(new UploadPartCommand({ Bucket, Key, UploadId, PartNumber, Body }));
    return { PartNumber, ETag };
  };
  const complete = (Parts: CompletedPart[], conditions: { IfMatch?: string; IfNoneMatch?: string } = {}) =>
    client.send(new CompleteMultipartUploadCommand({ Bucket, Key, UploadId, MultipartUpload: { Parts }, ...conditions }));
  const abort = () => client.send(new AbortMultipartUploadCommand({ Bucket, Key, UploadId }));
  return { UploadId, part, complete, abort };
}

export const multipartChecks: readonly Check[] = [
  {
    name: 'two parts become one object',
    async run(place) {
      const { client, bucket: Bucket, at } = place;
      const { part, complete, abort } = await begun(place, `${at}a`);
      const { ETag } = await complete([await part(1, Buffer.alloc(smallest)), await part(7, 'end')]);
      const got = await client.send(new GetObjectCommand({ Bucket, Key: `${at}a`, Range: 'bytes=-4' }));
      return [ETag, await got.Body?.transformToString(), got.ContentRange, got.ETag === ETag, await outcome(abort())];
    },
    answer: ['"76b2438ee89d0d54dbb3eb6005874976-2"', '\0end', 'bytes 5242879-5242882/5242883', true, '404 NoSuchUpload'],
  },
  {
    name: 'completions that are wrong',
    async run(place) {
      const { part, complete, abort } = await begun(place, `${place.at}a`);
      const [one, two] = [await part(1, 'one'), await part(2, 'two')];
      return outcomes([
        () => complete([one, two]),
        () => complete([{ ...one, ETag: two.ETag }]),
        () => complete([{ ...one, PartNumber: 3 }]),
        abort,
        () => complete([one]),
      ]);
    },
    answer: ['400 EntityTooSmall', '400 InvalidPart', '400 InvalidPart', '204', '404 NoSuchUpload'],
  },
  {
    name: 'a completion in the wrong order',
    async run(place) {
      const { part, complete, abort } = await begun(place, `${place.at}a`);
      const [one, two] = [await part(1, 'one'), await part(2, 'two')];
      return outcomes([() => complete([two, one]), abort]);
    },
    answer: ['400 InvalidPartOrder', '204'],
    differs: 'the size of the parts is looked at before their order',
  },
  {
    name: 'a completion creates once, and its upload stays open where it lost',
    async run(place) {
      const { client, bucket: Bucket, at } = place;
      const { part, complete, abort } = await begun(place, `${at}a`);
      const one = await part(1, 'one');
      await client.send(new PutObjectCommand({ Bucket, Key: `${at}a`, Body: 'hello' }));
      const { ContentLength } = await client.send(new HeadObjectCommand({ Bucket, Key: `${at}a` }));
      return [ContentLength, await outcome(complete([one], { IfNoneMatch: '*' })), await outcome(abort())];
    },
    answer: [5, '412 PreconditionFailed', '204'],
  },
  {
    name: 'a completion swaps',
    async run(place) {
      const { client, bucket: Bucket, at } = place;
      const { part, complete } = await begun(place, `${at}a`);
      const one = await part(1, 'one');
      const { ETag = '' } = await client.send(new PutObjectCommand({ Bucket, Key: `${at}a`, Body: 'hello' }));
      return outcomes([() => complete([one], { IfMatch: '"no"' }), () => complete([one], { IfMatch: ETag })]);
    },
    answer: ['412 PreconditionFailed', '200'],
  },
  {
    name: 'parts are listed by pages, the last of each number',
    async run(place) {
      const { client, bucket: Bucket, at } = place;
      const { UploadId, part, abort } = await begun(place, `${at}a`);
      for (const [number, text] of [
        [3, 'c'],
        [1, 'x'],
        [1, 'aa'],
        [10, 'd'],
      ] as const)
        await part(number, text);
      const seen: unknown[] = [];
      for (let marker: string | undefined = '0'; marker !== undefined; ) {
        const about = { Bucket, Key: `${at}a`, UploadId, MaxParts: 1, PartNumberMarker: marker };
        const page: ListPartsCommandOutput = await client.send(new ListPartsCommand(about));
        seen.push(...(page.Parts ?? []).map(({ PartNumber, Size }) => [PartNumber, Size]));
        marker = page.IsTruncated ? page.NextPartNumberMarker : undefined;
      }
      await abort();
      return seen;
    },
    answer: [
      [1, 2],
      [3, 1],
      [10, 1],
    ],
  },
  {
    name: 'open uploads are listed by prefix',
    async run(place) {
      const { client, bucket: Bucket, at } = place;
      const uploads = [await begun(place, `${at}a/1`), await begun(place, `${at}a/2`), await begun(place, `${at}b`)];
      const list = async (Prefix: string) => {
        const { Uploads } = await client.send(new ListMultipartUploadsCommand({ Bucket, Prefix }));
        return Uploads?.map(({ Key, UploadId }) => [
          Key?.slice(at.length),
          uploads.findIndex((each) => each.UploadId === UploadId),
        ]);
      };
      const found = [await list(`${at}a/`), await list(at)];
      for (const { abort } of uploads) await abort();
      return [...found, (await list(at)) ?? []];
    },
    answer: [
      [
        ['a/1', 0],
        ['a/2', 1],
      ],
      [
        ['a/1', 0],
        ['a/2', 1],
        ['b', 2],
      ],
      [],
    ],
  },
  {
    name: 'a part is a range of another object',
    async run(place) {
      const { client, bucket: Bucket, at } = place;
      await client.send(new PutObjectCommand({ Bucket, Key: `${at}source`, Body: 'hello' }));
      const { UploadId, complete } = await begun(place, `${at}a`);
      const about = { Bucket, Key: `${at}a`, UploadId, PartNumber: 1, CopySource: `${Bucket}/${at}source` };
      const { CopyPartResult } = await client.send(new UploadPartCopyCommand({ ...about, CopySourceRange: 'bytes=1-3' }));
      await complete([{ PartNumber: 1, ETag: CopyPartResult?.ETag }]);
      return (await client.send(new GetObjectCommand({ Bucket, Key: `${at}a` }))).Body?.transformToString();
    },
    answer: 'ell',
  },
];
