/** A file as a stream of pieces: bounded memory, one read ahead, and the file closed however the reader ends. */
import { type OpenFile, readWhole } from './file.ts';

/** How much one read asks for, in bytes. */
const pieceSize = 256 * 1024;
/** Up to how many bytes are read in one piece, not streamed. */
const wholeSize = 64 * 1024;

/** The bytes from `first` to before `end`, whole if they are few. The file is closed when they were read or given up. */
export async function bytesOf(file: OpenFile, first: number, end: number): Promise<Uint8Array | AsyncIterable<Uint8Array>> {
  if (end - first > wholeSize) return piecesOf(file, first, end);
  try {
    return await readWhole(file, first, end - first);
  } finally {
    await file.close();
  }
}

/** The bytes from `first` to before `end` as pieces. The file is closed when they were read or given up. */
export async function piecesOf(file: OpenFile, first: number, end: number): Promise<AsyncIterable<Uint8Array>> {
  const pieces = readAhead(file, first, end);
  // Runs up to the first yield: from there on, a return() reaches the `finally`, also before the first piece was asked for.
  await pieces.next();
  return pieces;
}

async function* readAhead(file: OpenFile, first: number, end: number): AsyncGenerator<Uint8Array> {
  const from = (position: number) => (position < end ? file.read(position, Math.min(pieceSize, end - position)) : undefined);
  let coming: Promise<Uint8Array> | undefined;
  try {
    yield new Uint8Array(0);
    coming = from(first);
    for (let position = first; coming !== undefined; ) {
      const piece = await coming;
      position += piece.length;
      coming = from(position);
      // Its failure is thrown when its turn comes; until then nobody waits for it.
      coming?.catch(() => undefined);
      yield piece;
    }
  } finally {
    // The descriptor must outlive a read that is under way; how that ends does not matter any more.
    await coming?.catch(() => undefined);
    await file.close();
  }
}
