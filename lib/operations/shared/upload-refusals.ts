/**
 * Where a request to an upload goes on, or why it is refused. Each refusal has a `reason` of its own and, while the upload exists,
 * says where it goes on.
 */
import { isRegistryError } from '../../api/errors.ts';
import { type ByteRange, formats } from '../../api/formats.ts';
import type { Call } from '../../call.ts';
import type { Upload } from '../../driver.ts';
import { type Body, BodyBroken } from '../../uploads/body.ts';
import { sameState } from '../../uploads/digest-cache.ts';
import { uploadHeaders, type WithUploadPath } from './upload-headers.ts';

/** A request that sends bytes to an upload, or closes it. */
type Sending = Pick<Call<'appendUpload'>, 'path' | 'uploads' | 'url' | 'error'> & { readonly body?: Body | undefined };

/**
 * The upload, if the body of the request continues it: a range (null: malformed) by its first byte, the offset of the URL
 * (null: malformed) by itself, and with neither wherever the upload is. Interrupts an append of this process that is in
 * progress: the client of that one may have lost its connection without the server noticing.
 */
export async function resumePoint(
  call: Sending,
  range: ByteRange | null | undefined,
  offset: number | null | undefined,
): Promise<Upload> {
  const { name, upload: id } = call.path;
  const at = await call.uploads.find(name, id);
  if (!at) throw unknown(call);
  if (range === null) throw malformedRange(call, at);
  if (range && range.first !== at.offset) throw wrongRange(call, at, range.first);
  if (offset === null || (offset !== undefined && offset > at.offset)) throw wrongOffset(call, at, offset);
  if (offset !== undefined && offset < at.offset) throw outdatedUrl(call, at, offset);
  if (!(await call.uploads.interrupt(id))) return at;
  const now = await call.uploads.find(name, id);
  if (!now) throw ended(call);
  const saidWhere = range !== undefined || offset !== undefined;
  if (saidWhere && now.offset !== at.offset) throw overtaken(call, now, at.offset);
  return now;
}

/** Why nothing was appended or published: the client has left, or another request changed the upload, ended it or holds it. */
export async function conflict(call: Sending, from: Upload) {
  if (call.body?.wasLost) return new BodyBroken();
  const now = await call.uploads.find(call.path.name, call.path.upload);
  if (!now) return ended(call);
  return sameState(now, from) ? held(call, now, from.offset) : overtaken(call, now, from.offset);
}

type Refusing = WithUploadPath & Pick<Call<'appendUpload'>, 'error'>;

/** The first byte of the `Content-Range` is not the next one. */
const wrongRange = (call: Refusing, at: Upload, given: number) =>
  offsetMismatch(call, at, 'wrong-range', given, `the Content-Range begins at byte ${given}`);

/** The URL is older than the last change of the upload. */
const outdatedUrl = (call: Refusing, at: Upload, given: number) =>
  offsetMismatch(call, at, 'overtaken', given, `this URL is from when the upload had ${given} bytes`);

/** The offset in the URL is malformed (null), or larger than the upload. */
const wrongOffset = (call: Refusing, at: Upload, given: number | null) =>
  offsetMismatch(call, at, 'wrong-offset', given, `the offset in the URL is ${given ?? 'malformed'}`);

/** Another request changed the upload after this one had been found to continue it. */
const overtaken = (call: Refusing, at: Upload, given: number) =>
  offsetMismatch(
    call,
    at,
    'overtaken',
    given,
    `another request changed the upload, which had ${given} bytes when this one began`,
  );

/** The upload is unchanged, but the driver did not let this request have it. */
const held = (call: Refusing, at: Upload, given: number) =>
  offsetMismatch(call, at, 'held', given, 'another request is using the upload, and no byte of this one was kept');

function offsetMismatch(call: Refusing, at: Upload, reason: string, given: number | null, why: string) {
  return call.error('BLOB_UPLOAD_INVALID', {
    headers: uploadHeaders(call, at),
    message: `${why}; the upload has ${at.offset} bytes: go on from there, at the Location`,
    detail: { reason, expected: at.offset, given },
  });
}

/** The `Content-Range` cannot be read. */
const malformedRange = (call: Refusing, at: Upload) =>
  call.error('BLOB_UPLOAD_INVALID', {
    status: 400,
    headers: uploadHeaders(call, at),
    message: `Content-Range is malformed: it is written like ${formats.chunkRange.example}; the upload has ${at.offset} bytes`,
    detail: { reason: 'malformed-range', parameter: 'Content-Range', expected: formats.chunkRange.description },
  });

/** Whether an error says that there is no such upload, or no longer. */
export const isOfEnded = (err: unknown): boolean => isRegistryError(err) && err.code === 'BLOB_UPLOAD_UNKNOWN';

/** There was no such upload when the request came. */
export const unknown = ({ path: { upload }, error }: Pick<Refusing, 'path' | 'error'>) =>
  error('BLOB_UPLOAD_UNKNOWN', {
    message:
      'this repository has no such upload: it was finished or cancelled, it expired, or it never began here; begin a new one',
    detail: { reason: 'unknown', upload },
  });

/** The upload ended while the request was served. */
const ended = ({ path: { upload }, error }: Pick<Refusing, 'path' | 'error'>) =>
  error('BLOB_UPLOAD_UNKNOWN', {
    message: 'the upload ended during this request: another one finished or cancelled it, or it expired; begin a new one',
    detail: { reason: 'gone', upload },
  });
