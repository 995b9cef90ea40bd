/** What the option `verifyReads` checks of what is read, and what a push checks of what it finds. Loaded when one of them first has to. */
import { algorithmOf, type Digest } from '../../api/formats.ts';
import type { Call } from '../../call.ts';
import { digestOf } from '../../content/digest.ts';
import { schema1MediaTypes } from '../../content/manifest.ts';
import { verified } from '../../content/verified.ts';
import { type ByteStream, type Manifest, StorageFault } from '../../driver.ts';

/** All bytes of a blob, checked as they are read. Where they are others, a {@link StorageFault} comes in place of their last piece. */
export function verifiedBlob(
  { path: { name } }: Pick<Call<'getBlob'>, 'path'>,
  digest: Digest,
  size: number,
  bytes: Uint8Array | ByteStream,
): Uint8Array | ByteStream {
  return verified(bytes, { digest, size, wrong: (reason) => new StorageFault('broken', damage('blob', name, digest, reason)) });
}

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
  throw new StorageFault('broken', damage('manifest', name, digest, `the digest of its ${bytes.length} bytes is ${actual}`));
}

const damage = (kind: string, repo: string, digest: Digest, reason: string): string =>
  `the ${kind} ${digest} of ${repo} is damaged: ${reason}`;
