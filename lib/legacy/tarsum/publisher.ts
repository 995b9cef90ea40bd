/** Publishes blobs that a client names by their tarsums. They are stored under their sha256. */
import type { Digest, RepositoryName, UploadId } from '../../api/formats.ts';
import type { Upload } from '../../driver.ts';
import type { Intake } from '../../uploads/hashed-chunk.ts';
import type { Caller } from '../../uploads/staging.ts';
import { type Publisher, pushAsUpload, type Uploads } from '../../uploads/uploads.ts';
import type { Verifiable } from './verifier.ts';

/**
 * A publisher of blobs that have one tarsum; `link` remembers it for each of them. A tarsum is computed once all bytes are
 * stored, by reading them again: computed as they arrive, it would take its slot for as long as a client likes.
 */
export function createTarsumPublisher(
  uploads: Uploads,
  { verifying }: Verifiable,
  caller: Caller,
  link: (repo: RepositoryName, digest: Digest) => Promise<void>,
): Publisher {
  return { push, complete, publish };

  function push(repo: RepositoryName, intake: Intake): Promise<Digest> {
    return pushAsUpload(uploads, repo, 'sha256', ({ id, at }) => complete(repo, id, at, intake));
  }

  async function complete(repo: RepositoryName, id: UploadId, from: Upload, intake: Intake): Promise<Digest | undefined> {
    const appended = await uploads.append(repo, id, from, intake);
    return appended && !appended.broken ? publish(repo, id, appended.at) : undefined;
  }

  async function publish(repo: RepositoryName, id: UploadId, at: Upload): Promise<Digest | undefined> {
    const digest = await verifying((verifier) => uploads.publishAsSha256(repo, id, at, caller, verifier));
    if (digest !== undefined) await link(repo, digest);
    return digest;
  }
}
