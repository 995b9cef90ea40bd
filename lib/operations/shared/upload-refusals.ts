/** Where a request to an upload goes on, or why it is refused. The words of most refusals are loaded with the first of them. */
import { isRegistryError } from '../../api/errors.ts';
import type { ByteRange } from '../../api/formats.ts';
import type { Call } from '../../call.ts';
import type { Upload } from '../../driver.ts';
import { type Body, BodyBroken } from '../../uploads/body.ts';
import { sameState } from '../../uploads/digest-cache.ts';

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
  if (range === null) throw (await words()).malformedRange(call, at);
  if (range && range.first !== at.offset) throw (await words()).wrongRange(call, at, range.first);
  if (offset === null || (offset !== undefined && offset > at.offset)) throw (await words()).wrongOffset(call, at, offset);
  if (offset !== undefined && offset < at.offset) throw (await words()).outdatedUrl(call, at, offset);
  if (!(await call.uploads.interrupt(id))) return at;
  const now = await call.uploads.find(name, id);
  if (!now) throw (await words()).ended(call);
  const saidWhere = range !== undefined || offset !== undefined;
  if (saidWhere && now.offset !== at.offset) throw (await words()).overtaken(call, now, at.offset);
  return now;
}

/** Why nothing was appended or published: the client has left, or another request changed the upload, ended it or holds it. */
export async function conflict(call: Sending, from: Upload) {
  if (call.body?.wasLost) return new BodyBroken();
  const now = await call.uploads.find(call.path.name, call.path.upload);
  const { ended, held, overtaken } = await words();
  if (!now) return ended(call);
  return sameState(now, from) ? held(call, now, from.offset) : overtaken(call, now, from.offset);
}

const words = () => import('./upload-conflicts.ts');

/** Whether an error says that there is no such upload, or no longer. */
export const isOfEnded = (err: unknown): boolean => isRegistryError(err) && err.code === 'BLOB_UPLOAD_UNKNOWN';

/** There was no such upload when the request came. */
export const unknown = ({ path: { upload }, error }: Pick<Sending, 'path' | 'error'>) =>
  error('BLOB_UPLOAD_UNKNOWN', {
    message:
      'this repository has no such upload: it was finished or cancelled, it expired, or it never began here; begin a new one',
    detail: { reason: 'unknown', upload },
  });
