/** The bytes of an object as a stream that resumes after broken connections. */
import { type ByteRange, StorageFault } from '../../lib/driver.ts';
import { now } from '../../lib/timers.ts';
import type { ByteStream, Store } from './store.ts';

/** How often in a row a stream is resumed. */
const maxResumes = 3;
/**
 * After a pause of the reader this long, the count of resumptions starts again: the store closes a connection that is not read
 * from, so a break after such a pause says nothing about the store.
 */
const slowReaderMs = 1000;

/** The bytes of a range of an object. Undefined if there is no such object. */
export async function streamObject(store: Store, key: string, range: ByteRange): Promise<AsyncIterable<Uint8Array> | undefined> {
  if (range.last < range.first) return empty();
  const first = await store.stream(key, range);
  return first && { [Symbol.asyncIterator]: () => destroyingOnReturn(resumable(store, key, range, first), first) };
}

/** An iterator that closes the first connection on return(), even if next() was never called: then the generator cannot. */
function destroyingOnReturn(bytes: AsyncGenerator<Uint8Array>, connection: ByteStream): AsyncIterator<Uint8Array> {
  return {
    next: () => bytes.next(),
    return: async () => {
      connection.destroy();
      return bytes.return(undefined);
    },
  };
}

async function* resumable(store: Store, key: string, { first, last }: ByteRange, opened: ByteStream): AsyncGenerator<Uint8Array> {
  let position = first;
  let stream: ByteStream | undefined = opened;
  for (let resumes = 0; ; resumes++) {
    try {
      if (!stream) throw new StorageFault('broken', `${key} was deleted while it was read`);
      for await (const buffer of stream) {
        position += buffer.length;
        const yieldedMs = now();
        yield buffer;
        if (now() - yieldedMs >= slowReaderMs) resumes = 0;
      }
      if (position === last + 1) return;
      throw new StorageFault('broken', `${key} ended after ${position - first} of ${last - first + 1} bytes`);
    } catch (error) {
      if (!stream || resumes === maxResumes) throw error;
    }
    stream = await store.stream(key, { first: position, last });
  }
}

async function* empty(): AsyncGenerator<Uint8Array> {}
