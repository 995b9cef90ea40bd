import type { Digest, Tag } from '../../api/formats.ts';
import type { Call } from '../../call.ts';
import { hold, isConditional } from '../../content/conditions.ts';
import { isStorageFault, type Manifest, StorageFault } from '../../driver.ts';

/** What goes with `DENIED` where a condition does not hold. */
export const conditionFailed = { status: 412, message: 'what is there now is not what the request asks for' } as const;

/**
 * The manifest, then its tags, so that no tag ever points at nothing. What may not be done is refused before anything
 * is stored; a tag that someone else moves in between is looked at again.
 */
export async function store(call: Call<'putManifest'>, manifest: Manifest, tags: readonly Tag[]): Promise<void> {
  const { manifests } = call.driver;
  const { name } = call.path;
  const there = await readable(call, manifest.digest);
  if (call.use === 'by digest' && isConditional(call.headers) && !hold(call.headers, there?.digest)) {
    throw call.error('DENIED', conditionFailed);
  }
  if (there && sameBytes(there, manifest) && there.mediaType !== manifest.mediaType) {
    throw call.error('MANIFEST_INVALID', { message: `manifest invalid: it is stored here as ${there.mediaType} already` });
  }
  // What is known by a digest never changes, but for what its signatures say of who pushed it: those of the first stay.
  const kept = there ?? manifest;
  for (let attempt = 0; attempt < attempts; attempt++) {
    const expected = await Promise.all(tags.map((tag) => expectedOf(call, tag, manifest.digest)));
    await manifests.put(name, kept);
    const set = await Promise.all(tags.map((tag, index) => manifests.tag(name, tag, manifest.digest, expected[index])));
    if (set.every(Boolean)) return;
  }
  throw new StorageFault('busy', `${manifest.digest} or a tag of it changes as fast as it is pushed`);
}

/** What is there under a digest. What cannot be read is none, and said to the log: to push it again repairs it. */
async function readable(call: Call<'putManifest'>, digest: Digest): Promise<Manifest | undefined> {
  try {
    return await call.driver.manifests.get(call.path.name, digest);
  } catch (err) {
    if (!isStorageFault(err) || err.kind !== 'broken') throw err;
    call.settings.logger.warn({ err }, 'a manifest cannot be read, and is written over by a push of the same');
    return undefined;
  }
}

const sameBytes = (one: Manifest, other: Manifest): boolean => Buffer.compare(one.bytes, other.bytes) === 0;

/** A push that loses a race sees who won, and is mostly refused; only one that may go on tries again. */
const attempts = 20;

/**
 * What the tag must point at when it is written: undefined where that does not matter. Throws where it may not be
 * written, now that it points where it does.
 */
async function expectedOf(call: Call<'putManifest'>, tag: Tag, digest: Digest): Promise<Digest | null | undefined> {
  const { name } = call.path;
  const conditional = call.use === 'by tag' && isConditional(call.headers);
  const immutable = call.settings.isImmutable(name, tag);
  if (!conditional && !immutable) return undefined;
  const current = await call.driver.manifests.resolve(name, tag);
  if (conditional && !hold(call.headers, current)) throw call.error('DENIED', conditionFailed);
  if (immutable && current !== undefined && current !== digest) {
    throw call.error('DENIED', { message: `the tag ${tag} may not be moved`, detail: { tag, current } });
  }
  return current ?? null;
}
