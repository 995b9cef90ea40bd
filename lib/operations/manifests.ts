import { algorithmOf, type Digest, type Tag } from '../api/formats.ts';
import { readWhole } from '../body.ts';
import type { Call, Handler } from '../call.ts';
import { hold, isConditional } from '../conditions.ts';
import { digestOf } from '../digest.ts';
import type { Manifest } from '../driver.ts';
import { type ParsedManifest, parseManifest } from '../manifest.ts';
import { contentHeaders, hasAlready } from './content.ts';
import { missingIn } from './missing.ts';
import { conditionFailed, store } from './storing.ts';

/** Serves a manifest as it was pushed: distribution specification, "Pulling manifests". */
export const getManifest: Handler<'getManifest'> = async (call) => {
  const { name, reference } = call.path;
  const { manifests } = call.driver;
  const digest = call.use === 'by digest' ? call.path.reference : await manifests.resolve(name, call.path.reference);
  const manifest = digest && (await manifests.get(name, digest));
  if (!manifest) throw call.error('MANIFEST_UNKNOWN', { detail: { name, reference } });
  const headers = contentHeaders(manifest.digest, call.use === 'by digest' ? 'digest' : 'tag', call.settings);
  if (hasAlready(call.headers, manifest.digest)) return { status: 304, headers };
  const { mediaType, bytes } = manifest;
  return { status: 200, headers, body: { mediaType, size: bytes.length, open: async () => bytes } };
};

/** Takes a manifest, checks it, and points tags at it: distribution specification, "Pushing Manifests". */
export const putManifest: Handler<'putManifest'> = async (call) => {
  const { name } = call.path;
  const { limits } = call.settings;
  const bytes = await readWhole(call.body, limits.manifestBytes);
  const digest = digestOf(bytes, call.use === 'by digest' ? algorithmOf(call.path.reference) : 'sha256');
  if (call.use === 'by digest' && digest !== call.path.reference) {
    throw call.error('DIGEST_INVALID', { detail: { given: call.path.reference, actual: digest } });
  }
  const parsed = parseManifest(bytes, call.headers['Content-Type'], limits);
  const missing = call.settings.allowMissingReferences ? [] : await missingIn(call.driver, name, parsed);
  if (missing.length > 0) throw call.error('MANIFEST_BLOB_UNKNOWN', { entries: missing.map(describeMissing) });
  const tags = call.use === 'by digest' ? [...new Set(call.query.tag)] : [call.path.reference];
  await store(call, manifestOf(parsed, digest, bytes), tags);
  return {
    status: 201,
    headers: { ...publishedAt(call, digest, parsed.subject), ...(call.use === 'by digest' && tagged(tags)) },
  };
};

/** Deletes a manifest and its tags: distribution specification, "Deleting Manifests". */
export const deleteManifest: Handler<'deleteManifest'> = async (call) => {
  const { name, reference: digest } = call.path;
  const manifest = await call.driver.manifests.get(name, digest);
  if (manifest && !hold(call.headers, digest)) throw call.error('DENIED', conditionFailed);
  const deleted = manifest && (await call.driver.manifests.delete(name, manifest));
  if (!deleted) throw call.error('MANIFEST_UNKNOWN', { detail: { name, digest } });
  return { status: 202 };
};

/** Deletes a tag and leaves its manifest: distribution specification, "Deleting tags". */
export const deleteTag: Handler<'deleteTag'> = async (call) => {
  const { name, reference: tag } = call.path;
  const { manifests } = call.driver;
  const unknown = () => call.error('MANIFEST_UNKNOWN', { detail: { name, tag } });
  if (!isConditional(call.headers)) {
    if (!(await manifests.untag(name, tag))) throw unknown();
    return { status: 202 };
  }
  // A tag that moves between the look and the deletion is looked at again.
  for (;;) {
    const current = await manifests.resolve(name, tag);
    if (current === undefined) throw unknown();
    if (!hold(call.headers, current)) throw call.error('DENIED', conditionFailed);
    if (await manifests.untag(name, tag, current)) return { status: 202 };
  }
};

function publishedAt(call: Call<'putManifest'>, digest: Digest, subject: Digest | undefined) {
  const Location = call.url('manifest', { name: call.path.name, reference: digest });
  return { Location, 'Docker-Content-Digest': digest, 'OCI-Subject': subject };
}

const tagged = (tags: readonly Tag[]) => (tags.length > 0 ? { 'OCI-Tag': tags } : {});

const describeMissing = (digest: Digest) => ({ message: `unknown to this repository: ${digest}`, detail: { digest } });

function manifestOf({ mediaType, subject, referrer }: ParsedManifest, digest: Digest, bytes: Uint8Array): Manifest {
  const listed = subject && referrer && { subject, referrer: { ...referrer, digest, size: bytes.length } };
  return { digest, mediaType, bytes, ...listed };
}
