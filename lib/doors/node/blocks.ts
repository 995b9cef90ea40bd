/**
 * Blocks of memory that bodies are read into and written from, and that are used again: no piece is allocated, or zeroed by the system.
 * Each read costs a hop between threads, whatever it brings, so blocks for fast clients are large. But a client that stops reading holds its
 * blocks for as long as it may: large ones are few, and whoever comes later has to do with small ones.
 */

/** A block in use, until one of the two is called. */
export interface Block {
  readonly bytes: Uint8Array;
  /** Nothing reads from it or writes to it any longer: it is used again. */
  giveBack(): void;
  /** Something may still do so: it is left to the garbage collector. */
  giveUp(): void;
}

/** Blocks of `size` bytes, of which `mostIdle` are kept. */
class Blocks {
  inUse = 0;
  #idle: Uint8Array[] = [];

  constructor(
    private readonly size: number,
    readonly mostIdle: number,
  ) {}

  take(): Block {
    this.inUse++;
    const bytes = this.#idle.pop() ?? Buffer.allocUnsafeSlow(this.size);
    let isInUse = true;
    const end = (isIdle: boolean): void => {
      if (!isInUse) return;
      isInUse = false;
      this.inUse--;
      if (isIdle && this.#idle.length < this.mostIdle) this.#idle.push(bytes);
    };
    return { bytes, giveBack: () => end(true), giveUp: () => end(false) };
  }
}

const huge = new Blocks(2 * 1024 * 1024, 4);
const large = new Blocks(1024 * 1024, 32);
const small = new Blocks(256 * 1024, 64);

/** A small block. */
export const takeSmallBlock = (): Block => small.take();

/** The largest block that can be had: of large ones, no more are in use than are kept. */
export function takeLargeBlock(): Block {
  if (huge.inUse < huge.mostIdle) return huge.take();
  return large.inUse < large.mostIdle ? large.take() : small.take();
}
