/** The checksums by which stores and clients hold each other to the bytes of an object, in base64. */
import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';

/** The CRC-32 of the bytes. */
export function crc32Of(bytes: Uint8Array): string {
  const sum = Buffer.allocUnsafe(4);
  sum.writeUInt32BE(crc32(bytes));
  return sum.toString('base64');
}

const hashOf =
  (algorithm: string) =>
  (bytes: Uint8Array): string =>
    createHash(algorithm).update(bytes).digest('base64');

/** How the checksums are computed that a reply may tell, by the names of their headers. */
const computed: Readonly<Record<string, (bytes: Uint8Array) => string>> = {
  'content-md5': hashOf('md5'),
  'x-amz-checksum-crc32': crc32Of,
  'x-amz-checksum-sha1': hashOf('sha1'),
  'x-amz-checksum-sha256': hashOf('sha256'),
};
const isChecksum = (name: string): boolean =>
  name === 'content-md5' || (name.startsWith('x-amz-checksum-') && name !== 'x-amz-checksum-type');

/**
 * Whether the bytes have all checksums that the headers of a reply tell; false for one that is not computed here. That of an object of
 * several parts is none of its bytes.
 */
export const isIntact = (headers: Readonly<Record<string, string>>, bytes: Uint8Array): boolean =>
  Object.entries(headers).every(([name, told]) => !isChecksum(name) || told.includes('-') || computed[name]?.(bytes) === told);
