/** Several parts of a content in one body, `multipart/byteranges`: RFC 9110, section 14.6. */
import { type ByteRange, type Digest, formats, hexOf } from '../api/formats.ts';

/** What such a body consists of. */
export interface ByteRanges {
  /** With the boundary. */
  readonly mediaType: string;
  /** Of the whole body, in bytes. */
  readonly size: number;
  /** What stands before each of the parts, in their order. */
  readonly parts: readonly { readonly head: Uint8Array; readonly range: ByteRange }[];
  /** What stands behind the last one. */
  readonly end: Uint8Array;
}

/** The longest boundary that RFC 2046 allows has 70 characters. */
const boundaryLength = 64;

/** Lays out the body for ranges of a content of `size` bytes that has this digest. */
export function layOutByteRanges(ranges: readonly ByteRange[], digest: Digest, size: number, mediaType: string): ByteRanges {
  // No content holds its own digest, so the boundary occurs in no part; and the same request has the same reply.
  const boundary = hexOf(digest).slice(0, boundaryLength);
  const parts = ranges.map((range, index) => {
    const contentRange = formats.contentRange.write({ range, size });
    const lines = [`--${boundary}`, `Content-Type: ${mediaType}`, `Content-Range: ${contentRange}`, '', ''];
    return { range, head: Buffer.from((index > 0 ? '\r\n' : '') + lines.join('\r\n')) };
  });
  const end = Buffer.from(`\r\n--${boundary}--\r\n`);
  const lengths = parts.map(({ head, range }) => head.length + range.last - range.first + 1);
  return {
    mediaType: `multipart/byteranges; boundary=${boundary}`,
    size: lengths.reduce((sum, length) => sum + length, end.length),
    parts,
    end,
  };
}
