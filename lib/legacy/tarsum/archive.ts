/** A reader of tar that is given the archive in pieces of any size and keeps less than a block and the extended headers. */
import { type Content, type Extensions, extensions } from './extensions.ts';
import { blockSize, type Header, readHeader } from './header.ts';
import { ArchiveRefused } from './refused.ts';

/** An archive that is being read. What it throws is {@link ArchiveRefused}, after which it is of no more use. */
export class ArchiveReader {
  readonly #open: (header: Header) => Content;
  readonly #extensions: Extensions = extensions();
  /** The beginning of a block whose rest has not come yet. */
  readonly #block = Buffer.alloc(blockSize);
  #filled = 0;
  /** What takes the content that comes, and how much of it and of the padding behind it are still to come. */
  #content: Content | undefined;
  #left = 0;
  #padding = 0;
  /** How many blocks of zeros came; two end the archive. */
  #zeros = 0;
  #taken = 0;
  #headerAt = 0;

  /** Reads an archive from its beginning; `open` is told each entry and gives what takes its content. */
  constructor(open: (header: Header) => Content) {
    this.#open = open;
  }

  /** Where the block began that was last read, or is being read. */
  get headerAt(): number {
    return this.#headerAt;
  }

  /** Reads on. */
  update(bytes: Uint8Array): void {
    let rest = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    while (rest.length > 0) {
      const taken = this.#take(rest);
      this.#taken += taken;
      if (taken === rest.length) return;
      rest = rest.subarray(taken);
    }
  }

  /** Throws unless the archive may end here: after two blocks of zeros, or where another header could come. */
  checkEnd(): void {
    if (this.#left > 0) throw new ArchiveRefused(`is cut off: ${this.#left} bytes of its content are missing`);
    if (this.#filled > 0 || this.#padding > 0) throw new ArchiveRefused('is cut off: the archive ends within a block');
    if (this.#extensions.pending) throw new ArchiveRefused('is an extended header, and the archive ends without its entry');
  }

  /** Takes bytes from the front, one at least, and says how many. */
  #take(bytes: Buffer): number {
    if (this.#left > 0) return this.#takeContent(bytes);
    if (this.#padding > 0) {
      const skipped = Math.min(this.#padding, bytes.length);
      this.#padding -= skipped;
      return skipped;
    }
    return this.#zeros < 2 ? this.#takeBlock(bytes) : takeZeros(bytes);
  }

  #takeContent(bytes: Buffer): number {
    const piece = bytes.length > this.#left ? bytes.subarray(0, this.#left) : bytes;
    this.#content?.take(piece);
    this.#left -= piece.length;
    if (this.#left === 0) this.#content?.end();
    return piece.length;
  }

  #takeBlock(bytes: Buffer): number {
    if (this.#filled === 0) this.#headerAt = this.#taken;
    if (this.#filled === 0 && bytes.length >= blockSize) {
      this.#readBlock(bytes.subarray(0, blockSize));
      return blockSize;
    }
    const copied = bytes.copy(this.#block, this.#filled);
    this.#filled = (this.#filled + copied) % blockSize;
    if (this.#filled === 0) this.#readBlock(this.#block);
    return copied;
  }

  #readBlock(block: Buffer): void {
    if (isZero(block)) {
      if (this.#extensions.pending) throw new ArchiveRefused('is of zeros, and follows an extended header without its entry');
      this.#zeros += 1;
      return;
    }
    if (this.#zeros > 0) throw new ArchiveRefused('follows a block of zeros, and an archive ends with two');
    this.#begin(readHeader(block));
  }

  #begin(header: Header): void {
    const extension = this.#extensions.open(header);
    const extended = extension ? header : this.#extensions.applyTo(header);
    this.#content = extension ?? this.#open(extended);
    this.#left = extended.size;
    this.#padding = (blockSize - (extended.size % blockSize)) % blockSize;
    if (this.#left === 0) this.#content.end();
  }
}

/** After its end, an archive may be padded with zeros; other bytes would be content that no sum covers. */
function takeZeros(bytes: Buffer): number {
  if (!isZero(bytes)) throw new ArchiveRefused('ends the archive, and bytes other than zeros follow');
  return bytes.length;
}

function isZero(bytes: Buffer): boolean {
  for (let at = 0; at < bytes.length; at++) if (bytes[at] !== 0) return false;
  return true;
}
