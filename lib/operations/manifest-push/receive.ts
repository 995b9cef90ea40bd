/** Manifests as they come: read, and held to the digest that they are pushed under. */
import { algorithmOf, type Digest } from '../../api/formats.ts';
import type { Call } from '../../call.ts';
import { digestOf } from '../../content/digest.ts';
import { type ParsedManifest, parseManifest } from '../../content/manifest.ts';
import type { Manifest } from '../../driver.ts';
import { missingIn } from './references.ts';

/** A manifest that may be stored. */
export interface Received {
  readonly manifest: Manifest;
  /** What it names and the repository does not hold, each as it names it. */
  missing(): Promise<readonly string[]>;
}

/** Reads a manifest of today's formats. */
export function receive(call: Call<'putManifest'>, bytes: Uint8Array): Received {
  const digest = digestOfPush(call, bytes);
  const parsed = parseManifest(bytes, call.headers['Content-Type'], call.settings.limits);
  return { manifest: manifestOf(parsed, digest, bytes), missing: () => missingIn(call.driver, call.path.name, parsed) };
}

/** The digest of what is pushed, which has to be the one in the path where that names one. */
export function digestOfPush(call: Call<'putManifest'>, bytes: Uint8Array): Digest {
  if (call.use === 'by tag') return digestOf(bytes, 'sha256');
  const given = call.path.reference;
  const actual = digestOf(bytes, algorithmOf(given));
  if (actual !== given) throw call.error('DIGEST_INVALID', { detail: { given, actual } });
  return actual;
}

function manifestOf({ mediaType, subject, referrer }: ParsedManifest, digest: Digest, bytes: Uint8Array): Manifest {
  const listed = subject && referrer && { subject, referrer: { ...referrer, digest, size: bytes.length } };
  return { digest, mediaType, bytes, ...listed };
}
