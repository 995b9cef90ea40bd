/** Blobs are named by their digests or, where the option `legacy.tarsum` is on, by the tarsums that they were pushed under. */
import { type Digest, isTarsum, type RepositoryName, type Tarsum } from '../../api/formats.ts';
import type { Services } from '../../call.ts';
import type { Claim } from '../../uploads/uploads.ts';

type Naming = Pick<Services, 'legacy'>;

/** The digest of the blob that is named so; undefined if the repository has none under that tarsum. */
export async function digestNamed({ legacy }: Naming, repo: RepositoryName, name: Digest | Tarsum): Promise<Digest | undefined> {
  return isTarsum(name) ? (await legacy.tarsums()).find(repo, name) : name;
}

/** Publishes a blob under a name, with what checks that it has it; whatever the name, the blob gets a digest. */
export async function publishNamed<T extends Digest | undefined>(
  { legacy }: Naming,
  repo: RepositoryName,
  name: Digest | Tarsum,
  publish: (claim: Claim) => Promise<T>,
): Promise<T> {
  if (!isTarsum(name)) return publish(name);
  const tarsums = await legacy.tarsums();
  const digest = await publish(tarsums.claim(name));
  if (digest !== undefined) await tarsums.link(repo, name, digest);
  return digest;
}

/** Takes from a repository the tarsum that names a blob; a digest is no more than the blob itself. */
export async function forgetName({ legacy }: Naming, repo: RepositoryName, name: Digest | Tarsum): Promise<void> {
  if (isTarsum(name)) await (await legacy.tarsums()).unlink(repo, name);
}
