import { type Algorithm, algorithmOf, type ByteRange, type Digest, type Tarsum } from '../api/formats.ts';
import type { Call, Handler } from '../call.ts';
import type { RepositoryName } from '../driver.ts';
import type { UrlBuilder } from '../routing/url.ts';
import type { Publisher } from '../uploads/uploads.ts';
import { publisherOf, resolveDigest } from './shared/blob-names.ts';
import { uploadHeaders } from './shared/upload-headers.ts';
import { conflict, isOfEnded, resumePoint, unknown } from './shared/upload-refusals.ts';

/** Mounts a blob from another repository, or begins an upload: distribution specification, "Mounting a blob from another repository". */
export const mountBlob: Handler<'mountBlob'> = async (call) => {
  const { name } = call.path;
  const { mount: digest, from } = call.query;
  if (digest === null) return begin(call, 'sha256');
  // Without a source, any repository would do; where not every client may read all of them, none does.
  const allowed = from !== null && (from !== undefined || call.settings.authorize === undefined);
  if (allowed && call.settings.hooks.beforeBlob) await (await import('../hooks/index.ts')).decideOnMount(call, digest, from);
  const mounted = allowed && (await call.driver.blobs.mount?.(name, digest, from, call.signal));
  return mounted ? { status: 201, headers: blobHeaders(call, digest) } : begin(call, algorithmOf(digest));
};

/** Takes a whole blob: distribution specification, "Single POST". */
export const pushBlob: Handler<'pushBlob'> = async (call) => {
  const publisher = await publisherOf(call, call.query.digest);
  if (call.settings.hooks.beforeBlob) await mayPublish(call, 0);
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
  const appended = await call.uploads.append(name, id, from, { body: call.body, declaredLength: lengthOf(range) });
  if (!appended || appended.broken) throw await conflict(call, from);
  return { status: 202, headers: uploadHeaders(call, appended.at) };
};

/**
 * Appends the rest of a blob, if any, and publishes it: distribution specification, "Pushing a blob in chunks". Idempotent: sent again
 * because its reply was lost, it finds no upload, and the blob in the repository.
 */
export const completeUpload: Handler<'completeUpload'> = async (call) => {
  const publisher = await publisherOf(call, call.query.digest);
  const digest = await complete(call, publisher).catch(async (err: unknown) => {
    const published = isOfEnded(err) ? await findBlob(call, call.query.digest) : undefined;
    if (published === undefined) throw err;
    return published;
  });
  return { status: 201, headers: blobHeaders(call, digest) };
};

function complete(call: Call<'completeUpload'>, publisher: Publisher): Promise<Digest> {
  return call.use === 'nothing left' ? publishSent(call, publisher) : publishWithRest(call, publisher);
}

type Closing<U> = Extract<Call<'completeUpload'>, { readonly use: U }>;

async function publishSent(call: Closing<'nothing left'>, publisher: Publisher): Promise<Digest> {
  const { name, upload: id } = call.path;
  const at = await resumePoint(call, undefined, undefined);
  if (call.settings.hooks.beforeBlob) await mayPublish(call, at.offset);
  const digest = await publisher.publish(name, id, at);
  if (digest === undefined) throw await conflict(call, at);
  return digest;
}

async function publishWithRest(call: Closing<'last chunk' | 'the rest'>, publisher: Publisher): Promise<Digest> {
  const { name, upload: id } = call.path;
  const range = call.use === 'last chunk' ? call.headers['Content-Range'] : undefined;
  const from = await resumePoint(call, range, call.use === 'the rest' ? call.query.offset : undefined);
  if (call.settings.hooks.beforeBlob) await mayPublish(call, from.offset, range);
  const digest = await publisher.complete(name, id, from, { body: call.body, declaredLength: lengthOf(range) });
  if (digest === undefined) throw await conflict(call, from);
  return digest;
}

/** Asks the hooks of the host about a blob of which `sent` bytes are there, and the body has the rest. */
async function mayPublish(call: Call<'pushBlob' | 'completeUpload'>, sent: number, range?: ByteRange | null): Promise<void> {
  const rest = call.body === undefined ? 0 : (call.body.length ?? lengthOf(range));
  const size = rest === undefined ? undefined : sent + rest;
  await (await import('../hooks/index.ts')).decideOnBlob(call, call.query.digest, size);
}

/** The digest of a blob that the repository holds. */
async function findBlob(call: Call<'completeUpload'>, named: Digest | Tarsum): Promise<Digest | undefined> {
  const { name } = call.path;
  const digest = await resolveDigest(call, name, named);
  return digest && (await call.driver.blobs.get(name, digest)) ? digest : undefined;
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
  return { status: 202, headers: { 'OCI-Chunk-Min-Length': call.settings.minChunkBytes, ...headers } } as const;
}

function blobHeaders(
  { path, url }: { readonly path: { readonly name: RepositoryName }; readonly url: UrlBuilder },
  digest: Digest,
) {
  return { Location: url('blob', { name: path.name, digest }), 'Docker-Content-Digest': digest };
}

const lengthOf = (range: ByteRange | null | undefined): number | undefined => (range ? range.last - range.first + 1 : undefined);
