/** Bytes in pieces: neither a push nor a pull has more of a blob in memory than one of them. */
import type { ByteRange, Chunk } from 'stowage';
import { StorageFault } from 'stowage';
import { type Store, script } from './store.ts';

/** How long each piece of an append is, in bytes, but for the last. So the piece of an offset is computed, not looked for. */
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

/** The piece around an offset of a content, and where it begins. A part is what one append has brought. */
const find = script(`
  local content, at, size = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])
  local part = redis.call('ZRANGE', key('parts', content), at, '-inf', 'BYSCORE', 'REV', 'LIMIT', 0, 1, 'WITHSCORES')
  if #part == 0 then return nil end
  local index = math.floor((at - part[2]) / size)
  return { part[2] + index * size, redis.call('HGET', key('bytes', part[1]), index) }
`);

/** The bytes of the range, one piece at a time. */
export async function* stream({ run }: Store, content: string, { first, last }: ByteRange): AsyncGenerator<Uint8Array> {
  for (let at = first; at <= last; ) {
    const piece = await run<[start: number, bytes: Buffer | null] | null>(find, content, at, pieceSize);
    const [start, bytes] = piece ?? [at, null];
    const wanted = bytes?.subarray(at - start, last + 1 - start);
    // Deleted meanwhile. To end here would make a part look like the whole.
    if (!wanted?.length) throw new StorageFault('broken', `the bytes of ${content} are gone from ${at} on`);
    yield wanted;
    at += wanted.length;
  }
}
