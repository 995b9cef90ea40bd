/** What a collection will do, as data. */
import { DigestSet } from '../../digest-set.ts';
import type { Digest, Driver, Inventory, Item, ItemKind, RepositoryName, Tag } from '../../driver.ts';
import { inventoryOf, itemsOf, repositoriesOf, type TagOf, tagsOf } from '../listings.ts';
import { type CollectionOptions, type CollectionSettings, readOptions } from './options.ts';
import { createReach, type Reach } from './reach.ts';
import type { Pointing } from './retention.ts';

/** One step of a collection: plain data, which can be kept, filtered, and carried out later. */
export type CollectionStep =
  /** Something goes into the trash of its repository: nothing that stays needs it. */
  | (ItemStep & { readonly action: 'discard'; readonly reason: 'unneeded' })
  /** Something is removed that has lain in the trash for the whole grace; `held`: it is held again, and what is left in the trash goes. */
  | (ItemStep & { readonly action: 'remove'; readonly reason: 'unneeded' | 'held' })
  /** Something comes out of the trash: what stays needs it. */
  | (ItemStep & { readonly action: 'bring-back'; readonly reason: 'needed' })
  /** Something stays as it is. */
  | (ItemStep & { readonly action: 'keep'; readonly reason: KeepReason })
  /** A tag goes, by a rule. */
  | {
      readonly action: 'untag';
      readonly repository: RepositoryName;
      readonly tag: Tag;
      /** What it points at: a tag that points elsewhere by then stays. */
      readonly digest: Digest;
    }
  /** A repository stays as it is, whatever is in it: something of it could not be read. */
  | { readonly action: 'skip'; readonly repository: RepositoryName; readonly error: string };

/** A step that is about a blob or a manifest. */
export interface ItemStep {
  readonly repository: RepositoryName;
  readonly kind: ItemKind;
  readonly digest: Digest;
  /** About. That of a blob may be shared with other repositories. */
  readonly bytes: number;
  /** When it was pushed, or put into the trash. ISO 8601. */
  readonly at: string;
}

/**
 * Why something stays. `needed`: a tag, an untagged manifest that stays or that was pushed within `minAge`, or something that one of these needs
 * leads to it. `young`: it was pushed within `minAge`. `grace`: it lies in the trash, and not long enough.
 */
export type KeepReason = 'needed' | 'young' | 'grace';

/**
 * The steps that a collection takes now, repository by repository. Nothing is changed by that, but for what comes out of the trash as it is read.
 *
 * @throws {TypeError} that lists everything that is wrong with the options, or says that the driver has no inventory
 * @example
 * import { memoryDriver } from 'stowage/drivers/memory';
 * import { planCollection } from 'stowage/upkeep';
 *
 * for await (const step of planCollection(memoryDriver(), { explain: true })) console.log(step);
 */
export function planCollection(driver: Driver, options: CollectionOptions = {}): AsyncIterable<CollectionStep> {
  const [inventory, settings] = [inventoryOf(driver), readOptions('planCollection', options)];
  return (async function* () {
    for await (const repo of repositoriesOf(inventory, undefined, settings.signal)) {
      for await (const part of planRepository(driver, inventory, repo, settings)) yield* part;
    }
  })();
}

/**
 * The steps for one repository, in parts: each is asked for when the steps of the one before were taken. What cannot be read ends them: it may need
 * anything.
 *
 * Manifests are discarded before what they name, and removed before that: as long as one can come back, so can all that it leads to. When no
 * more of them can, those that have come back meanwhile are looked for, and what they lead to stays.
 */
export async function* planRepository(
  driver: Driver,
  inventory: Inventory,
  repo: RepositoryName,
  settings: CollectionSettings,
): AsyncGenerator<AsyncIterable<CollectionStep> | readonly CollectionStep[]> {
  try {
    const marked = await mark(driver, inventory, repo, settings);
    yield sweep(inventory, repo, 'manifest', marked, settings);
    await marked.markNew();
    yield sweep(inventory, repo, 'blob', marked, settings);
    yield marked.going.map(({ tag, digest }) => ({ action: 'untag', repository: repo, tag, digest }));
  } catch (error) {
    settings.signal?.throwIfAborted();
    yield [{ action: 'skip', repository: repo, error: error instanceof Error ? error.message : String(error) }];
  }
}

/** What a repository needs. */
interface Marked {
  /** What stays. */
  readonly needed: Pick<Reach, 'has'>;
  /** What manifests lead to that go: it is discarded after them, and not removed before they are. */
  readonly leftBehind: Pick<Reach, 'has'>;
  readonly going: readonly Pointing[];
  /** When it was looked at, in milliseconds since the epoch. */
  readonly nowMs: number;
  /** Adds to what is needed what those manifests lead to that have come since. */
  markNew(): Promise<void>;
}

