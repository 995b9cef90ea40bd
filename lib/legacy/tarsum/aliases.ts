/**
 * Tarsums as aliases of the digests of blobs. An alias is stored as a small manifest whose subject is the sha256 of the tarsum's
 * text: the list of referrers finds it, and no driver has to know of it. A client cannot create one, since manifests of unknown
 * media types are never listed as referrers, and cannot overwrite one, since its bytes are not JSON.
 */
import { type Digest, type MediaType, type RepositoryName, readDigest, type Tarsum } from '../../api/formats.ts';
import { digestOf } from '../../content/digest.ts';
import type { Driver, Manifest } from '../../driver.ts';
import type { Caller } from '../../uploads/staging.ts';
import type { Publisher, Uploads } from '../../uploads/uploads.ts';
import { createTarsumPublisher } from './publisher.ts';
import { createTarsumVerifier } from './verifier.ts';

/** The aliases of blobs, and the verification of tarsums. */
export interface Tarsums {
  /** The digest of the blob that was pushed as `tarsum`; undefined if there is none, or the repository no longer holds it. */
  find(repo: RepositoryName, tarsum: Tarsum, caller: Caller): Promise<Digest | undefined>;
  /** Deletes the alias in this repository. */
  unlink(repo: RepositoryName, tarsum: Tarsum): Promise<void>;
  /** Publishes blobs that have this tarsum, and remembers it of each. Where another blob has it already, that one keeps the name. */
  publisher(uploads: Uploads, tarsum: Tarsum, caller: Caller): Publisher;
}

const aliasType = 'application/vnd.stowage.tarsum.v1' as MediaType;
const named = 'blob';

/** Creates the aliases over the blobs and manifests of a driver. */
export function createTarsums({ blobs, manifests }: Driver): Tarsums {
  const verifiable = createTarsumVerifier();

  async function* aliases(repo: RepositoryName, tarsum: Tarsum, signal?: AbortSignal) {
    for await (const { mediaType, digest, annotations = {} } of manifests.referrers(repo, subjectOf(tarsum), undefined, signal)) {
      if (mediaType === aliasType) yield { digest, blob: readDigest(annotations[named] ?? '') };
    }
  }

  const find = async (repo: RepositoryName, tarsum: Tarsum, { signal }: Caller): Promise<Digest | undefined> => {
    for await (const { blob } of aliases(repo, tarsum, signal)) {
      if (blob !== undefined && (await blobs.get(repo, blob))) return blob;
    }
    return undefined;
  };

  return {
    find,
    unlink: async (repo, tarsum) => {
      const found: Digest[] = [];
      for await (const { digest } of aliases(repo, tarsum)) found.push(digest);
      for (const digest of found) {
        const alias = await manifests.get(repo, digest);
        if (alias) await manifests.delete(repo, alias);
      }
    },
    publisher: (uploads, tarsum, caller) =>
      createTarsumPublisher(uploads, verifiable(tarsum), caller, async (repo, digest) => {
        if ((await find(repo, tarsum, caller)) === undefined) await manifests.put(repo, aliasOf(tarsum, digest));
      }),
  };
}

const subjectOf = (tarsum: Tarsum): Digest => digestOf(Buffer.from(tarsum), 'sha256');

function aliasOf(tarsum: Tarsum, blob: Digest): Manifest {
  const bytes = Buffer.from(`${tarsum} ${blob}\n`);
  const digest = digestOf(bytes, 'sha256');
  const referrer = { mediaType: aliasType, digest, size: bytes.length, annotations: { [named]: blob } };
  return { digest, mediaType: aliasType, bytes, subject: subjectOf(tarsum), referrer };
}
