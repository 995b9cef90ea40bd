import { type Algorithm, algorithmOf, type ByteRange, type Digest, type UploadId } from '../api/formats.ts';
import type { Call, Handler } from '../call.ts';
import type { RepositoryName, Upload } from '../driver.ts';
import type { Uploads } from '../uploads.ts';
import type { UrlBuilder } from '../url.ts';

/** Takes a blob over from another repository, or begins an upload: distribution specification, "Mounting a blob from another repository". */
export const mountBlob: Handler<'mountBlob'> = async (call) => {
  const { name } = call.path;
  const { mount: digest, from } = call.query;
  // Without a source, any repository would do; where not everybody may read all of them, none does.
  const allowed = from !== undefined || call.settings.authorize === undefined;
  const mounted = allowed && (await call.driver.blobs.mount?.(name, digest, from));
  return mounted ? { status: 201, headers: publishedAt(call, digest) } : begin(call, algorithmOf(digest));
};

/** Takes a whole blob: distribution specification, "Single POST". */
export const pushBlob: Handler<'pushBlob'> = async (call) => {
  const { digest } = call.query;
  await call.uploads.push(call.path.name, digest, { body: call.body });
  return { status: 201, headers: publishedAt(call, digest) };
};

/** Begins an upload: distribution specification, "POST then PUT". */
export const startUpload: Handler<'startUpload'> = async (call) => begin(call, call.query['digest-algorithm'] ?? 'sha256');

/** Says where an upload stands: distribution specification, "Pushing a blob in chunks". */
export const getUpload: Handler<'getUpload'> = async (call) => {
  const at = await call.uploads.find(call.path.name, call.path.upload);
  if (!at) throw call.error('BLOB_UPLOAD_UNKNOWN');
  return { status: 204, headers: standing(call, at) };
};

/** Takes the bytes that follow: distribution specification, "Pushing a blob in chunks". */
export const appendUpload: Handler<'appendUpload'> = async (call) => {
  const { name, upload: id } = call.path;
  const range = call.use === 'chunk' ? call.headers['Content-Range'] : undefined;
  const found = await follow(call, call.use === 'chunk' ? firstOf(range) : call.query.offset);
  if (!found) throw call.error('BLOB_UPLOAD_UNKNOWN');
  if (range === null) throw call.error('BLOB_UPLOAD_INVALID', { status: 400, headers: standing(call, found.at) });
  if (!found.fits) throw call.error('BLOB_UPLOAD_INVALID', { headers: standing(call, found.at) });
  const outcome = await call.uploads.append(name, id, found.at, { body: call.body, promised: lengthOf(range) });
  if (outcome !== 'moved' && !outcome.broken) return { status: 202, headers: standing(call, outcome.at) };
  const now = await call.uploads.find(name, id);
  throw now ? call.error('BLOB_UPLOAD_INVALID', { headers: standing(call, now) }) : call.error('BLOB_UPLOAD_UNKNOWN');
};

/** Takes what is left of a blob and publishes it: distribution specification, "Pushing a blob in chunks". */
export const completeUpload: Handler<'completeUpload'> = async (call) => {
  const { name, upload: id } = call.path;
  const { digest } = call.query;
  const range = call.use === 'last chunk' ? call.headers['Content-Range'] : undefined;
  const found = await (call.use === 'nothing left'
    ? stand(call)
    : follow(call, call.use === 'last chunk' ? firstOf(range) : call.query.offset));
  if (!found) throw call.error('BLOB_UPLOAD_UNKNOWN');
  if (range === null) throw call.error('BLOB_UPLOAD_INVALID', { status: 400, headers: standing(call, found.at) });
  if (!found.fits) throw call.error('BLOB_UPLOAD_INVALID', { headers: standing(call, found.at) });
  const published =
    call.use === 'nothing left'
      ? await call.uploads.publish(name, id, found.at, digest)
      : (await call.uploads.complete(name, id, found.at, digest, { body: call.body, promised: lengthOf(range) })) === 'published';
  if (published) return { status: 201, headers: publishedAt(call, digest) };
  const now = await call.uploads.find(name, id);
  throw now ? call.error('BLOB_UPLOAD_INVALID', { headers: standing(call, now) }) : call.error('BLOB_UPLOAD_UNKNOWN');
};

/** Cancels an upload: distribution specification, "Cancelling a blob upload". */
export const cancelUpload: Handler<'cancelUpload'> = async (call) => {
  if (!(await call.uploads.cancel(call.path.name, call.path.upload))) throw call.error('BLOB_UPLOAD_UNKNOWN');
  return { status: 204 };
};

async function begin(call: Call<'mountBlob'> | Call<'startUpload'>, algorithm: Algorithm) {
  const { name } = call.path;
  const { id, at } = await call.uploads.start(name, algorithm);
  return { status: 202, headers: standing({ path: { name, upload: id }, url: call.url }, at) } as const;
}

interface OfUpload {
  readonly path: { readonly name: RepositoryName; readonly upload: UploadId };
}

/** The headers that say where an upload stands. The offset in its URL shows a body that was sent to an overtaken one. */
function standing({ path, url }: OfUpload & { readonly url: UrlBuilder }, { offset }: Upload) {
  return { Location: url('upload', path, { offset }), Range: offset, 'Docker-Upload-UUID': path.upload };
}

function publishedAt(call: { readonly path: { readonly name: RepositoryName }; readonly url: UrlBuilder }, digest: Digest) {
  return { Location: call.url('blob', { name: call.path.name, digest }), 'Docker-Content-Digest': digest };
}

const lengthOf = (range: ByteRange | null | undefined): number | undefined => (range ? range.last - range.first + 1 : undefined);

/** Null stays null: a malformed range follows nowhere. */
const firstOf = (range: ByteRange | null | undefined): number | null | undefined => (range === null ? null : range?.first);

interface Standing {
  readonly at: Upload;
  /** Whether the body of the request follows there. */
  readonly fits: boolean;
}

async function stand({ uploads, path }: OfUpload & { readonly uploads: Uploads }): Promise<Standing | undefined> {
  const at = await uploads.find(path.name, path.upload);
  return at && { at, fits: true };
}

/**
 * Where the upload stands, and whether bytes from `first` on follow there (null and any other place: no; undefined:
 * wherever it is). A request of this process that is still sending gives way to one that follows: its client may have
 * lost a connection that looks alive from here.
 */
async function follow(
  call: OfUpload & { readonly uploads: Uploads },
  first: number | null | undefined,
): Promise<Standing | undefined> {
  const { uploads, path } = call;
  const check = (at: Upload | undefined) => at && { at, fits: first === undefined || first === at.offset };
  const found = check(await uploads.find(path.name, path.upload));
  if (!found?.fits || !(await uploads.interrupt(path.upload))) return found;
  return check(await uploads.find(path.name, path.upload));
}
