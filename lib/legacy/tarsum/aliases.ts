/**
 * The tarsums that blobs are known by beside their digests. A repository remembers one as a small manifest: its subject is
 * the tarsum, as the digest of its text, so that the list of referrers finds it, and every driver can keep it. No client
 * can make one, since manifests of a media type that the registry does not know are never listed as referrers; nor can one
 * write over it, since its bytes are no JSON.
 */
import { type Digest, type MediaType, type RepositoryName, readDigest, type Tarsum } from '../../api/formats.ts';
import { digestOf } from '../../content/digest.ts';
import type { Driver, Manifest } from '../../driver.ts';
import type { Publisher, Uploads } from '../../uploads/uploads.ts';
import { tarsumPublisher } from './publisher.ts';
import { verifiableTarsums } from './verifying.ts';

/** Tarsums as names of the blobs in repositories. */
export interface Tarsums {
  /** The digest of the blob that was pushed as `tarsum` and that the repository still holds. */
  find(repo: RepositoryName, tarsum: Tarsum): Promise<Digest | undefined>;
  /** Forgets the tarsum in this repository. */
  unlink(repo: RepositoryName, tarsum: Tarsum): Promise<void>;
  /** Publishes blobs that have this tarsum, and remembers it of each. Where another blob has it already, that one keeps the name. */
  publisher(uploads: Uploads, tarsum: Tarsum): Publisher;
}

const aliasType = 'application/vnd.stowage.tarsum.v1' as MediaType;
const named = 'blob';

/** The tarsums of blobs that a driver keeps. */
export function tarsumsOver({ blobs, manifests }: Driver): Tarsums {
  const verifiable = verifiableTarsums();

  async function* aliases(repo: RepositoryName, tarsum: Tarsum) {
    for await (const { mediaType, digest, annotations = {} } of manifests.referrers(repo, subjectOf(tarsum))) {
      if (mediaType === aliasType) yield { digest, blob: readDigest(annotations[named] ?? '') };
    }
  }

  const find = async (repo: RepositoryName, tarsum: Tarsum): Promise<Digest | undefined> => {
    for await (const { blob } of aliases(repo, tarsum)) {
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
    publisher: (uploads, tarsum) =>
      tarsumPublisher(uploads, verifiable(tarsum), async (repo, digest) => {
        if ((await find(repo, tarsum)) === undefined) await manifests.put(repo, aliasOf(tarsum, digest));
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
