import { bodies } from '../api/bodies.ts';
import { excerpt } from '../api/errors.ts';
import { type ByteRange, type Digest, formats } from '../api/formats.ts';
import type { Call, Handler } from '../call.ts';
import { resolveRange } from '../content/range.ts';
import type { Blob } from '../driver.ts';
import { resolveDigest, unlinkName } from './shared/blob-names.ts';
import { contentHeaders, isNotModified } from './shared/content-headers.ts';

/** Serves a blob or a part of it: distribution specification, "Pulling blobs". */
export const getBlob: Handler<'getBlob'> = async (call) => {
  const { name } = call.path;
  const digest = await resolveDigest(call, name, call.path.digest);
  const blob = digest && (await call.driver.blobs.get(name, digest));
  if (!blob) throw unknown(call);
  // Under a tarsum, caches must ask again: it may name another blob once this one is deleted.
  const headers = contentHeaders(digest, digest === call.path.digest ? 'digest' : 'name', call.settings);
  if (isNotModified(call.headers, digest)) return { status: 304, headers };
  const Location = call.head ? undefined : await blob.url?.();
  if (Location !== undefined) return { status: 307, headers: { Location, 'Docker-Content-Digest': digest } };
  const range = rangeOf(call, digest, blob);
  if (range === 'unsatisfiable')
    throw call.error('SIZE_INVALID', {
      status: 416,
      headers: { 'Content-Range': { size: blob.size } },
      message: `the range names no byte of the blob, which has ${blob.size} bytes`,
      detail: { reason: 'range-outside', size: blob.size, given: excerpt(call.headers.Range ?? '') },
    });
  if (!range) return { status: 200, headers: { ...headers, 'Accept-Ranges': 'bytes' }, body: contentOf(call, blob) };
  const partHeaders = { ...headers, 'Accept-Ranges': 'bytes', 'Content-Range': { range, size: blob.size } };
  return { status: 206, headers: partHeaders, body: contentOf(call, blob, range) };
};

/** Deletes a blob from one repository: distribution specification, "Deleting Blobs". */
export const deleteBlob: Handler<'deleteBlob'> = async (call) => {
  const { name } = call.path;
  const digest = await resolveDigest(call, name, call.path.digest);
  await unlinkName(call, name, call.path.digest);
  const deleted = digest && (await call.driver.blobs.delete(name, digest, call.signal));
  if (!deleted) throw unknown(call);
  return { status: 202 };
};

/** The range to send; none on HEAD or where `If-Range` names other content: RFC 9110 sections 14.2 and 13.1.5. */
function rangeOf({ head, headers }: Call<'getBlob'>, digest: Digest, blob: Blob): ByteRange | 'unsatisfiable' | undefined {
  const condition = headers['If-Range'];
  const applies = condition === undefined || condition === formats.entityTag.write(digest);
  return head || !applies || headers.Range === undefined ? undefined : resolveRange(headers.Range, blob.size);
}

function contentOf(call: Call<'getBlob'>, blob: Blob, range?: ByteRange) {
  return {
    mediaType: bodies.blob.mediaTypes[0],
    size: range ? range.last - range.first + 1 : blob.size,
    open: async () => {
      const bytes = await blob.open(range);
      if (!bytes) throw deletedMeanwhile(call);
      return bytes;
    },
  };
}

const unknown = ({ path: { name, digest }, error }: Pick<Call<'getBlob'>, 'path' | 'error'>) =>
  error('BLOB_UNKNOWN', { message: `the repository ${name} does not hold the blob ${digest}`, detail: { digest } });

const deletedMeanwhile = ({ path: { digest }, error }: Call<'getBlob'>) =>
  error('BLOB_UNKNOWN', { message: `the blob ${digest} was deleted during this request`, detail: { digest } });
