/** Parses the fields of a tar header. Text is a string with one character for each byte (`latin1`). */
import { ArchiveRefused } from './archive-refused.ts';

/** The text of a field: its bytes up to the first NUL. */
export function textField(bytes: Buffer): string {
  const end = bytes.indexOf(0);
  return bytes.toString('latin1', 0, end < 0 ? bytes.length : end);
}

/** The number of a field: octal digits between blanks or NULs, or base 256 if the top bit is set. An empty field is zero. */
export function numberField(bytes: Buffer, what: string): number {
  return ((bytes[0] ?? 0) & 0x80) === 0 ? octal(bytes, what) : binary(bytes, what);
}

/** The number of a field; throws if it is negative. */
export function countField(bytes: Buffer, what: string): number {
  const count = numberField(bytes, what);
  if (count < 0) throw new ArchiveRefused(`has a negative ${what}`);
  return count;
}

/** A field has twelve octal digits at most, so the number is exact. */
function octal(bytes: Buffer, what: string): number {
  let from = 0;
  let to = bytes.length;
  while (from < to && isBlank(bytes[from])) from++;
  while (from < to && isBlank(bytes[to - 1])) to--;
  let number = 0;
  for (let at = from; at < to && bytes[at] !== 0; at++) {
    const digit = (bytes[at] ?? 0) - 0x30;
    if (digit < 0 || digit > 7) throw new ArchiveRefused(`has a ${what} that is not an octal number`);
    number = number * 8 + digit;
  }
  return number;
}

function isBlank(byte: number | undefined): boolean {
  return byte === 0 || byte === 0x20;
}

/** Base 256: two's complement, whose top bit marks the encoding, so that the next bit is the sign. */
function binary(bytes: Buffer, what: string): number {
  const negative = ((bytes[0] ?? 0) & 0x40) !== 0;
  let magnitude = 0;
  for (const [place, byte] of bytes.entries()) {
    const digit = negative ? ~byte & 0xff : byte;
    magnitude = magnitude * 256 + (place === 0 ? digit & 0x7f : digit);
    if (magnitude > Number.MAX_SAFE_INTEGER) throw new ArchiveRefused(`has a ${what} that is too large`);
  }
  return negative ? -1 - magnitude : magnitude;
}
