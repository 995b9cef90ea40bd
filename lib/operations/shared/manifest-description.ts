import type { Digest, RepositoryName } from '../../api/formats.ts';
import type { ManifestDescription, ManifestStore } from '../../driver.ts';

/** The media type and the size of a manifest; undefined if it is absent. Its bytes are read only where the driver cannot do without. */
export async function describeManifest(
  manifests: ManifestStore,
  repo: RepositoryName,
  digest: Digest,
): Promise<ManifestDescription | undefined> {
  if (manifests.describe) return manifests.describe(repo, digest);
  const manifest = await manifests.get(repo, digest);
  return manifest && { mediaType: manifest.mediaType, size: manifest.bytes.length };
}
