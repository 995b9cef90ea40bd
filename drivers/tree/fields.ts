/** Checks of JSON that was read from storage: nothing in it is used before it was checked. */
import { type Digest, type RepositoryName, readDigest, readRepositoryName } from '../../lib/driver.ts';

/** The fields of a JSON object, none of them checked yet. */
export type Fields = Readonly<Record<string, unknown>>;

/** Bytes in UTF-8 as text. */
export function decodeText(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString();
}

/** The fields of the JSON object in `bytes`; none if they are not JSON, or not an object. */
export function parseFields(bytes: Uint8Array): Fields {
  try {
    return fieldsOf(JSON.parse(decodeText(bytes)));
  } catch {
    // JSON.parse throws for malformed JSON only. The checks of the fields report it.
    return {};
  }
}

/** The fields of a value; none if it is not an object. */
export function fieldsOf(value: unknown): Fields {
  return isObject(value) ? { ...value } : {};
}

/** Whether a value is an object. */
export function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

/** Whether a value is text. */
export function isString(value: unknown): value is string {
  return typeof value === 'string';
}

/** Whether a value is a size, an offset or a count: a whole number from 0 on. */
export function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}

/** Whether a value is a digest. */
export function isDigest(value: unknown): value is Digest {
  return isString(value) && readDigest(value) !== undefined;
}

/** Whether a value is the name of a repository. */
export function isRepositoryName(value: unknown): value is RepositoryName {
  return isString(value) && readRepositoryName(value) !== undefined;
}

/** Whether an optional field is absent, or passes its check. */
export function isOptional<T>(value: unknown, check: (value: unknown) => value is T): value is T | undefined {
  return value === undefined || check(value);
}
