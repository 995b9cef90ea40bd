/** Bytes on their way: counted and hashed, never gathered but where they are few. */
import { algorithmOf, type Digest } from '../api/formats.ts';
import { createRunningDigest, digestOf } from '../content/digest.ts';

/** What bytes are to be. */
interface Expected {
  readonly digest: Digest;
  readonly size: number;
}

/**
 * The pieces of a stream, if they are what was expected. Throws an Error that begins with `name` as soon as there are more, and at their
 * end if they are fewer or have another digest: who writes them must not count them as written before the end.
 */
export async function* verified(
  pieces: AsyncIterable<Uint8Array>,
  { digest, size }: Expected,
  name: string,
): AsyncGenerator<Uint8Array> {
  const running = createRunningDigest(algorithmOf(digest));
  let sum = 0;
  for await (const piece of pieces) {
    sum += piece.length;
    if (sum > size) throw new Error(`${name} gives more than ${size} bytes as ${digest}, which is to have so many`);
    running.update(piece);
    yield piece;
  }
  if (sum !== size) throw new Error(`${name} gives ${sum} bytes as ${digest}, which is to have ${size}`);
  if (running.digest() !== digest) throw new Error(`${name} gives other bytes as ${digest}: their digest is ${running.digest()}`);
}

/** Throws an Error that begins with `name` if bytes have another digest. */
export function checkDigest(bytes: Uint8Array, digest: Digest, name: string): void {
  const found = digestOf(bytes, algorithmOf(digest));
  if (found !== digest) throw new Error(`${name} gives other bytes as ${digest}: their digest is ${found}`);
}

/** All pieces in one. Throws an Error that begins with `name` once they are more than `most` bytes: who sends them need not stop. */
export async function gathered(pieces: AsyncIterable<Uint8Array>, most: number, name: string): Promise<Uint8Array> {
  const all: Uint8Array[] = [];
  let sum = 0;
  for await (const piece of pieces) {
    sum += piece.length;
    if (sum > most) throw new Error(`${name} has more than ${most} bytes`);
    all.push(piece);
  }
  return Buffer.concat(all);
}

/**
 * The pieces of the body of a response, which is cancelled where they are not all taken. Throws the reason of the signal once that is
 * aborted, also while nothing arrives.
 */
export async function* piecesOf(body: ReadableStream<Uint8Array> | null, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  if (!body) return;
  const reader = body.getReader();
  // A stream that is broken has nothing to cancel, and what broke it is thrown where it is read.
  const cancel = (): void => void reader.cancel().catch(() => {});
  signal.addEventListener('abort', cancel);
  try {
    for (;;) {
      signal.throwIfAborted();
      const { done, value } = await reader.read();
      if (done) break;
      yield value;
    }
    signal.throwIfAborted();
  } finally {
    signal.removeEventListener('abort', cancel);
    // After its end this does nothing.
    cancel();
  }
}

/** A stream of pieces, which are asked for as they are taken. */
export function streamOf(pieces: AsyncIterable<Uint8Array>): ReadableStream<Uint8Array> {
  const iterator = pieces[Symbol.asyncIterator]();
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { done, value } = await iterator.next();
        if (done) controller.close();
        else controller.enqueue(value);
      },
      async cancel() {
        await iterator.return?.();
      },
    },
    { highWaterMark: 0 },
  );
}
