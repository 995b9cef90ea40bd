/** Untrusted JSON: its depth and size are bounded before it is parsed, and a key that occurs twice is refused. */

/** The limits of a JSON document. */
export interface JsonLimits {
  /** How many levels of arrays and objects may be nested. */
  readonly depth: number;
  /** Roughly how many members, items, arrays and objects there may be in all: commas, `{` and `[` are counted. */
  readonly width: number;
}

/** The width limit of manifests: enough for a few thousand descriptors, and parsed within 50 ms. */
export const manifestMembers = 40_000;

/**
 * Parses UTF-8 JSON. Throws a SyntaxError, whose message may be shown to clients, if it is malformed, exceeds a limit, or has a key
 * twice in one object: JSON.parse keeps the last value and other parsers the first, so the document would have two meanings.
 */
export function parseJson(bytes: Uint8Array, limits: JsonLimits): unknown {
  const text = decodeUtf8(bytes);
  scan(text, limits);
  return JSON.parse(text);
}

/** A JSON object, as it was parsed. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** Whether a JSON value is an object: not a list, not null. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Parses a JSON object within `limits`. Throws the error that `refuse` makes of the reason if it is not one. */
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

function decodeUtf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw new SyntaxError('it is not UTF-8', { cause });
  }
}

const quote = 0x22;
const comma = 0x2c;
const openBracket = 0x5b;
const backslash = 0x5c;
const closeBracket = 0x5d;
const openBrace = 0x7b;
const closeBrace = 0x7d;

/** Marks the structural characters. All others, up to four million, cost one look-up each. */
const structural = new Uint8Array(closeBrace + 1);
for (const code of [quote, comma, openBracket, closeBracket, openBrace, closeBrace]) structural[code] = 1;

/**
 * Checks the limits and the keys, and leaves the grammar to JSON.parse. It runs before JSON.parse, which takes most of a second for
 * millions of nested levels.
 */
function scan(text: string, limits: JsonLimits): void {
  const open: (Set<string> | undefined)[] = [];
  let width = 0;
  let keyFollows = false;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code > closeBrace || structural[code] === 0) continue;
    switch (code) {
      case quote: {
        const end = endOfString(text, at);
        if (keyFollows) noteKey(open.at(-1), text.slice(at, end + 1));
        keyFollows = false;
        at = end;
        break;
      }
      case openBrace:
      case openBracket:
        keyFollows = code === openBrace;
        open.push(keyFollows ? new Set() : undefined);
        if (open.length > limits.depth) throw new SyntaxError(`it is nested more than ${limits.depth} levels deep`);
        width++;
        break;
      case closeBrace:
      case closeBracket:
        open.pop();
        keyFollows = false;
        break;
      case comma:
        width++;
        keyFollows = open.at(-1) !== undefined;
        break;
    }
    if (width > limits.width) throw new SyntaxError(`it has more than ${limits.width} members`);
  }
}

/** The index of the quote that ends the string at `start`; the length of the text if none does. */
function endOfString(text: string, start: number): number {
  // Not indexOf('"'): it would be called again for each of a million escaped quotes.
  for (let at = start + 1; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === quote) return at;
    if (code === backslash) at++;
  }
  return text.length;
}

function noteKey(keys: Set<string> | undefined, quoted: string): void {
  // Escapes are decoded first: "a" and "\u0061" are the same key.
  const key = quoted.includes('\\') ? String(JSON.parse(quoted)) : quoted.slice(1, -1);
  if (keys?.has(key)) throw new SyntaxError(`it has the key ${JSON.stringify(key.slice(0, 255))} twice in one object`);
  keys?.add(key);
}
