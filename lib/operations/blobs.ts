import { bodies } from '../api/bodies.ts';
import { excerpt } from '../api/errors.ts';
import { type ByteRange, type Digest, formats } from '../api/formats.ts';
import type { Call, Handler } from '../call.ts';
import { resolveRanges } from '../content/range.ts';
import type { Blob, ByteStream } from '../driver.ts';
import { forgetTarsums, resolveDigest } from './shared/blob-names.ts';
import { contentHeaders, isNotModified } from './shared/content-headers.ts';

/** Serves a blob or a part of it: distribution specification, "Pulling blobs". */
export const getBlob: Handler<'getBlob'> = async (call) => {
  const { name } = call.path;
  const digest = await resolveDigest(call, name, call.path.digest);
  const notModified = digest !== undefined && isNotModified(call.headers, digest);
  const blob = digest && (await call.driver.blobs.get(name, digest, { thenRead: !call.head && !notModified }));
  if (!blob) throw unknown(call);
  // Under a tarsum, caches must ask again: it may name another blob once this one is deleted.
  const headers = contentHeaders(digest, digest === call.path.digest ? 'digest' : 'name', call.settings);
  if (notModified) return { status: 304, headers };
  const Location = call.head ? undefined : await blob.url?.();
  if (Location !== undefined) return { status: 307, headers: { Location, 'Docker-Content-Digest': digest } };
  const ranges = rangesOf(call, digest, blob);
  // What is added stands before the spread: V8 makes a new map where properties follow it.
  const ranged = { 'Accept-Ranges': 'bytes', ...headers };
  if (!ranges) return { status: 200, headers: ranged, body: contentOf(call, digest, blob) };
  const [range, second] = ranges;
  if (!range) {
    // It was looked up to be read, which would have found that its bytes are gone: look for them.
    if (!(await call.driver.blobs.get(name, digest))) throw unknown(call);
    throw rangeOutside(call, blob);
  }
  if (second) return { status: 206, form: 'several parts', headers: ranged, body: await partsOf(call, digest, blob, ranges) };
  return {
    status: 206,
    headers: { ...ranged, 'Content-Range': { range, size: blob.size } },
    body: contentOf(call, digest, blob, range),
  };
};

/** Deletes a blob from one repository: distribution specification, "Deleting Blobs". */
export const deleteBlob: Handler<'deleteBlob'> = async (call) => {
  const { name } = call.path;
  const digest = await resolveDigest(call, name, call.path.digest);
  const deleted = digest && (await call.driver.blobs.delete(name, digest, call.signal));
  // Afterwards, since a tarsum whose blob is gone is unknown, and a blob that stays should keep its tarsum. Repeated even where the
  // blob is gone, after a failure between the two.
  if (digest) await forgetTarsums(call, name, digest);
  if (!deleted) throw unknown(call);
  return { status: 202 };
};

/** The ranges to send; undefined on HEAD or where `If-Range` names other content: RFC 9110 sections 14.2 and 13.1.5. */
function rangesOf({ head, headers }: Call<'getBlob'>, digest: Digest, blob: Blob): readonly ByteRange[] | undefined {
  const condition = headers['If-Range'];
  const applies = condition === undefined || condition === formats.entityTag.write(digest);
  return head || !applies || headers.Range === undefined ? undefined : resolveRanges(headers.Range, blob.size);
}

function contentOf(call: Call<'getBlob'>, digest: Digest, blob: Blob, range?: ByteRange) {
  const isChecked = range === undefined && call.settings.verifyReads === 'always';
  return {
    mediaType: bodies.blob.mediaTypes[0],
    size: range ? range.last - range.first + 1 : blob.size,
    open: () => (isChecked ? openedVerified(call, digest, blob) : opened(call, blob, range)),
  };
}

async function openedVerified(call: Call<'getBlob'>, digest: Digest, blob: Blob): Promise<OpenBytes> {
  const { verifiedBlob } = await import('./shared/verified-reads.ts');
  return verifiedBlob(call, digest, blob.size, await opened(call, blob, undefined));
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

type OpenBytes = Uint8Array | ByteStream;

/** A head, then bytes. These are read from the start, so that they are closed if nothing more is taken after the head. */
async function* following(head: Uint8Array, bytes: OpenBytes): AsyncGenerator<Uint8Array> {
  let isFirst = true;
  for await (const piece of ArrayBuffer.isView(bytes) ? [bytes] : bytes) {
    if (isFirst) yield head;
    isFirst = false;
    yield piece;
  }
}

async function opened(call: Call<'getBlob'>, blob: Blob, range: ByteRange | undefined): Promise<OpenBytes> {
  const bytes = await blob.open(range);
  if (!bytes) throw deletedMeanwhile(call);
  return bytes;
}

const unknown = ({ path: { name, digest }, error }: Pick<Call<'getBlob'>, 'path' | 'error'>) =>
  error('BLOB_UNKNOWN', { message: `the repository ${name} does not hold the blob ${digest}`, detail: { digest } });

const rangeOutside = ({ headers, error }: Call<'getBlob'>, { size }: Blob) =>
  error('SIZE_INVALID', {
    status: 416,
    headers: { 'Content-Range': { size } },
    message: `the range names no byte of the blob, which has ${size} bytes`,
    detail: { reason: 'range-outside', size, given: excerpt(headers.Range ?? '') },
  });

const deletedMeanwhile = ({ path: { digest }, error }: Call<'getBlob'>) =>
  error('BLOB_UNKNOWN', { message: `the blob ${digest} was deleted during this request`, detail: { digest } });
