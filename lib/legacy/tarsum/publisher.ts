/** Publishes blobs that a client names by their tarsums. They are stored under their sha256. */
import type { Digest, RepositoryName, UploadId } from '../../api/formats.ts';
import type { Upload } from '../../driver.ts';
import type { Intake, Verifier } from '../../uploads/chunk.ts';
import { type Publisher, pushAsUpload, type Uploads } from '../../uploads/uploads.ts';
import type { Verifiable } from './verifier.ts';

/** A publisher of blobs that have one tarsum; `link` remembers it for each of them. */
export function createTarsumPublisher(
  uploads: Uploads,
  { verifying }: Verifiable,
  link: (repo: RepositoryName, digest: Digest) => Promise<void>,
): Publisher {
  return { push, complete, publish };

  function push(repo: RepositoryName, intake: Intake): Promise<Digest> {
    return pushAsUpload(uploads, repo, 'sha256', ({ id, at }) => complete(repo, id, at, intake));
  }

  async function complete(repo: RepositoryName, id: UploadId, from: Upload, intake: Intake): Promise<Digest | undefined> {
    // No state of a tarsum is kept between requests: only a body that holds the whole blob is verified as it passes.
    const isWhole = from.offset === 0;
    const appended = isWhole
      ? await verifying((verifier) => uploads.append(repo, id, from, intake, verifier))
      : await uploads.append(repo, id, from, intake);
    if (!appended || appended.broken) return undefined;
    // The verifier has passed; from here on the blob is named by its sha256.
    return isWhole ? publishAndLink(repo, id, appended.at) : publish(repo, id, appended.at);
  }

  function publish(repo: RepositoryName, id: UploadId, at: Upload): Promise<Digest | undefined> {
    return verifying((verifier) => publishAndLink(repo, id, at, verifier));
  }

  async function publishAndLink(
    repo: RepositoryName,
    id: UploadId,
    at: Upload,
    verifier?: Verifier,
  ): Promise<Digest | undefined> {
    const digest = await uploads.publishAsSha256(repo, id, at, verifier);
    if (digest !== undefined) await link(repo, digest);
    return digest;
  }
}
