/**
 * What becomes of tags, put to `authorize`: whether a tag is created or updated, and which go with a manifest, is known only when it is
 * looked up. Nothing is, for a client that may do all of it. Imported where there is an `authorize`.
 */
import type { RepositoryNeed, TagChange } from '../../access/authorize.ts';
import type { Digest, Tag } from '../../api/formats.ts';
import type { Call } from '../../call.ts';
import { mapConcurrently } from '../../concurrency.ts';

/** As many tags of a repository are looked at, to find those that go with a manifest. */
const mostLookedAt = 10_000;

type Push = Pick<Call<'putManifest'>, 'path' | 'may' | 'denied'>;

/** Whether a push may do with these tags what it will: then where they point need not be known. */
export async function maySetFreely(call: Push, tags: readonly Tag[], digest: Digest): Promise<boolean> {
  const answers = [call.may(settingOf(call, 'create', tags, digest)), call.may(settingOf(call, 'update', tags, digest))];
  return (await Promise.all(answers)).every(Boolean);
}

/** Throws the refusal if a push may not do what it does with tags that point there now; null is nowhere. */
export async function checkChanges(
  call: Push,
  tags: readonly Tag[],
  targets: readonly (Digest | null | undefined)[],
  digest: Digest,
): Promise<void> {
  const created = tags.filter((_, index) => targets[index] === null);
  const updated = tags.filter((_, index) => targets[index] !== null && targets[index] !== digest);
  for (const [change, changed] of [
    ['create', created],
    ['update', updated],
  ] as const) {
    if (changed.length === 0 || (await call.may(settingOf(call, change, changed, digest)))) continue;
    throw call.denied({
      message: `you may not ${change} ${changed.length > 1 ? 'all of the tags' : 'the tag'} ${changed.join(', ')}`,
      detail: { change, tags: changed },
    });
  }
}

const settingOf = ({ path }: Push, change: TagChange, tags: readonly Tag[], digest: Digest): RepositoryNeed => ({
  repository: path.name,
  actions: ['pull', 'push'],
  tags,
  digest,
  change,
});

/**
 * Whether a manifest may be deleted with its tags. Throws the refusal if some of them may not, or may not as far as is known; false, as if
 * it were absent, to a client that may not pull, which is not told that there is a manifest. A tag that somebody else points at it
 * after that goes unasked.
 */
export async function mayTakeTags(call: Call<'deleteManifest'>): Promise<boolean> {
  const { name: repository, reference: digest } = call.path;
  const need: RepositoryNeed = { repository, actions: ['delete'], digest, change: 'delete' };
  if (await call.may(need)) return true;
  const tags = await tagsOf(call);
  if (tags && (tags.length === 0 || (await call.may({ ...need, tags })))) return true;
  if (!(await call.may({ repository, actions: ['pull'], digest }))) return false;
  throw call.denied({
    message: `you may not delete ${tags ? `the tags ${tags.join(', ')}` : 'every tag of the repository'}, and tags go with their manifest`,
    detail: { change: 'delete', ...(tags && { tags }) },
  });
}

/** The tags on a manifest; undefined where the repository has too many to look at. */
async function tagsOf({ driver, path, signal }: Call<'deleteManifest'>): Promise<readonly Tag[] | undefined> {
  const { name, reference: digest } = path;
  const all = (await driver.manifests.tags(name, { limit: mostLookedAt + 1 }, signal)) ?? [];
  if (all.length > mostLookedAt) return undefined;
  const targets = await mapConcurrently(all, (tag) => {
    signal.throwIfAborted();
    return driver.manifests.resolve(name, tag);
  });
  return all.filter((_, index) => targets[index] === digest);
}
