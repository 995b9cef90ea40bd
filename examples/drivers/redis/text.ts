/** Text that comes back from the server. */
import { StorageFault } from 'stowage';

/** The value that was stored as this text. */
export function read<T>(format: (text: string) => T | undefined, text: Buffer): T {
  const value = format(text.toString());
  if (value === undefined) throw new StorageFault('broken', `"${text}" is at the server, and no driver has written that`);
  return value;
}
