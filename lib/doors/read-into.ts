/** Reading from a driver into memory of the library's. */
import { type ByteReader, StorageFault } from '../driver.ts';

/** Reads into a buffer, and gives how many bytes that were; 0 at the end. Throws a {@link StorageFault} if the driver says what cannot be. */
export async function readInto(reader: ByteReader, buffer: Uint8Array): Promise<number> {
  const count = await reader.read(buffer);
  if (Number.isInteger(count) && count >= 0 && count <= buffer.length) return count;
  throw new StorageFault('broken', `a reader says that it has put ${count} bytes into a buffer of ${buffer.length}`);
}
