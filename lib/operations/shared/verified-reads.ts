/** What a push checks of what it finds. Loaded when it first has to. */
import { algorithmOf, type Digest } from '../../api/formats.ts';
import type { Call } from '../../call.ts';
import { digestOf } from '../../content/digest.ts';
import { schema1MediaTypes } from '../../content/manifest.ts';
import { type Manifest, StorageFault } from '../../driver.ts';

/**
 * Throws a {@link StorageFault} if a manifest has not the bytes that its digest names. Of a signed document of schema 1, that covers what
 * was signed, and not the signatures themselves.
 */
export async function checkManifest(
  { path: { name }, legacy }: Pick<Call<'getManifest'>, 'path' | 'legacy'>,
  digest: Digest,
  { mediaType, bytes }: Manifest,
): Promise<void> {
  const actual = digestOf(bytes, algorithmOf(digest));
  if (actual === digest) return;
  const payload = mediaType.toLowerCase() === schema1MediaTypes.signed ? await legacy.schema1Payload(bytes) : undefined;
  if (payload && digestOf(payload, algorithmOf(digest)) === digest) return;
  throw damaged('manifest', name, digest, `the digest of its ${bytes.length} bytes is ${actual}`);
}

const damaged = (kind: string, repo: string, digest: Digest, reason: string): StorageFault =>
  new StorageFault('broken', `the ${kind} ${digest} of ${repo} is damaged: ${reason}`);
