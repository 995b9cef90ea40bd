/** The bytes of a range are those that were asked for, however many a store sends. */
import { S3Client } from '@aws-sdk/client-s3';
import { describe, expect, it } from 'vitest';
import type { ByteStream, ObjectCalls, ObjectPart } from '../../../drivers/s3/object-calls.ts';
import { createStore, type Store } from '../../../drivers/s3/store.ts';
import { streamObject } from '../../../drivers/s3/streams.ts';

const range = { first: 2, last: 6 };
const content = 'ntent';
const never = () => expect.unreachable('nothing but streams is asked for');

/** A body that comes in these pieces; says when it is destroyed. */
const bodyOf = (pieces: readonly string[], onDestroy = () => {}): ByteStream => ({
  async *[Symbol.asyncIterator]() {
    for (const piece of pieces) yield Buffer.from(piece);
  },
  destroy: onDestroy,
});

/** A store that answers calls for streams by these replies, the last of them again and again. */
function storeOf(...replies: readonly (ObjectPart & { readonly bytes: ByteStream })[]): Store {
  const left = [...replies];
  const stream = async () => (left.length > 1 ? left.shift() : left[0]) ?? never();
  const calls: ObjectCalls = { head: never, read: never, put: never, delete: never, stream };
  return createStore(new S3Client({ region: 'us-east-1' }), 'bucket', '', calls);
}

async function read(store: Store): Promise<{ bytes: string; failure?: unknown }> {
  let bytes = '';
  try {
    for await (const piece of (await streamObject(store, 'a', range)) ?? never()) bytes += Buffer.from(piece).toString();
    return { bytes };
  } catch (failure) {
    return { bytes, failure };
  }
}

const ContentRange = 'bytes 2-6/7';

describe('a body', () => {
  it.each([4, 6, 0, 2 ** 60])('of %i bytes is not taken for a range of five, and is let go of', async (ContentLength) => {
    let destroyed = 0;
    const store = storeOf({ ContentRange, ContentLength, bytes: bodyOf(['xxxx'], () => destroyed++) });
    await expect(store.stream('a', range)).rejects.toThrow(/bytes 2-6\/7 of a as \d+ bytes for the bytes from 2 to 6/);
    expect(destroyed).toBe(1);
  });

  it('that tells no length is read to the end of the range', async () => {
    expect(await read(storeOf({ ContentRange, bytes: bodyOf(['nt', 'ent']) }))).toEqual({ bytes: content });
  });

  it('that goes on after the range brings nothing of what does not belong to it', async () => {
    const [long, longer] = [bodyOf(['nt', 'ent of another']), bodyOf(['ntent', ' of another'])];
    const rest = { ContentRange: 'bytes 4-6/7', bytes: bodyOf(['ent']) };
    expect(await read(storeOf({ ContentRange, bytes: long }, rest))).toEqual({ bytes: content });
    expect(await read(storeOf({ ContentRange, bytes: longer }))).toEqual({ bytes: content, failure: expect.any(Error) });
  });
});
