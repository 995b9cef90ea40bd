/** The memory that bytes wait in until they are a part of something: so much in all, whatever the number of uploads. */

/** Memory for the bytes of one part. */
export interface PartBuffer {
  readonly bytes: Buffer;
  /** Gives the memory back. To be called once. */
  release(): void;
}

/** Memory for parts, which has to be waited for while all of it is used. */
export interface PartBuffers {
  take(): Promise<PartBuffer>;
}

/** As many buffers of `partSize` bytes as fit into `total` bytes, and one at least. They are made when they are needed. */
export function partBuffers(partSize: number, total: number): PartBuffers {
  let made = 0;
  const most = Math.max(1, Math.floor(total / partSize));
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
  const fresh = (): Buffer => {
    made++;
    return Buffer.allocUnsafeSlow(partSize);
  };

  return {
    take: async () => {
      const bytes = idle.pop() ?? (made < most ? fresh() : undefined);
      return lend(bytes ?? (await new Promise<Buffer>((resolve) => waiting.push(resolve))));
    },
  };
}
