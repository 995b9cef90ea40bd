/**
 * The "pretty" JWS of Docker's libtrust: a JSON document into which `signatures` were spliced before its closing brace.
 * Each signature says in its protected header where to cut the document and what stood there, so that the payload comes
 * back byte for byte.
 */

import { isObject, type JsonObject, parseObject } from '../../content/json.ts';
import { readBase64Url } from './base64.ts';
import { unverified } from './refusal.ts';

/** One signature, as the document holds it. Only `protected` is covered by it, beside the payload. */
export interface EnvelopeSignature {
  /** Says the algorithm and the key. */
  readonly header: JsonObject;
  /** The protected header, encoded, as it was found: so it was signed. */
  readonly protected: string;
  readonly signature: Uint8Array;
}

/** What a signed document holds. */
export interface Envelope {
  readonly payload: Uint8Array;
  /** At least one. */
  readonly signatures: readonly EnvelopeSignature[];
}

/** More than registries ever joined to one document. */
const maxSignatures = 16;

/** Each signature is checked over the whole payload; to hash this much takes tens of milliseconds. */
const maxSignedBytes = 8 * 1024 * 1024;

/** A protected header has three members. */
const protectedLimits = { depth: 8, width: 64 };

/** What would change how a signature is read, and may stand only in the open header, or nowhere. */
const notProtected = ['alg', 'jwk', 'x5c', 'crit', 'b64'] as const;

/**
 * Takes a signed document apart, given its bytes and the value of its `signatures`. Throws `MANIFEST_UNVERIFIED` if
 * that cannot be done. Nothing is verified yet.
 */
export function openEnvelope(document: Uint8Array, value: unknown): Envelope {
  const signatures = readSignatures(value);
  const cuts = signatures.map((signature, index) => readCut(signature.protected, `signatures[${index}].protected`));
  const [cut] = cuts;
  if (cut === undefined) throw unverified('"signatures" is empty');
  if (!cuts.every(({ length, tail }) => length === cut.length && tail.equals(cut.tail))) {
    throw unverified('the signatures do not agree on "formatLength" and "formatTail"');
  }
  if (signatures.length > 1 && signatures.length * cut.length > maxSignedBytes) {
    throw unverified(`it has ${signatures.length} signatures, too many for a payload of ${cut.length} bytes`);
  }
  checkSplice(document, cut.length);
  return { payload: Buffer.concat([document.subarray(0, cut.length), cut.tail]), signatures };
}

function readSignatures(value: unknown): EnvelopeSignature[] {
  if (!Array.isArray(value)) throw unverified('"signatures" must be a list');
  if (value.length > maxSignatures) throw unverified(`it has ${value.length} signatures; ${maxSignatures} are allowed`);
  return value.map((entry: unknown, index) => readSignature(entry, `signatures[${index}]`));
}

function readSignature(value: unknown, where: string): EnvelopeSignature {
  if (!isObject(value)) throw unverified(`"${where}" must be an object`);
  const { header, protected: protectedHeader } = value;
  if (!isObject(header)) throw unverified(`"${where}.header" must be an object`);
  if (typeof protectedHeader !== 'string') throw unverified(`"${where}.protected" must be text`);
  const signature = readBase64Url(value.signature);
  if (signature === undefined) throw unverified(`"${where}.signature" is not base64url`);
  return { header, protected: protectedHeader, signature };
}

/** Where the payload was cut, and how it ended. */
interface Cut {
  readonly length: number;
  readonly tail: Buffer;
}

function readCut(encoded: string, where: string): Cut {
  const bytes = readBase64Url(encoded);
  if (bytes === undefined) throw unverified(`"${where}" is not base64url`);
  const header = parseObject(bytes, protectedLimits, (reason) => unverified(`"${where}": ${reason}`));
  const misplaced = notProtected.find((name) => Object.hasOwn(header, name));
  if (misplaced !== undefined) throw unverified(`"${where}" must not have "${misplaced}"`);
  const { formatLength: length, formatTail } = header;
  if (typeof length !== 'number' || !Number.isSafeInteger(length) || length <= 0) {
    throw unverified(`"${where}" has no valid "formatLength"`);
  }
  const tail = readBase64Url(formatTail);
  if (tail === undefined || !closing.test(tail.toString('latin1'))) throw unverified(`"${where}" has no valid "formatTail"`);
  return { length, tail };
}

/** A closing brace among blanks: anything else in a tail would be signed, but not be in the document. */
const closing = /^[\t\n\r ]*\}[\t\n\r ]*$/;

const spliced = /^[\t\n\r ]*,[\t\n\r ]*"signatures"[\t\n\r ]*:/;

/** Whoever reads the whole document must read the same members as whoever reads the payload. */
function checkSplice(document: Uint8Array, length: number): void {
  if (length >= document.length) throw unverified('"formatLength" lies beyond the document');
  const rest = Buffer.from(document.buffer, document.byteOffset + length, document.length - length);
  if (!spliced.test(rest.toString('latin1'))) throw unverified('"formatLength" is not where "signatures" begins');
}
