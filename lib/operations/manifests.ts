import type { Content } from '../api/bodies.ts';
import { type Digest, isDigest, type Tag } from '../api/formats.ts';
import type { Call, Handler } from '../call.ts';
import { failedCondition, isConditional } from '../content/conditions.ts';
import type { Manifest } from '../driver.ts';
import { readWhole } from '../uploads/body.ts';
import { receive } from './manifest-push/receive.ts';
import { storeManifest } from './manifest-push/store.ts';
import { contentHeaders, isNotModified } from './shared/content-headers.ts';
import { describeManifest } from './shared/manifest-description.ts';
import { preconditionFailed } from './shared/preconditions.ts';

/** Serves a manifest as it was pushed: distribution specification, "Pulling manifests". */
export const getManifest: Handler<'getManifest'> = async (call) => {
  const { name } = call.path;
  const { manifests } = call.driver;
  const digest =
    call.use === 'by digest' ? call.path.reference : await manifests.resolve(name, call.path.reference, { thenRead: true });
  if (digest === undefined) throw unknown(call);
  const headers = contentHeaders(digest, call.use === 'by digest' ? 'digest' : 'name', call.settings);
  const notModified = isNotModified(call.headers, digest);
  const content = call.head || notModified ? await describedContent(call, digest) : await readContent(call, digest);
  return notModified ? { status: 304, headers } : { status: 200, headers, body: content };
};

/** A manifest as content of which only the headers are sent: its bytes are not read. Throws 404 if it is absent. */
async function describedContent(call: Call<'getManifest'>, digest: Digest): Promise<Content> {
  const description = await describeManifest(call.driver.manifests, call.path.name, digest);
  if (!description) throw unknown(call);
  // What is added stands before the spread: V8 makes a new map where properties follow it.
  return { open: async () => (await readContent(call, digest)).open(), ...description };
}

/** A manifest as content that is sent: its bytes are read at once. Throws 404 if it is absent. */
async function readContent(call: Call<'getManifest'>, digest: Digest): Promise<Content> {
  const manifest = await call.driver.manifests.get(call.path.name, digest);
  if (!manifest) throw unknown(call);
  if (call.settings.verifyReads === 'always')
    await (await import('./shared/verified-reads.ts')).checkManifest(call, digest, manifest);
  const { mediaType, bytes } = manifest;
  return { mediaType, size: bytes.length, open: async () => bytes };
}

/** Takes a manifest, checks it, and points tags at it: distribution specification, "Pushing Manifests". */
export const putManifest: Handler<'putManifest'> = async (call) => {
  const { limits, allowMissingReferences } = call.settings;
  const tags = tagsOf(call);
  const bytes = await readWhole(call.body, limits.manifestBytes);
  const received = await receive(call, bytes);
  const missing = allowMissingReferences ? [] : await received.missing();
  if (missing.length > 0) throw call.error('MANIFEST_BLOB_UNKNOWN', { entries: missing.map(describeMissing) });
  const { beforeManifest, beforeTag } = call.settings.hooks;
  if (beforeManifest ?? beforeTag) await (await import('../hooks/index.ts')).decideOnManifest(call, received.manifest, tags);
  await storeManifest(call, received.manifest, tags);
  return {
    status: 201,
    headers: { ...manifestHeaders(call, received.manifest), ...(call.use === 'by digest' && tagHeaders(tags)) },
  };
};

/** Deletes a manifest and its tags: distribution specification, "Deleting Manifests". */
export const deleteManifest: Handler<'deleteManifest'> = async (call) => {
  const { name, reference: digest } = call.path;
  const { manifests } = call.driver;
  const failed = failedCondition(call.headers, digest);
  if (failed && (await describeManifest(manifests, name, digest))) throw call.error('DENIED', preconditionFailed(failed, digest));
  const isHidden = call.settings.authorize && !(await (await import('./shared/tag-changes.ts')).mayTakeTags(call));
  if (failed || isHidden || !(await manifests.delete(name, digest, call.signal))) throw unknown(call);
  return { status: 202 };
};

/** Deletes a tag and leaves its manifest: distribution specification, "Deleting tags". */
export const deleteTag: Handler<'deleteTag'> = async (call) => {
  const { name, reference: tag } = call.path;
  const { manifests } = call.driver;
  if (!isConditional(call.headers)) {
    if (!(await manifests.untag(name, tag))) throw unknown(call);
    return { status: 202 };
  }
  // Compare-and-swap: a tag that moved between resolve and untag is resolved and checked again.
  for (;;) {
    const current = await manifests.resolve(name, tag);
    if (current === undefined) throw unknown(call);
    const failed = failedCondition(call.headers, current);
    if (failed) {
      // A client that may delete and not pull is not told where the tag points.
      const hidden = !(await call.may({ repository: name, actions: ['pull'], tags: [tag] }));
      throw call.error('DENIED', preconditionFailed(failed, current, { hidden }));
    }
    if (await manifests.untag(name, tag, current)) return { status: 202 };
  }
};

/**
 * The tags that a push sets. Throws before any of the body is read: 414 if there are more than the registry sets at once, 400 if they
 * come with a condition, which would be about the manifest, and leave them unguarded against what the client means to rule out.
 */
function tagsOf(call: Call<'putManifest'>): readonly Tag[] {
  if (call.use === 'by tag') return [call.path.reference];
  const tags = [...new Set(call.query.tag)];
  if (tags.length > 0 && isConditional(call.headers)) {
    const message = 'a condition beside tags in the query would guard none of them: push by tag, or leave one of the two out';
    throw call.error('UNSUPPORTED', { status: 400, message, detail: { reason: 'condition-beside-tags' } });
  }
  const limit = call.settings.limits.tagsPerPush;
  if (tags.length <= limit) return tags;
  throw call.error('UNSUPPORTED', {
    status: 414,
    message: `the request has ${tags.length} tags: this registry sets ${limit} at most in one push; set the others in another one`,
    detail: { reason: 'too-many-tags', parameter: 'tag', limit, given: tags.length },
  });
}

function manifestHeaders(call: Call<'putManifest'>, { digest, subject }: Manifest) {
  const Location = call.url('manifest', { name: call.path.name, reference: digest });
  return { Location, 'Docker-Content-Digest': digest, 'OCI-Subject': subject };
}

const unknown = ({ path: { name, reference }, error }: Pick<Call<'getManifest'>, 'path' | 'error'>) =>
  error('MANIFEST_UNKNOWN', {
    message: `the repository ${name} has no ${isDigest(reference) ? 'manifest' : 'tag'} ${reference}`,
    detail: { name, reference },
  });

const tagHeaders = (tags: readonly Tag[]) => (tags.length > 0 ? { 'OCI-Tag': tags } : {});

const describeMissing = (digest: string) => ({
  message: `the repository does not hold ${digest}: push it first`,
  detail: { digest },
});
