import type { Digest } from '../../api/formats.ts';
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

/** Concurrent look-ups of one request: enough to hide latency, too few to crowd out other requests. */
const concurrency = 32;

/** The names for which `has` is false, in their order. */
export async function filterMissing<N extends string>(names: readonly N[], has: (name: N) => Promise<boolean>): Promise<N[]> {
  const missing: N[] = [];
  for (let start = 0; start < names.length; start += concurrency) {
    const group = names.slice(start, start + concurrency);
    const found = await Promise.all(group.map(has));
    missing.push(...group.filter((_, index) => !found[index]));
  }
  return missing;
}
