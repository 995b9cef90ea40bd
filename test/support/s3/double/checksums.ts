/** The checksums that S3 verifies and keeps, and what it makes of them for an object of several parts. */
import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { S3Error } from './errors.ts';

/** The algorithms that the double knows, and how each is computed. */
const algorithms = {
  CRC32: (bytes: Uint8Array) => unsigned32(crc32(bytes)),
  SHA1: (bytes: Uint8Array) => createHash('sha1').update(bytes).digest(),
  SHA256: (bytes: Uint8Array) => createHash('sha256').update(bytes).digest(),
};

export type Algorithm = keyof typeof algorithms;

/** A checksum as S3 shows it: base64, with `-N` behind it where it is one of the checksums of N parts. */
export interface Checksum {
  readonly algorithm: Algorithm;
  readonly value: string;
}

function unsigned32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

/** An algorithm by its name in a header, whatever its case. */
export function algorithmNamed(name: string): Algorithm {
  const known = (Object.keys(algorithms) as Algorithm[]).find((algorithm) => algorithm === name.toUpperCase());
  if (known === undefined)
    throw new S3Error('NotImplemented', `The checksum algorithm ${name} is not implemented by this double.`);
  return known;
}

/** The checksum of one body. */
export function checksumOf(algorithm: Algorithm, bytes: Uint8Array): Checksum {
  return { algorithm, value: algorithms[algorithm](bytes).toString('base64') };
}

/** The header that carries a checksum. */
export function checksumHeader(algorithm: Algorithm): string {
  return `x-amz-checksum-${algorithm.toLowerCase()}`;
}

/** The composite checksum of an object of several parts. */
export function compositeChecksum(algorithm: Algorithm, parts: readonly Checksum[]): Checksum {
  const all = Buffer.concat(parts.map(({ value }) => Buffer.from(value, 'base64')));
  return { algorithm, value: `${checksumOf(algorithm, all).value}-${parts.length}` };
}

/** Refuses bytes that do not have the checksum that was sent with them. */
export function verifyChecksum(sent: Checksum, bytes: Uint8Array): void {
  const actual = checksumOf(sent.algorithm, bytes);
  const { length } = Buffer.from(actual.value, 'base64');
  const decoded = Buffer.from(sent.value, 'base64');
  if (decoded.length !== length || decoded.toString('base64') !== sent.value) {
    throw new S3Error('InvalidRequest', `Value for ${checksumHeader(sent.algorithm)} header is invalid.`);
  }
  if (actual.value !== sent.value) {
    throw new S3Error('BadDigest', `The ${sent.algorithm} you specified did not match the calculated checksum.`);
  }
}

/** MD5 in the form that an ETag has. */
export function md5(bytes: Uint8Array): string {
  return createHash('md5').update(bytes).digest('hex');
}
