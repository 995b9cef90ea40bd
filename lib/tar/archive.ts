/** A streaming reader of tar: it takes pieces of any size, and buffers less than a block and the extended headers. */
import { ArchiveRefused } from './archive-refused.ts';
import { type Content, createExtensions, type Extensions } from './extensions.ts';
import { blockSize, type Header, readHeader } from './header.ts';

/** Reads one archive. Throws {@link ArchiveRefused} if it is malformed; the reader must not be used afterwards. */
export class ArchiveReader {
  readonly #open: (header: Header) => Content;
  readonly #extensions: Extensions = createExtensions();
  /** The buffered beginning of an incomplete block. */
  readonly #block = Buffer.alloc(blockSize);
  #filled = 0;
  /** The consumer of the current content, and how many bytes of content and of padding are still to come. */
  #content: Content | undefined;
  #left = 0;
  #padding = 0;
  /** How many blocks of zeros were read; two end the archive. */
  #zeros = 0;
  #taken = 0;
  #headerAt = 0;

  /** `open` is called with the header of each entry and gives the consumer of its content. */
  constructor(open: (header: Header) => Content) {
    this.#open = open;
  }

  /** The offset of the current header block, in bytes. */
  get headerAt(): number {
    return this.#headerAt;
  }

  /** Reads more bytes of the archive. */
  update(bytes: Uint8Array): void {
    let rest = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    while (rest.length > 0) {
      const taken = this.#take(rest);
      this.#taken += taken;
      if (taken === rest.length) return;
      rest = rest.subarray(taken);
    }
  }

  /** Throws unless the archive may end here: after two blocks of zeros, or between two entries. */
  checkEnd(): void {
    if (this.#left > 0) throw new ArchiveRefused(`is cut off: ${this.#left} bytes of its content are missing`);
    if (this.#filled > 0 || this.#padding > 0) throw new ArchiveRefused('is cut off: the archive ends within a block');
    if (this.#extensions.pending) throw new ArchiveRefused('is an extended header, and the archive ends without its entry');
  }

  /** Consumes at least one byte from the front; gives how many. */
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

/** After its end an archive may only be padded with zeros: other bytes would be content that no sum covers. */
function takeZeros(bytes: Buffer): number {
  if (!isZero(bytes)) throw new ArchiveRefused('ends the archive, and bytes other than zeros follow');
  return bytes.length;
}

function isZero(bytes: Buffer): boolean {
  for (let at = 0; at < bytes.length; at++) if (bytes[at] !== 0) return false;
  return true;
}
