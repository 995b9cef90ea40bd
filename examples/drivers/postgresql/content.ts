/** Bytes in pieces: neither a push nor a pull has more of a blob in memory than one of them. */
import type { ByteRange, Chunk } from 'stowage';
import { StorageFault } from 'stowage';
import type { Database } from './database.ts';

/** How long a piece is, in bytes, but for the last of an append. */
const pieceSize = 2 ** 20;

/** The bytes of a chunk in pieces; `arrived` is called as they come. */
export async function* piecesOf(chunk: Chunk, arrived: () => Promise<void>): AsyncGenerator<Uint8Array> {
  let parts: Uint8Array[] = [];
  let size = 0;
  for await (const step of chunk) {
    await arrived();
    for (let buffer of step) {
      while (size + buffer.length >= pieceSize) {
        yield Buffer.concat([...parts, buffer.subarray(0, pieceSize - size)]);
        buffer = buffer.subarray(pieceSize - size);
        [parts, size] = [[], 0];
      }
      parts.push(buffer);
      size += buffer.length;
    }
  }
  if (size > 0) yield Buffer.concat(parts);
}

/** The bytes of the range, one row at a time. A reader may be slow: in between, it has no connection. */
export async function* stream({ send }: Database, content: string, { first, last }: ByteRange): AsyncGenerator<Uint8Array> {
  const around = `
    SELECT first, bytes FROM pieces WHERE content = $1 AND counts AND first <= $2 ORDER BY first DESC LIMIT 1`;
  for (let at = first; at <= last; ) {
    const [piece] = await send<{ first: string; bytes: Uint8Array }>(around, content, at);
    const start = Number(piece?.first);
    const wanted = piece?.bytes.subarray(at - start, last + 1 - start);
    // Deleted meanwhile. To end here would make a part look like the whole.
    if (!wanted?.length) throw new StorageFault('broken', `the bytes of ${content} are gone from ${at} on`);
    yield wanted;
    at += wanted.length;
  }
}
