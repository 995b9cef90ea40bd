/** The bytes of an object as a stream that resumes after broken connections. */
import { type ByteRange, type ByteReader, type ByteStream, StorageFault } from '../../lib/driver.ts';
import { now } from '../../lib/timers.ts';
import type { ByteStream as Connection, Store } from './store.ts';

/** How often in a row a stream is resumed. */
const maxResumes = 3;
/**
 * After a pause of the reader this long, the count of resumptions starts again: the store closes a connection that is not read
 * from, so a break after such a pause says nothing about the store.
 */
const slowReaderMs = 1000;

/** The bytes of a range of an object. Undefined if there is no such object. */
export async function streamObject(store: Store, key: string, range: ByteRange): Promise<ByteStream | undefined> {
  if (range.last < range.first) return empty();
  const first = await store.stream(key, range);
  return (
    first && {
      [Symbol.asyncIterator]: () => destroyingOnReturn(resumable(store, key, range, first), first),
      ...(first.readInto && { reader: () => resumableReader(store, key, range, first) }),
    }
  );
}

/** An iterator that closes the first connection on return(), even if next() was never called: then the generator cannot. */
function destroyingOnReturn(bytes: AsyncGenerator<Uint8Array>, connection: Connection): AsyncIterator<Uint8Array> {
  return {
    next: () => bytes.next(),
    return: async () => {
      connection.destroy();
      return bytes.return(undefined);
    },
  };
}

async function* resumable(
  store: Store,
  key: string,
  { first, last }: ByteRange,
  opened: Connection,
  resumed = 0,
): AsyncGenerator<Uint8Array> {
  let position = first;
  let stream: Connection | undefined = opened;
  for (let resumes = resumed; ; resumes++) {
    try {
      if (!stream) throw new StorageFault('broken', `${key} was deleted while it was read`);
      for await (const buffer of stream) {
        if (buffer.length > last + 1 - position) throw new StorageFault('broken', `${key} goes on after the byte ${last}`);
        position += buffer.length;
        const yieldedMs = now();
        yield buffer;
        if (now() - yieldedMs >= slowReaderMs) resumes = 0;
      }
      if (position === last + 1) return;
      throw new StorageFault('broken', `${key} ended after ${position - first} of ${last - first + 1} bytes`);
    } catch (error) {
      if (!stream || resumes === maxResumes || position > last) throw error;
    }
    stream = await store.stream(key, { first: position, last });
  }
}

/** Reads from the first connection as long as it holds, and what is left then as an iteration that resumes. */
function resumableReader(store: Store, key: string, { first, last }: ByteRange, opened: Connection): ByteReader {
  let position = first;
  let rest: AsyncIterator<Uint8Array> | undefined;
  let piece: Uint8Array = new Uint8Array();

  async function readRest(buffer: Uint8Array): Promise<number> {
    if (piece.length === 0) {
      if (rest === undefined) {
        const stream = await store.stream(key, { first: position, last });
        if (!stream) throw new StorageFault('broken', `${key} was deleted while it was read`);
        rest = destroyingOnReturn(resumable(store, key, { first: position, last }, stream, 1), stream);
      }
      const { done, value } = await rest.next();
      if (done) return 0;
      piece = value;
    }
    const count = Math.min(piece.length, buffer.length);
    buffer.set(piece.subarray(0, count));
    piece = piece.subarray(count);
    return count;
  }

  async function readFirst(buffer: Uint8Array): Promise<number | undefined> {
    try {
      return await opened.readInto?.(buffer);
    } catch {
      // The connection broke: what is left is asked for anew.
      return undefined;
    }
  }

  return {
    async read(buffer) {
      if (position > last) return 0;
      const count = (rest ? undefined : await readFirst(buffer)) ?? (await readRest(buffer));
      position += count;
      return count;
    },
    async close() {
      opened.destroy();
      await rest?.return?.();
    },
  };
}

async function* empty(): AsyncGenerator<Uint8Array> {}
