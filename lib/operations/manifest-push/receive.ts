/** Manifests that are pushed: parsed, and checked against the digest in the path. */
import { algorithmOf, type Digest } from '../../api/formats.ts';
import type { Call } from '../../call.ts';
import { digestOf } from '../../content/digest.ts';
import { type ParsedManifest, parseManifest } from '../../content/manifest.ts';
import type { Manifest } from '../../driver.ts';
import { missingReferences } from './references.ts';

/** A manifest that has passed its checks. */
export interface Received {
  readonly manifest: Manifest;
  /** The references that the repository does not hold, as the manifest writes them. */
  missing(): Promise<readonly string[]>;
}

/** Reads a manifest or index of any kind that is served. */
export async function receive(call: Call<'putManifest'>, bytes: Uint8Array): Promise<Received> {
  return (await receiveSchema1(call, bytes)) ?? receiveCurrent(call, bytes);
}

/** Reads a schema 1 manifest, by what is loaded only where the option `legacy.schema1` takes them; undefined if it is none. */
async function receiveSchema1(call: Call<'putManifest'>, bytes: Uint8Array): Promise<Received | undefined> {
  const schema1 = await call.legacy.schema1?.();
  return schema1 && (await import('./schema1.ts')).receiveSchema1(call, bytes, schema1);
}

/** Reads an OCI or Docker schema 2 manifest or index. */
function receiveCurrent(call: Call<'putManifest'>, bytes: Uint8Array): Received {
  const digest = digestOfPush(call, bytes);
  const parsed = parseManifest(bytes, call.headers['Content-Type'], call.settings.limits);
  return { manifest: manifestOf(parsed, digest, bytes), missing: () => missingReferences(call, parsed) };
}

/** The digest of the bytes. Throws 400 `DIGEST_INVALID` if the path names another one. */
export function digestOfPush(call: Call<'putManifest'>, bytes: Uint8Array): Digest {
  if (call.use === 'by tag') return digestOf(bytes, 'sha256');
  const given = call.path.reference;
  const actual = digestOf(bytes, algorithmOf(given));
  if (actual !== given) {
    const message = `the digest of the manifest is ${actual}, not ${given} as in the URL`;
    throw call.error('DIGEST_INVALID', { message, detail: { reason: 'digest-mismatch', given, actual } });
  }
  return actual;
}

/** A manifest as it is stored: what it is listed by among referrers is read off it. */
export function manifestOf({ mediaType, subject, referrer }: ParsedManifest, digest: Digest, bytes: Uint8Array): Manifest {
  const listed = subject && referrer && { subject, referrer: { ...referrer, digest, size: bytes.length } };
  return { digest, mediaType, bytes, ...listed };
}
