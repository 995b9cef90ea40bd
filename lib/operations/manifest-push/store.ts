import type { Digest, Tag } from '../../api/formats.ts';
import type { Call } from '../../call.ts';
import { mapConcurrently } from '../../concurrency.ts';
import { failedCondition, isConditional } from '../../content/conditions.ts';
import { isKnown } from '../../content/manifest.ts';
import { isStorageFault, type Manifest, type ManifestStore, type RepositoryName, StorageFault } from '../../driver.ts';
import { preconditionFailed } from '../shared/preconditions.ts';
import type * as TagChanges from '../shared/tag-changes.ts';

/**
 * Stores the manifest, then its tags, so that no tag ever points at nothing. Conditions are checked before anything is stored.
 * A tag with a condition, or that the client may not set freely, is then written by compare-and-swap, and checked again if another writer
 * was faster. Throws a StorageFault (503) if others are faster every time.
 */
export async function storeManifest(call: Call<'putManifest'>, manifest: Manifest, tags: readonly Tag[]): Promise<void> {
  const { manifests } = call.driver;
  const { name } = call.path;
  const stored = await findIntact(call, manifest);
  const failed = call.use === 'by digest' ? failedCondition(call.headers, stored?.digest) : undefined;
  if (failed) throw call.error('DENIED', preconditionFailed(failed, stored?.digest));
  const kept = stored ? keptOf(call, stored, manifest) : manifest;
  const changes = call.settings.authorize && tags.length > 0 ? await restrictedChanges(call, tags, manifest.digest) : undefined;
  for (let attempt = 0; attempt < attempts; attempt++) {
    const expected = await mapConcurrently(tags, (tag) => expectedTarget(call, tag, manifest.digest, changes !== undefined));
    await changes?.checkChanges(call, tags, expected, manifest.digest);
    if (await storeAndTag(manifests, name, kept, tags, expected)) return;
  }
  throw new StorageFault('busy', `${manifest.digest} or a tag of it changes as fast as it is pushed`);
}

/** What asks `authorize` about the changes of tags; undefined where the push may do with these what it will. */
async function restrictedChanges(
  call: Call<'putManifest'>,
  tags: readonly Tag[],
  digest: Digest,
): Promise<typeof TagChanges | undefined> {
  const changes = await import('../shared/tag-changes.ts');
  return (await changes.maySetFreely(call, tags, digest)) ? undefined : changes;
}

/** False if a tag was not set: another writer was faster. */
async function storeAndTag(
  manifests: ManifestStore,
  name: RepositoryName,
  manifest: Manifest,
  tags: readonly Tag[],
  expected: readonly (Digest | null | undefined)[],
): Promise<boolean> {
  const isUnconditional = expected.every((target) => target === undefined);
  if (manifests.putTagged && tags.length > 0 && isUnconditional) return manifests.putTagged(name, manifest, tags);
  await manifests.put(name, manifest);
  const set = await mapConcurrently(tags, (tag, index) => manifests.tag(name, tag, manifest.digest, expected[index]));
  return set.every(Boolean);
}

/**
 * What stays of a manifest that is stored and pushed again: the bytes that are stored, and what is read off them now; its type, unless the
 * registry did not know what it stored and knows it now. Throws 400 `MANIFEST_INVALID` if the two differ in their type otherwise.
 */
function keptOf(call: Call<'putManifest'>, stored: Manifest, pushed: Manifest): Manifest {
  // Keep the stored bytes: a schema 1 digest covers the payload alone, so a second push could swap signatures.
  if (!sameBytes(stored, pushed)) return stored;
  if (stored.mediaType === pushed.mediaType) return pushed;
  if (!isKnown(stored.mediaType) && isKnown(pushed.mediaType)) return pushed;
  throw call.error('MANIFEST_INVALID', {
    message: `manifest invalid: the same bytes are stored as ${stored.mediaType} already, and keep that type`,
    detail: { reason: 'media-type', expected: stored.mediaType, given: pushed.mediaType },
  });
}

/** The stored manifest. One that is damaged counts as absent, so that pushing it again repairs it. */
async function findIntact(call: Call<'putManifest'>, pushed: Manifest): Promise<Manifest | undefined> {
  try {
    const stored = await call.driver.manifests.get(call.path.name, pushed.digest);
    // The bytes that were pushed have passed this check already.
    if (stored && !sameBytes(stored, pushed))
      await (await import('../shared/verified-reads.ts')).checkManifest(call, pushed.digest, stored);
    return stored;
  } catch (err) {
    if (!isStorageFault(err) || err.kind !== 'broken') throw err;
    call.settings.logger.warn({ err }, 'stored manifest damaged, replaced by a push of it');
    return undefined;
  }
}

const sameBytes = (one: Manifest, other: Manifest): boolean => Buffer.compare(one.bytes, other.bytes) === 0;

/** How often tags are written again. A push that lost a race is mostly refused by its condition instead. */
const attempts = 20;

/**
 * The `expected` of the compare-and-swap of a tag: undefined for an unconditional write, which a tag has unless what it does to it `isRestricted`. Throws
 * if the current target fails the condition, or an immutable tag points elsewhere.
 */
async function expectedTarget(
  call: Call<'putManifest'>,
  tag: Tag,
  digest: Digest,
  isRestricted: boolean,
): Promise<Digest | null | undefined> {
  const { name } = call.path;
  const conditional = call.use === 'by tag' && isConditional(call.headers);
  const immutable = call.settings.isImmutable(name, tag);
  if (!conditional && !immutable && !isRestricted) return undefined;
  const current = await call.driver.manifests.resolve(name, tag);
  const failed = conditional ? failedCondition(call.headers, current) : undefined;
  if (failed) throw call.error('DENIED', preconditionFailed(failed, current));
  if (immutable && current !== undefined && current !== digest) {
    throw call.error('DENIED', {
      message: `the tag ${tag} is immutable and points at ${current}: push under another tag`,
      detail: { reason: 'immutable-tag', tag, current },
    });
  }
  return current ?? null;
}
