/** Signatures: who may ask, and how long a signed URL holds. */
import { GetObjectCommand, HeadObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { type Check, outcome, type Place } from './check.ts';

interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

type At = Place & { readonly at: string };

/** Status and text, or the code of an error. */
async function fetched(url: string, init: RequestInit = {}): Promise<string> {
  const response = await fetch(url, init);
  const text = await response.text();
  return `${response.status} ${/<Code>(\w+)<\/Code>/.exec(text)?.[1] ?? text}`;
}

async function signed(
  { client, bucket: Bucket, at }: Place & { readonly at: string },
  about: Parameters<typeof getSignedUrl>[2] = {},
) {
  await client.send(new PutObjectCommand({ Bucket, Key: `${at}a`, Body: 'hello' }));
  return getSignedUrl(client, new GetObjectCommand({ Bucket, Key: `${at}a` }), about);
}

/** What one who signs with other credentials is told. */
async function asOther({ clientWith, bucket: Bucket, at }: At, other: Partial<Credentials>): Promise<string> {
  const credentials = { ...(await clientWith({}).config.credentials()), ...other };
  return outcome(clientWith({ credentials }).send(new PutObjectCommand({ Bucket, Key: `${at}a`, Body: 'hello' })));
}

export const signatureChecks: readonly Check[] = [
  {
    name: 'a wrong secret',
    run: (place) => asOther(place, { secretAccessKey: 'wrong' }),
    answer: '403 SignatureDoesNotMatch',
  },
  {
    name: 'an unknown account',
    run: (place) => asOther(place, { accessKeyId: 'NOBODY' }),
    answer: '403 InvalidAccessKeyId',
    differs: 'the code is one of its own',
  },
  {
    name: 'nobody may ask without a signature',
    run: async (place) => fetched((await signed(place)).replace(/\?.*/, '')),
    answer: '403 AccessDenied',
  },
  {
    name: 'a signed URL gives an object, or a range of it',
    async run(place) {
      const url = await signed(place);
      return [await fetched(url), await fetched(url, { headers: { range: 'bytes=1-2' } })];
    },
    answer: ['200 hello', '206 el'],
  },
  {
    name: 'a signed HEAD',
    async run(place) {
      const { client, bucket: Bucket, at } = place;
      await signed(place);
      const url = await getSignedUrl(client, new HeadObjectCommand({ Bucket, Key: `${at}a` }));
      return (await fetch(url, { method: 'HEAD' })).headers.get('content-length');
    },
    answer: '5',
  },
  {
    name: 'a signed URL that was changed',
    async run(place) {
      const url = await signed(place);
      return [await fetched(url.replace('/a?', '/b?')), await fetched(url, { method: 'DELETE' })];
    },
    answer: ['403 SignatureDoesNotMatch', '403 SignatureDoesNotMatch'],
  },
  {
    name: 'a signed URL that is too old',
    async run(place) {
      const url = await signed(place, { expiresIn: 5, signingDate: new Date(Date.now() - 10_000) });
      return fetched(url);
    },
    answer: '403 AccessDenied',
  },
];
