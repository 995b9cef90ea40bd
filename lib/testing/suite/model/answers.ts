/** What drivers answer, as text: to be compared, and to be read. */
import { createHash } from 'node:crypto';

/** Plain data as text: the same for equal data, whatever the order of its keys. Of bytes, their number and their digest. */
export function textOf(value: unknown): string {
  if (value instanceof Uint8Array) return `${value.length} bytes (sha256:${createHash('sha256').update(value).digest('hex')})`;
  if (Array.isArray(value)) return `[${value.map(textOf).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return typeof value === 'string' ? JSON.stringify(value) : String(value);
  const fields = Object.entries(value).filter(([, field]) => field !== undefined);
  fields.sort(([one], [other]) => (one < other ? -1 : 1));
  return `{ ${fields.map(([key, field]) => `${key}: ${textOf(field)}`).join(', ')} }`;
}

/** The text with digests as short as they can be told apart. */
export function shortened(text: string): string {
  return text.replace(/(sha\d+:[0-9a-f]{8})[0-9a-f]+/g, '$1…');
}
