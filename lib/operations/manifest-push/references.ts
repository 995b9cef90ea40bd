import type { Digest } from '../../api/formats.ts';
import { mapConcurrently } from '../../concurrency.ts';
import type { ParsedManifest } from '../../content/manifest.ts';
import type { Driver, RepositoryName } from '../../driver.ts';

/** The references of a manifest that the repository does not hold. Its subject may be missing, and is not looked up. */
export async function missingReferences(
  { blobs, manifests }: Driver,
  repo: RepositoryName,
  parsed: ParsedManifest,
): Promise<Digest[]> {
  const hasBlob = async (digest: Digest) => (await blobs.get(repo, digest)) !== undefined;
  const hasManifest = async (digest: Digest) => (await manifests.get(repo, digest)) !== undefined;
  return [
    ...(await filterMissing(parsed.blobs, hasBlob)),
    ...(await filterMissing(parsed.manifests, hasManifest)),
    ...(await filterMissing(parsed.either, async (digest) => (await hasBlob(digest)) || hasManifest(digest))),
  ];
}

/** The names for which `has` is false, in their order. */
export async function filterMissing<N extends string>(names: readonly N[], has: (name: N) => Promise<boolean>): Promise<N[]> {
  const found = await mapConcurrently(names, has);
  return names.filter((_, index) => !found[index]);
}