async function mark(
  driver: Driver,
  inventory: Inventory,
  repo: RepositoryName,
  { retention, untagged, minAge, signal }: CollectionSettings,
): Promise<Marked> {
  const nowMs = Date.now();
  const [held, manifests] = [new DigestSet(), new DigestSet()];
  for await (const { digest } of itemsOf(inventory, 'held', repo, 'manifest', signal)) {
    held.add(digest);
    manifests.add(digest);
  }
  for await (const { digest } of itemsOf(inventory, 'discarded', repo, 'manifest', signal)) manifests.add(digest);
  const isManifest = (digest: Digest): boolean => manifests.has(digest);
  const needed = createReach(driver, repo, isManifest, signal);
  let tagged: Pick<Reach, 'has'> = needed;
  let going: readonly Pointing[] = [];
  if (retention === undefined) {
    for await (const { digest } of tagsOf(driver, repo, signal)) await needed.from([digest]);
  } else {
    const all = createReach(driver, repo, isManifest, signal);
    const tags: TagOf[] = [];
    for await (const each of tagsOf(driver, repo, signal)) tags.push(each);
    const leaving = retention(repo, await withTimes(inventory, repo, tags, signal), nowMs);
    // What is pushed now may be what a tag points at next: its time is that of its last push.
    going = leaving.filter(({ atMs }) => nowMs - atMs >= minAge);
    const isGoing = new Set(going.map(({ tag }) => tag));
    await needed.from(tags.filter(({ tag }) => !isGoing.has(tag)).map(({ digest }) => digest));
    if (going.length > 0) {
      await all.from(tags.map(({ digest }) => digest));
      tagged = all;
    }
  }
  // Nothing leads to these from a tag, not even from one that goes. What was pushed a short while ago needs what it names, too.
  for await (const { digest, at } of itemsOf(inventory, 'held', repo, 'manifest', signal)) {
    const age = nowMs - at.getTime();
    const stays = untagged === 'keep' || age < untagged;
    if (age < minAge || (stays && !tagged.has(digest))) await needed.from([digest]);
  }
  const leftBehind = createReach(driver, repo, (digest) => isManifest(digest) && !needed.has(digest), signal);
  for await (const { digest } of itemsOf(inventory, 'held', repo, 'manifest', signal)) {
    if (!needed.has(digest)) await leftBehind.from([digest]);
  }
  return {
    needed,
    leftBehind,
    going,
    nowMs,
    async markNew() {
      const came: Digest[] = [];
      for await (const { digest } of itemsOf(inventory, 'held', repo, 'manifest', signal)) {
        if (held.has(digest) || needed.has(digest)) continue;
        manifests.add(digest);
        came.push(digest);
      }
      await needed.from(came);
    },
  };
}

async function* sweep(
  inventory: Inventory,
  repo: RepositoryName,
  kind: ItemKind,
  { needed, leftBehind, nowMs }: Marked,
  { grace, minAge, explain, signal }: CollectionSettings,
): AsyncGenerator<CollectionStep> {
  const stepOf = ({ digest, size, at }: Item): ItemStep => ({
    repository: repo,
    kind,
    digest,
    bytes: size,
    at: at.toISOString(),
  });
  for await (const { held, discarded } of heldOrDiscarded(inventory, repo, kind, signal)) {
    const isDue = discarded !== undefined && discarded.at.getTime() < nowMs - grace;
    if (held) {
      const isNeeded = needed.has(held.digest);
      if (!isNeeded && nowMs - held.at.getTime() >= minAge) {
        yield { action: 'discard', ...stepOf(held), reason: 'unneeded' };
        continue;
      }
      if (isDue) yield { action: 'remove', ...stepOf(discarded), reason: 'held' };
      if (explain) yield { action: 'keep', ...stepOf(held), reason: isNeeded ? 'needed' : 'young' };
    } else if (discarded) {
      const isNeeded = needed.has(discarded.digest) || leftBehind.has(discarded.digest);
      if (isNeeded) yield { action: 'bring-back', ...stepOf(discarded), reason: 'needed' };
      else if (isDue) yield { action: 'remove', ...stepOf(discarded), reason: 'unneeded' };
      else if (explain) yield { action: 'keep', ...stepOf(discarded), reason: 'grace' };
    }
  }
}

/** What a repository holds, and what lies in its trash, in the order of digests. What was pushed again may be in both places. */
async function* heldOrDiscarded(
  inventory: Inventory,
  repo: RepositoryName,
  kind: ItemKind,
  signal?: AbortSignal,
): AsyncGenerator<{ readonly held?: Item | undefined; readonly discarded?: Item | undefined }> {
  const [held, discarded] = (['held', 'discarded'] as const).map((list) => itemsOf(inventory, list, repo, kind, signal));
  if (!held || !discarded) return;
  let [one, other] = [await held.next(), await discarded.next()];
  while (!one.done || !other.done) {
    const isOne = !one.done && (other.done || one.value.digest <= other.value.digest);
    const isOther = !other.done && (one.done || other.value.digest <= one.value.digest);
    yield { held: isOne ? one.value : undefined, discarded: isOther ? other.value : undefined };
    if (isOne) one = await held.next();
    if (isOther) other = await discarded.next();
  }
}

/** The tags with the times of their manifests. Those of manifests that came meanwhile are not there. */
async function withTimes(
  inventory: Inventory,
  repo: RepositoryName,
  tags: readonly TagOf[],
  signal?: AbortSignal,
): Promise<Pointing[]> {
  const times = new Map<Digest, number | undefined>(tags.map(({ digest }) => [digest, undefined]));
  for await (const { digest, at } of itemsOf(inventory, 'held', repo, 'manifest', signal)) {
    if (times.has(digest)) times.set(digest, at.getTime());
  }
  return tags.flatMap((each) => {
    const atMs = times.get(each.digest);
    return atMs === undefined ? [] : [{ ...each, atMs }];
  });
}
