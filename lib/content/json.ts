/** Untrusted JSON: its depth and size are bounded before it is parsed, and a key that occurs twice is refused. */

/** A limit, and what it follows from, in words for clients: `limits.jsonDepth`. */
export interface JsonLimit {
  readonly most: number;
  readonly from?: string;
}

/** The limits of a JSON document. */
export interface JsonLimits {
  /** How many levels of arrays and objects may be nested. */
  readonly depth: JsonLimit;
  /** Roughly how many members, items, arrays and objects there may be in all: commas, `{` and `[` are counted. */
  readonly members: JsonLimit;
}

/** How many members one object may have: beyond, the time of JSON.parse grows faster than their number. */
const mostKeys = 32_768;

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

/** A member whose name is that of another but for case. */
export interface Lookalike {
  readonly given: string;
  /** The name that it is taken for. */
  readonly known: string;
}

/**
 * Finds the first member of an object whose name is one of `names` but for case; undefined where there is none. Parsers in wide use,
 * Go's `encoding/json` among them, take it for that one, so that it would be read by clients and not have been checked. Case is
 * folded as there, by Unicode: the long s is an s, and the Kelvin sign a k.
 */
export function lookalikeFinder(names: readonly string[]): (object: JsonObject) => Lookalike | undefined {
  const known = new Set(names);
  const folded = new RegExp(`^(?:${names.join('|')})$`, 'iu');
  return (object) => {
    const given = Object.keys(object).find((key) => !known.has(key) && folded.test(key));
    const is = (name: string): boolean => given !== undefined && new RegExp(`^${name}$`, 'iu').test(given);
    return given === undefined ? undefined : { given, known: names.find(is) ?? given };
  };
}

/** The words of the refusal of a lookalike, `where` it is: a path of members, or nothing for the document itself. */
export function lookalikeReason({ given, known }: Lookalike, where = ''): string {
  return `${where === '' ? 'it' : `"${where}"`} has "${given}", which parsers that ignore case take for "${known}"`;
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
  const { depth, members } = limits;
  const open: (Keys | undefined)[] = [];
  let count = 0;
  let keyFollows = false;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code > closeBrace || structural[code] === 0) continue;
    switch (code) {
      case quote: {
        const end = endOfString(text, at);
        if (keyFollows) open.at(-1)?.note(text.slice(at, end + 1));
        keyFollows = false;
        at = end;
        break;
      }
      case openBrace:
      case openBracket:
        keyFollows = code === openBrace;
        open.push(keyFollows ? new Keys() : undefined);
        if (open.length > depth.most) throw overLimit('it is nested', measure(text, limits).depth, 'levels deep', depth);
        count++;
        break;
      case closeBrace:
      case closeBracket:
        open.pop()?.end();
        keyFollows = false;
        break;
      case comma:
        count++;
        keyFollows = open.at(-1) !== undefined;
        break;
    }
    if (count > members.most) throw overLimit('it has', measure(text, limits).members, 'members', members);
  }
}

function overLimit(verb: string, found: number, what: string, { most, from }: JsonLimit): SyntaxError {
  const said = found > 2 * most ? `more than ${2 * most}` : found;
  return new SyntaxError(`${verb} ${said} ${what}; ${most} are allowed${from === undefined ? '' : ` (${from})`}`);
}

/**
 * The figures of a text that is over a limit, by which its refusal says how far. They are counted up to twice the limit, so that
 * refusing costs no more than taking.
 */
function measure(text: string, limits: JsonLimits): { readonly members: number; readonly depth: number } {
  let members = 0;
  let depth = 0;
  let levels = 0;
  for (let at = 0; at < text.length && members <= 2 * limits.members.most && depth <= 2 * limits.depth.most; at++) {
    const code = text.charCodeAt(at);
    if (code === quote) at = endOfString(text, at);
    else if (code === openBrace || code === openBracket) {
      members++;
      depth = Math.max(depth, ++levels);
    } else if (code === closeBrace || code === closeBracket) levels--;
    else if (code === comma) members++;
  }
  return { members, depth };
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

/** The keys of one object. Throws a SyntaxError for one that is there already. */
class Keys {
  readonly #known = new Set<string>();
  /** Keys with escapes: "a" and "\u0061" are the same. They are decoded all at once, which costs less than parsing each. */
  readonly #escaped: string[] = [];
  #count = 0;

  /** Adds a key, as it is written between its quotes. */
  note(quoted: string): void {
    if (++this.#count > mostKeys) throw new SyntaxError(`it has more than ${mostKeys} keys in one object`);
    if (quoted.includes('\\')) this.#escaped.push(quoted);
    else this.#add(quoted.slice(1, -1));
  }

  /** The object has ended. */
  end(): void {
    if (this.#escaped.length === 0) return;
    for (const key of JSON.parse(`[${this.#escaped.join()}]`) as string[]) this.#add(key);
  }

  #add(key: string): void {
    if (this.#known.has(key)) throw new SyntaxError(`it has the key ${JSON.stringify(key.slice(0, 255))} twice in one object`);
    this.#known.add(key);
  }
}
