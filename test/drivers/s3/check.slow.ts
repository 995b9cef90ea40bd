/** What `checkS3` finds in stores that lack something. */
import { expect, it } from 'vitest';
import { checkS3 } from '../../../drivers/s3.ts';
import { type Lack, startS3Double } from '../../support/s3/double.ts';

/** What a store without these things does not guarantee, with what came instead. */
async function failing(lacks: readonly Lack[]): Promise<Record<string, string | undefined>> {
  const { clientConfig, bucket, close } = await startS3Double({ lacks });
  const found = await checkS3({ clientConfig, bucket }).finally(close);
  return Object.fromEntries(found.filter(({ holds }) => !holds).map(({ name, needed, why }) => [`${name}, ${needed}`, why]));
}

/** For each thing that a store may lack, what then does not hold. The driver sends no body as a stream. */
const found: Readonly<Record<Lack, Readonly<Record<string, unknown>>>> = {
  'conditional puts': {
    'of twenty that create one key, one does, always': '20 did',
    'of twenty that replace one object, one does, always': '20 did',
  },
  'conditional completion': {
    'parts become an object only if there is none at their key, never': 'they took the place of another',
  },
  'conditional deletes': {
    'an object is deleted only if it is the one that is named, never': expect.stringMatching(/^another one was deleted; /),
  },
  'listing order': {
    'keys are listed in byte order, page by page and from any key on, always':
      expect.stringMatching(/ came for B,_,a,a-b,a\.b,b$/),
  },
  'fresh reads': expect.objectContaining({
    'what was written is read at once, and what was deleted is gone at once, always': 'the write of one was not seen',
  }),
  ranges: { 'a part of an object can be read, always': expect.stringMatching(/gave all of .* for the bytes from 8 to 14/) },
  'presigned requests': { 'a signed URL gives an object, for redirect': 'it gave 403' },
  'streamed bodies': {},
};

it.each(Object.entries(found))('a store without %s', async (lack, expected) => {
  expect(await failing([lack as Lack])).toEqual(expected);
});

it('a store that lacks nothing', async () => {
  expect(await failing([])).toEqual({});
});
