/** Formats the answers of drivers as text, to compare and to print. */
import { createHash } from 'node:crypto';

/** Plain data as text, equal for equal data whatever the order of keys. Bytes are given as their number and their sha256. */
export function formatAnswer(value: unknown): string {
  if (value instanceof Uint8Array) return `${value.length} bytes (sha256:${createHash('sha256').update(value).digest('hex')})`;
  if (Array.isArray(value)) return `[${value.map(formatAnswer).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return typeof value === 'string' ? JSON.stringify(value) : String(value);
  const fields = Object.entries(value).filter(([, field]) => field !== undefined);
  fields.sort(([one], [other]) => (one < other ? -1 : 1));
  return `{ ${fields.map(([key, field]) => `${key}: ${formatAnswer(field)}`).join(', ')} }`;
}

/** The text with each digest cut to eight hex digits. */
export function shortenDigests(text: string): string {
  return text.replace(/(sha\d+:[0-9a-f]{8})[0-9a-f]+/g, '$1…');
}
