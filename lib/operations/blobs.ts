import { bodies } from '../api/bodies.ts';
import { type ByteRange, type Digest, formats } from '../api/formats.ts';
import type { Call, Handler } from '../call.ts';
import type { Blob, ByteStream } from '../driver.ts';
import { resolveDigest } from './shared/blob-names.ts';
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
  // What is added stands before the spread: V8 makes a new map where properties follow it.
  const ranged = { 'Accept-Ranges': 'bytes', ...headers };
  const isPart = !call.head && call.headers.Range !== undefined && isCurrent(call.headers['If-Range'], digest);
  const part = isPart
    ? await (await import('./blob-ranges.ts')).getRanges(call, digest, blob, call.headers.Range ?? '', ranged)
    : undefined;
  return part ?? { status: 200, headers: ranged, body: contentOf(call, digest, blob) };
};

/** Whether `If-Range` leaves it at ranges: RFC 9110, section 13.1.5. */
const isCurrent = (condition: string | undefined, digest: Digest): boolean =>
  condition === undefined || condition === formats.entityTag.write(digest);

function contentOf(call: Call<'getBlob'>, digest: Digest, blob: Blob) {
  const isChecked = call.settings.verifyReads === 'always';
  return {
    mediaType: bodies.blob.mediaTypes[0],
    size: blob.size,
    open: () => (isChecked ? openedVerified(call, digest, blob) : opened(call, blob)),
  };
}

async function openedVerified(call: Call<'getBlob'>, digest: Digest, blob: Blob): Promise<OpenBytes> {
  const { verifiedBlob } = await import('./shared/verified-reads.ts');
  return verifiedBlob(call, digest, blob.size, await opened(call, blob));
}

/** Bytes of a blob that was opened. */
export type OpenBytes = Uint8Array | ByteStream;

/** Opens a blob, or a range of it. */
export async function opened(call: Call<'getBlob'>, blob: Blob, range?: ByteRange): Promise<OpenBytes> {
  const bytes = await blob.open(range);
  if (!bytes) throw deletedMeanwhile(call);
  return bytes;
}

/** What is told of a blob that the repository does not hold. */
export const unknown = ({ path: { name, digest }, error }: Pick<Call<'getBlob'>, 'path' | 'error'>) =>
  error('BLOB_UNKNOWN', { message: `the repository ${name} does not hold the blob ${digest}`, detail: { digest } });

const deletedMeanwhile = ({ path: { digest }, error }: Call<'getBlob'>) =>
  error('BLOB_UNKNOWN', { message: `the blob ${digest} was deleted during this request`, detail: { digest } });
