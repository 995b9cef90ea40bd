/** The identifiers that libtrust gives to keys. */
import type { KeyObject } from 'node:crypto';
import { createHash } from 'node:crypto';

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** The identifier of a public key: 240 bits of the SHA-256 of its DER form, in base32, in twelve groups of four. */
export function keyIdOf(key: KeyObject): string {
  const form = key.export({ type: 'spki', format: 'der' });
  const text = base32(createHash('sha256').update(form).digest().subarray(0, 30));
  return (text.match(/.{4}/g) ?? []).join(':');
}

/** RFC 4648 section 6, for as many bytes as need no padding. */
function base32(bytes: Uint8Array): string {
  const bits = Array.from(bytes, (byte) => byte.toString(2).padStart(8, '0')).join('');
  return (bits.match(/.{5}/g) ?? []).map((five) => alphabet.charAt(Number.parseInt(five, 2))).join('');
}
