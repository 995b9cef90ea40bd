/** Blocks of memory that bodies are read into and written from, and that are used again: no piece is allocated, or zeroed by the system. */

/** Blocks of one size. */
export interface Blocks {
  take(): Uint8Array;
  /** For a block that nothing reads from or writes to any longer. */
  giveBack(block: Uint8Array): void;
}

/** Blocks of `size` bytes; of those that were given back, at most `mostIdle` are kept. */
export function createBlocks(size: number, mostIdle: number): Blocks {
  const idle: Uint8Array[] = [];
  return {
    take: () => idle.pop() ?? Buffer.allocUnsafeSlow(size),
    giveBack: (block) => {
      if (idle.length < mostIdle) idle.push(block);
    },
  };
}
