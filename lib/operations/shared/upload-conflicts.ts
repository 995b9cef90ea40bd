/**
 * Why a request does not continue an upload. Each refusal has a `reason` of its own and, while the upload exists, says where it goes on.
 */
import { formats } from '../../api/formats.ts';
import type { Call } from '../../call.ts';
import type { Upload } from '../../driver.ts';
import { uploadHeaders, type WithUploadPath } from './upload-headers.ts';

type Refusing = WithUploadPath & Pick<Call<'appendUpload'>, 'error'>;

/** The first byte of the `Content-Range` is not the next one. */
export const wrongRange = (call: Refusing, at: Upload, given: number) =>
  offsetMismatch(call, at, 'wrong-range', given, `the Content-Range begins at byte ${given}`);

/** The URL is older than the last change of the upload. */
export const outdatedUrl = (call: Refusing, at: Upload, given: number) =>
  offsetMismatch(call, at, 'overtaken', given, `this URL is from when the upload had ${given} bytes`);

/** The offset in the URL is malformed (null), or larger than the upload. */
export const wrongOffset = (call: Refusing, at: Upload, given: number | null) =>
  offsetMismatch(call, at, 'wrong-offset', given, `the offset in the URL is ${given ?? 'malformed'}`);

/** Another request changed the upload after this one had been found to continue it. */
export const overtaken = (call: Refusing, at: Upload, given: number) =>
  offsetMismatch(
    call,
    at,
    'overtaken',
    given,
    `another request changed the upload, which had ${given} bytes when this one began`,
  );

/** The upload is unchanged, but the driver did not let this request have it. */
export const held = (call: Refusing, at: Upload, given: number) =>
  offsetMismatch(call, at, 'held', given, 'another request is using the upload, and no byte of this one was kept');

function offsetMismatch(call: Refusing, at: Upload, reason: string, given: number | null, why: string) {
  return call.error('BLOB_UPLOAD_INVALID', {
    headers: uploadHeaders(call, at),
    message: `${why}; the upload has ${at.offset} bytes: go on from there, at the Location`,
    detail: { reason, expected: at.offset, given },
  });
}

/** The `Content-Range` cannot be read. */
export const malformedRange = (call: Refusing, at: Upload) =>
  call.error('BLOB_UPLOAD_INVALID', {
    status: 400,
    headers: uploadHeaders(call, at),
    message: `Content-Range is malformed: it is written like 0-1048575; the upload has ${at.offset} bytes`,
    detail: { reason: 'malformed-range', parameter: 'Content-Range', expected: formats.chunkRange.expected },
  });

/** The upload ended while the request was served. */
export const ended = ({ path: { upload }, error }: Pick<Refusing, 'path' | 'error'>) =>
  error('BLOB_UPLOAD_UNKNOWN', {
    message: 'the upload ended during this request: another one finished or cancelled it, or it expired; begin a new one',
    detail: { reason: 'gone', upload },
  });
