/** Ranges of a blob: RFC 9110, section 14; loaded when the first is asked for. */
import { bodies } from '../api/bodies.ts';
import { excerpt } from '../api/errors.ts';
import type { ByteRange, Digest } from '../api/formats.ts';
import type { Call } from '../call.ts';
import { resolveRanges } from '../content/range.ts';
import type { Blob } from '../driver.ts';
import { type OpenBytes, opened, unknown } from './blobs.ts';

/** Serves the ranges that are asked for; undefined where they are none that can be served, and the whole blob is to be. */
export async function getRanges<H extends object>(call: Call<'getBlob'>, digest: Digest, blob: Blob, asked: string, headers: H) {
  const ranges = resolveRanges(asked, blob.size);
  if (!ranges) return undefined;
  const [range, second] = ranges;
  if (!range) {
    // It was looked up to be read, which would have found that its bytes are gone: look for them.
    if (!(await call.driver.blobs.get(call.path.name, digest))) throw unknown(call);
    throw rangeOutside(call, blob, asked);
  }
  if (second) return { status: 206, form: 'several parts', headers, body: await partsOf(call, digest, blob, ranges) } as const;
  const body = {
    mediaType: bodies.blob.mediaTypes[0],
    size: range.last - range.first + 1,
    open: () => opened(call, blob, range),
  };
  return { status: 206, headers: { ...headers, 'Content-Range': { range, size: blob.size } }, body } as const;
}

/** Several parts in one body, whose form is loaded when it is first asked for. The first is opened before the reply begins, the others when it is their turn. */
async function partsOf(call: Call<'getBlob'>, digest: Digest, blob: Blob, ranges: readonly ByteRange[]) {
  const { layOutByteRanges } = await import('../content/byteranges.ts');
  const { mediaType, size, parts, end } = layOutByteRanges(ranges, digest, blob.size, bodies.blob.mediaTypes[0]);
  async function* read(first: OpenBytes): AsyncGenerator<Uint8Array> {
    for (const [index, { head, range }] of parts.entries()) {
      yield* following(head, index === 0 ? first : await opened(call, blob, range));
    }
    yield end;
  }
  return { mediaType, size, open: async () => read(await opened(call, blob, parts[0]?.range)) };
}

/** A head, then bytes. These are read from the start, so that they are closed if nothing more is taken after the head. */
async function* following(head: Uint8Array, bytes: OpenBytes): AsyncGenerator<Uint8Array> {
  let isFirst = true;
  for await (const piece of ArrayBuffer.isView(bytes) ? [bytes] : bytes) {
    if (isFirst) yield head;
    isFirst = false;
    yield piece;
  }
}

const rangeOutside = ({ error }: Call<'getBlob'>, { size }: Blob, asked: string) =>
  error('SIZE_INVALID', {
    status: 416,
    headers: { 'Content-Range': { size } },
    message: `the range names no byte of the blob, which has ${size} bytes`,
    detail: { reason: 'range-outside', size, given: excerpt(asked) },
  });
