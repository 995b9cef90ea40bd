/** A pool of buffers for parts: it bounds the memory of all uploads together, whatever their number. */

/** A buffer for the bytes of one part. */
export interface PartBuffer {
  readonly bytes: Buffer;
  /** Returns the buffer to the pool. Call it once. */
  release(): void;
}

/** A pool of buffers of one size. */
export interface BufferPool {
  /** Takes a buffer. While all of them are in use, it waits for one, in order of the calls. */
  take(): Promise<PartBuffer>;
}

/** A pool of as many buffers of `partSize` bytes as fit into `total` bytes, at least one. Each is allocated on first use. */
export function createBufferPool(partSize: number, total: number): BufferPool {
  let allocated = 0;
  const limit = Math.max(1, Math.floor(total / partSize));
  const idle: Buffer[] = [];
  const waiting: ((bytes: Buffer) => void)[] = [];

  const lend = (bytes: Buffer): PartBuffer => ({
    bytes,
    release: () => {
      const next = waiting.shift();
      if (next) next(bytes);
      else idle.push(bytes);
    },
  });
  const allocate = (): Buffer => {
    allocated++;
    return Buffer.allocUnsafeSlow(partSize);
  };

  return {
    take: async () => {
      const bytes = idle.pop() ?? (allocated < limit ? allocate() : undefined);
      return lend(bytes ?? (await new Promise<Buffer>((resolve) => waiting.push(resolve))));
    },
  };
}
