/**
 * The "pretty" JWS of Docker's libtrust: a JSON document into which `signatures` were spliced before its closing brace. The
 * protected header of each signature has the offset of the splice (`formatLength`) and the bytes that it replaced (`formatTail`), so
 * that the payload can be recovered byte for byte.
 */
import { isObject, type JsonObject, parseObject } from '../../content/json.ts';
import { readBase64Url } from './base64.ts';
import { unverified } from './refusal.ts';

/** One signature of a document. It covers `protected` and the payload, but not `header`. */
export interface EnvelopeSignature {
  /** Names the algorithm and the key. */
  readonly header: JsonObject;
  /** The protected header, encoded as in the document: these characters are signed. */
  readonly protected: string;
  readonly signature: Uint8Array;
}

/** The parts of a signed document. */
export interface Envelope {
  /** The bytes that were signed. */
  readonly payload: Uint8Array;
  /** At least one. */
  readonly signatures: readonly EnvelopeSignature[];
}

/** More than registries ever joined into one document. */
const maxSignatures = 16;

/** A bound on signatures × payload: each signature hashes the whole payload. This much takes tens of milliseconds. */
const maxSignedBytes = 8 * 1024 * 1024;

/** The limits of a protected header, which has three members. */
const protectedLimits = { depth: { most: 8 }, members: { most: 64 } };

/** Members that would change how a signature is verified. They are read from the unprotected header only, and so refused here. */
const notProtected = ['alg', 'jwk', 'x5c', 'crit', 'b64'] as const;

/**
 * Recovers the payload of a signed document from its bytes and the value of its `signatures`. Throws `MANIFEST_UNVERIFIED` if that
 * is not possible. Signatures are not verified.
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

/** The offset of the splice, and the end of the payload that was cut off there. */
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

/** A tail is a closing brace among blanks. Anything else in it would be signed although it is not in the document. */
const closing = /^[\t\n\r ]*\}[\t\n\r ]*$/;

const spliced = /^[\t\n\r ]*,[\t\n\r ]*"signatures"[\t\n\r ]*:/;

/** `signatures` must begin exactly at the splice: a parser of the document must find the same members as one of the payload. */
function checkSplice(document: Uint8Array, length: number): void {
  if (length >= document.length) throw unverified('"formatLength" lies beyond the document');
  const rest = Buffer.from(document.buffer, document.byteOffset + length, document.length - length);
  if (!spliced.test(rest.toString('latin1'))) throw unverified('"formatLength" is not where "signatures" begins');
}
