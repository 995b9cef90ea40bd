import { type Algorithm, algorithmOf, type ByteRange, type Digest, type UploadId } from '../api/formats.ts';
import type { Call, Handler } from '../call.ts';
import type { RepositoryName, Upload } from '../driver.ts';
import type { UrlBuilder } from '../routing/url.ts';
import type { Claim } from '../uploads/uploads.ts';
import { publishNamed } from './shared/names.ts';

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
  const { name } = call.path;
  const push = (claim: Claim) => call.uploads.push(name, claim, { body: call.body });
  const digest = await publishNamed(call, name, call.query.digest, push);
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
  const from = await landing(call, range, call.use === 'stream' ? call.query.offset : undefined);
  const outcome = await call.uploads.append(name, id, from, { body: call.body, promised: lengthOf(range) });
  if (outcome === 'moved' || outcome.broken) throw await overtaken(call);
  return { status: 202, headers: standing(call, outcome.at) };
};

/** Takes what is left of a blob and publishes it: distribution specification, "Pushing a blob in chunks". */
export const completeUpload: Handler<'completeUpload'> = async (call) => {
  const { name, upload: id } = call.path;
  const digest = await publishNamed(call, name, call.query.digest, (claim) => finish(call, claim));
  if (digest === undefined) throw await overtaken(call);
  return { status: 201, headers: publishedAt({ path: { name }, url: call.url }, digest) };

  async function finish(closing: typeof call, claim: Claim): Promise<Digest | undefined> {
    if (closing.use === 'nothing left') {
      const at = await closing.uploads.find(name, id);
      return at && closing.uploads.publish(name, id, at, claim);
    }
    const range = closing.use === 'last chunk' ? closing.headers['Content-Range'] : undefined;
    const from = await landing(closing, range, closing.use === 'the rest' ? closing.query.offset : undefined);
    const intake = { body: closing.body, promised: lengthOf(range) };
    return closing.uploads.complete(name, id, from, claim, intake);
  }
};

/** Cancels an upload: distribution specification, "Cancelling a blob upload". */
export const cancelUpload: Handler<'cancelUpload'> = async (call) => {
  if (!(await call.uploads.cancel(call.path.name, call.path.upload))) throw call.error('BLOB_UPLOAD_UNKNOWN');
  return { status: 204 };
};

async function begin(call: Call<'mountBlob'> | Call<'startUpload'>, algorithm: Algorithm) {
  const { name } = call.path;
  const { id, at } = await call.uploads.start(name, algorithm);
  const headers = standing({ path: { name, upload: id }, url: call.url }, at);
  return { status: 202, headers: { ...headers, 'OCI-Chunk-Min-Length': call.settings.minChunkBytes } } as const;
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

/** A request that sends bytes to an upload. */
type Sending = Pick<Call<'appendUpload'>, 'path' | 'uploads' | 'url' | 'error'>;

/**
 * Where the upload stands, if the body of the request follows there: a range (null: a malformed one) by its first byte,
 * an offset by itself, and neither wherever it is. A request of this process that is still sending gives way to one
 * that follows: its client may have lost a connection that looks alive from here.
 */
async function landing(call: Sending, range: ByteRange | null | undefined, offset: number | null | undefined): Promise<Upload> {
  const { name, upload: id } = call.path;
  const first = range === undefined ? offset : range?.first;
  const check = (at: Upload | undefined): Upload => {
    if (!at) throw call.error('BLOB_UPLOAD_UNKNOWN');
    if (range === null) throw call.error('BLOB_UPLOAD_INVALID', { status: 400, headers: standing(call, at) });
    if (first !== undefined && first !== at.offset) throw call.error('BLOB_UPLOAD_INVALID', { headers: standing(call, at) });
    return at;
  };
  const at = check(await call.uploads.find(name, id));
  return (await call.uploads.interrupt(id)) ? check(await call.uploads.find(name, id)) : at;
}

/** The refusal of a request whose upload moved on or went away under it. */
async function overtaken(call: Sending) {
  const at = await call.uploads.find(call.path.name, call.path.upload);
  return at ? call.error('BLOB_UPLOAD_INVALID', { headers: standing(call, at) }) : call.error('BLOB_UPLOAD_UNKNOWN');
}
