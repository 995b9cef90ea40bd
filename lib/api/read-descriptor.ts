/** Descriptors as storages keep them: JSON, of which nothing is used before it was checked. */
import type { Descriptor } from './bodies.ts';
import { readDigest } from './formats.ts';

/**
 * Reads a descriptor from its JSON, as JSON.stringify gave it; undefined if the text is none. The digest is one of an algorithm that
 * is served, the size a whole number from 0 to 2^53 - 1, annotations are text; other members are left out.
 *
 * @example
 * import { readDescriptor } from 'stowage';
 *
 * const digest = 'sha256:' + '0'.repeat(64);
 * readDescriptor(JSON.stringify({ mediaType: 'text/plain', digest, size: 3 }))?.size; // => 3
 * readDescriptor(JSON.stringify({ mediaType: 'text/plain', digest, size: -3 })); // => undefined
 * readDescriptor('no JSON'); // => undefined
 */
export function readDescriptor(text: string): Descriptor | undefined {
  const value = parse(text);
  if (!isObject(value)) return undefined;
  const { mediaType, size, artifactType, annotations } = value;
  const digest = isString(value.digest) ? readDigest(value.digest) : undefined;
  if (!isString(mediaType) || digest === undefined || !isSize(size)) return undefined;
  if (artifactType !== undefined && !isString(artifactType)) return undefined;
  if (annotations !== undefined && !isAnnotations(annotations)) return undefined;
  return { mediaType, digest, size, ...(artifactType !== undefined && { artifactType }), ...(annotations && { annotations }) };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // JSON.parse throws for malformed JSON only.
    return undefined;
  }
}

const isString = (value: unknown): value is string => typeof value === 'string';

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isSize = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) >= 0;

const isAnnotations = (value: unknown): value is Readonly<Record<string, string>> =>
  isObject(value) && Object.values(value).every(isString);
