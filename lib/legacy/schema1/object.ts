/** JSON objects whose members nobody has looked at yet. */
import { type JsonLimits, parseJson } from '../../json.ts';

/** A JSON object, as it was parsed. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** Whether a JSON value is an object, and neither a list nor null. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Parses a JSON object within `limits`; throws what `refuse` makes of the reason if it cannot be read as one. */
export function parseObject(bytes: Uint8Array, limits: JsonLimits, refuse: (reason: string) => Error): JsonObject {
  const value = parsed(bytes, limits, refuse);
  if (!isObject(value)) throw refuse('it must be a JSON object');
  return value;
}

function parsed(bytes: Uint8Array, limits: JsonLimits, refuse: (reason: string) => Error): unknown {
  try {
    return parseJson(bytes, limits);
  } catch (error) {
    if (error instanceof SyntaxError) throw refuse(`it cannot be read as JSON: ${error.message}`);
    throw error;
  }
}
