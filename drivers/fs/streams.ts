/**
 * A file as a stream of buffers: bounded memory, one buffer read ahead, and the file closed however the reader ends. Or read into
 * buffers of the caller's.
 */
import type { ByteReader, ByteStream } from '../../lib/driver.ts';
import { type OpenFile, readExactly } from './file.ts';

/** The most bytes that one read asks for. */
const readSize = 256 * 1024;
/** Up to this many bytes are read into one buffer instead of streamed. */
const wholeLimit = 64 * 1024;

/** The bytes from `first` to before `end`, in one buffer if they are few. The file is closed when they were read or given up. */
export async function readOrStream(file: OpenFile, first: number, end: number): Promise<Uint8Array | ByteStream> {
  if (end - first > wholeLimit) return streamRange(file, first, end);
  try {
    return await readExactly(file, first, end - first);
  } finally {
    await file.close();
  }
}

/** The bytes from `first` to before `end`, as a stream. The file is closed when they were read or given up. */
export function streamRange(file: OpenFile, first: number, end: number): ByteStream {
  return {
    [Symbol.asyncIterator]: () => {
      const pieces = readAhead(file, first, end);
      // Runs the generator up to its first yield. In one that was never started, return() would skip the `finally`, and the file of a
      // reader that leaves before its first read would stay open.
      void pieces.next();
      return pieces;
    },
    reader: () => createReader(file, first, end),
  };
}

function createReader(file: OpenFile, first: number, end: number): ByteReader {
  let position = first;
  return {
    read: async (buffer) => {
      if (position === end) return 0;
      const count = await file.readInto(buffer, position, Math.min(buffer.length, end - position));
      position += count;
      return count;
    },
    close: () => file.close(),
  };
}

async function* readAhead(file: OpenFile, first: number, end: number): AsyncGenerator<Uint8Array> {
  const readAt = (position: number) => (position < end ? file.read(position, Math.min(readSize, end - position)) : undefined);
  let next: Promise<Uint8Array> | undefined;
  try {
    yield new Uint8Array(0);
    next = readAt(first);
    for (let position = first; next !== undefined; ) {
      const buffer = await next;
      position += buffer.length;
      next = readAt(position);
      // Marks a rejection as handled: it is thrown by the `await` of the next round, which may be long after it happened.
      next?.catch(() => undefined);
      yield buffer;
    }
  } finally {
    // Close the descriptor only after the read that is in flight; its result no longer matters.
    await next?.catch(() => undefined);
    await file.close();
  }
}
