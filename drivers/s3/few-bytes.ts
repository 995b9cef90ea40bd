/** Bytes that are too few for a buffer of the pool: they take about as much memory as they are. */

const smallestCapacity = 4096;

/** A growing buffer for at most `most` bytes. */
export class FewBytes {
  readonly #most: number;
  #bytes = Buffer.alloc(0);
  #length = 0;

  constructor(most: number) {
    this.#most = most;
  }

  /** How many bytes are kept. */
  get length(): number {
    return this.#length;
  }

  /** Whether there is room for so many more. */
  hasRoomFor(count: number): boolean {
    return this.#length + count <= this.#most;
  }

  /** Keeps a copy of the bytes, for which there has to be room. */
  add(bytes: Uint8Array): void {
    const length = this.#length + bytes.length;
    if (length > this.#bytes.length) {
      const larger = Buffer.allocUnsafeSlow(Math.min(this.#most, Math.max(smallestCapacity, 2 * length)));
      larger.set(this.#bytes.subarray(0, this.#length));
      this.#bytes = larger;
    }
    this.#bytes.set(bytes, this.#length);
    this.#length = length;
  }

  /** Hands over what was kept, and keeps nothing any more. */
  take(): Buffer {
    const taken = this.#bytes.subarray(0, this.#length);
    this.#bytes = Buffer.alloc(0);
    this.#length = 0;
    return taken;
  }
}
