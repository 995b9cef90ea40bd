/** Names of blobs: their digests or, with the option `legacy.tarsum`, the tarsums that they were pushed under. */
import { type Digest, isTarsum, type RepositoryName, type Tarsum } from '../../api/formats.ts';
import type { CallContext } from '../../call.ts';
import type { Publisher } from '../../uploads/uploads.ts';

type Name = Digest | Tarsum;

/** The digest of the blob that has the name; undefined if no blob of the repository was pushed under that tarsum. */
export async function resolveDigest(
  call: Pick<CallContext, 'legacy' | 'signal'>,
  repo: RepositoryName,
  name: Name,
): Promise<Digest | undefined> {
  return isTarsum(name) ? (await call.legacy.tarsums()).find(repo, name, call) : name;
}

/** Publishes blobs under the name. Throws 400 `DIGEST_INVALID` where tarsums are not served. */
export async function publisherOf(call: Pick<CallContext, 'legacy' | 'uploads' | 'signal'>, name: Name): Promise<Publisher> {
  return isTarsum(name) ? (await call.legacy.tarsums()).publisher(call.uploads, name, call) : call.uploads.publisher(name, call);
}
