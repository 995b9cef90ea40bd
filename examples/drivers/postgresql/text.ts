/** Text that comes back from the database. */
import { StorageFault } from 'stowage';

/** The value that was stored as this text. */
export function read<T>(format: (text: string) => T | undefined, text: string): T {
  const value = format(text);
  if (value === undefined) throw new StorageFault('broken', `"${text}" is in the database, and no driver has written that`);
  return value;
}
