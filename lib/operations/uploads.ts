import { type Algorithm, algorithmOf, type ByteRange, type Digest, type UploadId } from '../api/formats.ts';
import type { Call, Handler } from '../call.ts';
import type { RepositoryName, Upload } from '../driver.ts';
import type { UrlBuilder } from '../routing/url.ts';
import type { Publisher } from '../uploads/uploads.ts';
import { publisherOf } from './shared/names.ts';

/** Mounts a blob from another repository, or begins an upload: distribution specification, "Mounting a blob from another repository". */
export const mountBlob: Handler<'mountBlob'> = async (call) => {
  const { name } = call.path;
  const { mount: digest, from } = call.query;
  // Without a source, any repository would do; where not every client may read all of them, none does.
  const allowed = from !== undefined || call.settings.authorize === undefined;
  const mounted = allowed && (await call.driver.blobs.mount?.(name, digest, from));
  return mounted ? { status: 201, headers: blobHeaders(call, digest) } : begin(call, algorithmOf(digest));
};

/** Takes a whole blob: distribution specification, "Single POST". */
export const pushBlob: Handler<'pushBlob'> = async (call) => {
  const publisher = await publisherOf(call, call.query.digest);
  const digest = await publisher.push(call.path.name, { body: call.body });
  return { status: 201, headers: blobHeaders(call, digest) };
};

/** Begins an upload: distribution specification, "POST then PUT". */
export const startUpload: Handler<'startUpload'> = async (call) => begin(call, call.query['digest-algorithm'] ?? 'sha256');

/** Tells the offset of an upload: distribution specification, "Pushing a blob in chunks". */
export const getUpload: Handler<'getUpload'> = async (call) => {
  const at = await call.uploads.find(call.path.name, call.path.upload);
  if (!at) throw unknown(call);
  return { status: 204, headers: uploadHeaders(call, at) };
};

/** Appends the next bytes: distribution specification, "Pushing a blob in chunks". */
export const appendUpload: Handler<'appendUpload'> = async (call) => {
  const { name, upload: id } = call.path;
  const range = call.use === 'chunk' ? call.headers['Content-Range'] : undefined;
  const from = await resumePoint(call, range, call.use === 'stream' ? call.query.offset : undefined);
  const appended = await call.uploads.append(name, id, from, { body: call.body, promised: lengthOf(range) });
  if (!appended || appended.broken) throw await conflict(call);
  return { status: 202, headers: uploadHeaders(call, appended.at) };
};

/** Appends the rest of a blob, if any, and publishes it: distribution specification, "Pushing a blob in chunks". */
export const completeUpload: Handler<'completeUpload'> = async (call) => {
  const publisher = await publisherOf(call, call.query.digest);
  const digest = await (call.use === 'nothing left' ? publishSent(call, publisher) : publishWithRest(call, publisher));
  return { status: 201, headers: blobHeaders(call, digest) };
};

type Closing<U> = Extract<Call<'completeUpload'>, { readonly use: U }>;

async function publishSent(call: Closing<'nothing left'>, publisher: Publisher): Promise<Digest> {
  const { name, upload: id } = call.path;
  const at = await call.uploads.find(name, id);
  if (!at) throw unknown(call);
  const digest = await publisher.publish(name, id, at);
  if (digest === undefined) throw await conflict(call);
  return digest;
}

async function publishWithRest(call: Closing<'last chunk' | 'the rest'>, publisher: Publisher): Promise<Digest> {
  const { name, upload: id } = call.path;
  const range = call.use === 'last chunk' ? call.headers['Content-Range'] : undefined;
  const from = await resumePoint(call, range, call.use === 'the rest' ? call.query.offset : undefined);
  const digest = await publisher.complete(name, id, from, { body: call.body, promised: lengthOf(range) });
  if (digest === undefined) throw await conflict(call);
  return digest;
}

/** Cancels an upload: distribution specification, "Cancelling a blob upload". */
export const cancelUpload: Handler<'cancelUpload'> = async (call) => {
  if (!(await call.uploads.cancel(call.path.name, call.path.upload))) throw unknown(call);
  return { status: 204 };
};

async function begin(call: Call<'mountBlob'> | Call<'startUpload'>, algorithm: Algorithm) {
  const { name } = call.path;
  const { id, at } = await call.uploads.start(name, algorithm);
  const headers = uploadHeaders({ path: { name, upload: id }, url: call.url }, at);
  return { status: 202, headers: { ...headers, 'OCI-Chunk-Min-Length': call.settings.minChunkBytes } } as const;
}

interface WithUploadPath {
  readonly path: { readonly name: RepositoryName; readonly upload: UploadId };
  readonly url: UrlBuilder;
}

/** The offset of an upload, in the headers. Its URL carries it, too, so that a body sent to an older URL is recognised. */
function uploadHeaders({ path, url }: WithUploadPath, { offset }: Upload) {
  return { Location: url('upload', path, { offset }), Range: offset, 'Docker-Upload-UUID': path.upload };
}

function blobHeaders(
  { path, url }: { readonly path: { readonly name: RepositoryName }; readonly url: UrlBuilder },
  digest: Digest,
) {
  return { Location: url('blob', { name: path.name, digest }), 'Docker-Content-Digest': digest };
}

const lengthOf = (range: ByteRange | null | undefined): number | undefined => (range ? range.last - range.first + 1 : undefined);

/** A request that sends bytes to an upload, or closes it. */
type Sending = Pick<Call<'appendUpload'>, 'path' | 'uploads' | 'url' | 'error'>;

/**
 * The upload, if the body of the request continues it: a range (null: malformed) by its first byte, the offset of the URL
 * (null: malformed) by itself, and with neither wherever the upload is. Interrupts an append of this process that is in
 * progress: the client of that one may have lost its connection without the server noticing.
 */
async function resumePoint(
  call: Sending,
  range: ByteRange | null | undefined,
  offset: number | null | undefined,
): Promise<Upload> {
  const { name, upload: id } = call.path;
  const first = range === undefined ? offset : range?.first;
  const check = (at: Upload | undefined): Upload => {
    if (!at) throw unknown(call);
    if (range === null) throw call.error('BLOB_UPLOAD_INVALID', { status: 400, headers: uploadHeaders(call, at) });
    if (first !== undefined && first !== at.offset) throw call.error('BLOB_UPLOAD_INVALID', { headers: uploadHeaders(call, at) });
    return at;
  };
  const at = check(await call.uploads.find(name, id));
  return (await call.uploads.interrupt(id)) ? check(await call.uploads.find(name, id)) : at;
}

/** The refusal of a request whose upload changed or ended while the request was served. */
async function conflict(call: Sending) {
  const at = await call.uploads.find(call.path.name, call.path.upload);
  return at ? call.error('BLOB_UPLOAD_INVALID', { headers: uploadHeaders(call, at) }) : unknown(call);
}

const unknown = (call: Pick<Sending, 'error'>) => call.error('BLOB_UPLOAD_UNKNOWN');
