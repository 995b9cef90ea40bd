/** The bytes of an object as a stream that survives broken connections. */
import { type ByteRange, StorageFault } from '../../lib/driver.ts';
import type { Bytes, Store } from './store.ts';

/** How often a stream is begun again where it broke. */
const resumptions = 3;
/** Who takes nothing for so many milliseconds makes the store tire of waiting; what breaks then is not the store's doing. */
const patience = 1000;

/** The bytes of a range of an object. Undefined if there is no such object. */
export async function streamOf(store: Store, key: string, range: ByteRange): Promise<AsyncIterable<Uint8Array> | undefined> {
  if (range.last < range.first) return empty();
  const first = await store.stream(key, range);
  return first && { [Symbol.asyncIterator]: () => closing(resumed(store, key, range, first), first) };
}

/** An iterator that gives the connection back also where nobody ever asks it for bytes. */
function closing(bytes: AsyncGenerator<Uint8Array>, connection: Bytes): AsyncIterator<Uint8Array> {
  return {
    next: () => bytes.next(),
    return: async () => {
      connection.destroy();
      return bytes.return(undefined);
    },
  };
}

async function* resumed(store: Store, key: string, { first, last }: ByteRange, begun: Bytes): AsyncGenerator<Uint8Array> {
  let at = first;
  let stream: Bytes | undefined = begun;
  for (let broken = 0; ; broken++) {
    try {
      if (!stream) throw new StorageFault('broken', `${key} went away while it was read`);
      for await (const piece of stream) {
        at += piece.length;
        const given = Date.now();
        yield piece;
        if (Date.now() - given >= patience) broken = 0;
      }
      if (at === last + 1) return;
      throw new StorageFault('broken', `${key} ended after ${at - first} of ${last - first + 1} bytes`);
    } catch (error) {
      if (!stream || broken === resumptions) throw error;
    }
    stream = await store.stream(key, { first: at, last });
  }
}

async function* empty(): AsyncGenerator<Uint8Array> {}
