/** The files of a layout or an archive, wherever they are. */
import type { FileHandle } from 'node:fs/promises';
import { gathered } from '../bytes.ts';

/** A file that can be read. */
export interface PlacedFile {
  /** In bytes. */
  readonly size: number;
  read(): AsyncGenerator<Uint8Array>;
}

/** Files by their paths. */
export interface ImageFiles {
  /** What they are called in messages. */
  readonly name: string;
  /** The file at a path; undefined if there is none. */
  find(path: string): Promise<PlacedFile | undefined>;
  close(): Promise<void>;
}

/** The bytes of a small file; undefined if there is none. Throws an Error for one of more than `most` bytes. */
export async function readSmall({ name, find }: ImageFiles, path: string, most: number): Promise<Uint8Array | undefined> {
  const file = await find(path);
  return file && gathered(file.read(), most, `${path} in ${name}`);
}

/** How much is read at once, in bytes. */
const pieceBytes = 256 * 1024;

/** Reads a part of a file, each piece into memory of its own, which is that of who takes it. It may end before its size. */
export async function* readPart(handle: FileHandle, start: number, size: number): AsyncGenerator<Uint8Array> {
  for (let at = start; at < start + size; ) {
    const piece = Buffer.allocUnsafeSlow(Math.min(pieceBytes, start + size - at));
    const { bytesRead } = await handle.read(piece, 0, piece.length, at);
    if (bytesRead === 0) return;
    at += bytesRead;
    yield piece.subarray(0, bytesRead);
  }
}
