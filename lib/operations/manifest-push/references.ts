import type { Digest } from '../../api/formats.ts';
import type { ParsedManifest } from '../../content/manifest.ts';
import type { Driver, RepositoryName } from '../../driver.ts';

/** Digests that a manifest names and the repository does not hold. Its subject may be missing. */
export async function missingIn({ blobs, manifests }: Driver, repo: RepositoryName, parsed: ParsedManifest): Promise<Digest[]> {
  const hasBlob = async (digest: Digest) => (await blobs.get(repo, digest)) !== undefined;
  const hasManifest = async (digest: Digest) => (await manifests.get(repo, digest)) !== undefined;
  return [
    ...(await lacking(parsed.blobs, hasBlob)),
    ...(await lacking(parsed.manifests, hasManifest)),
    ...(await lacking(parsed.either, async (digest) => (await hasBlob(digest)) || hasManifest(digest))),
  ];
}

/** How many look-ups of one request are under way at once: enough to hide latency, too few to crowd out other requests. */
const atOnce = 32;

/** Those of the names that nothing has, asking for a few at a time. */
export async function lacking<N extends string>(names: readonly N[], has: (name: N) => Promise<boolean>): Promise<N[]> {
  const missing: N[] = [];
  for (let start = 0; start < names.length; start += atOnce) {
    const group = names.slice(start, start + atOnce);
    const found = await Promise.all(group.map(has));
    missing.push(...group.filter((_, index) => !found[index]));
  }
  return missing;
}
