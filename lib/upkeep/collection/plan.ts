/** What a collection will do, as data. */
import { mapConcurrently } from '../../concurrency.ts';
import { DigestSet } from '../../digest-set.ts';
import type { Digest, Driver, Inventory, Item, ItemKind, RepositoryName, Tag } from '../../driver.ts';
import { inventoryOf, itemsOf, repositoriesOf } from '../listings.ts';
import { type CollectionOptions, type CollectionSettings, readOptions } from './options.ts';
import { createReach, type Reach } from './reach.ts';
import type { Pointing } from './retention.ts';

/** One step of a collection: plain data, which can be kept, filtered, and carried out later. */
export type CollectionStep =
  /** Something goes into the trash of its repository: nothing that stays needs it. */
  | (ItemStep & { readonly action: 'discard'; readonly reason: 'unneeded' })
  /** Something is removed that has lain in the trash for the whole grace. */
  | (ItemStep & { readonly action: 'remove'; readonly reason: 'unneeded' })
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
 * Why something stays. `needed`: a tag, an untagged manifest that stays, or something that one of these needs leads to it. `young`: it was
 * pushed within `minAge`. `grace`: it lies in the trash, and not long enough.
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
      yield* planRepository(driver, inventory, repo, settings);
    }
  })();
}

/** The steps for one repository. What cannot be read ends them: it may need anything. */
export async function* planRepository(
  driver: Driver,
  inventory: Inventory,
  repo: RepositoryName,
  settings: CollectionSettings,
): AsyncGenerator<CollectionStep> {
  let marked: Marked;
  try {
    marked = await mark(driver, inventory, repo, settings);
  } catch (error) {
    settings.signal?.throwIfAborted();
    yield { action: 'skip', repository: repo, error: error instanceof Error ? error.message : String(error) };
    return;
  }
  yield* sweep(inventory, repo, marked, settings);
  for (const { tag, digest } of marked.going) yield { action: 'untag', repository: repo, tag, digest };
}

/** What a repository needs. */
interface Marked {
  readonly needed: Pick<Reach, 'has'>;
  readonly going: readonly Pointing[];
  /** When it was looked at, in milliseconds since the epoch. */
  readonly nowMs: number;
}

async function mark(
  driver: Driver,
  inventory: Inventory,
  repo: RepositoryName,
  { retention, untagged, minAge, signal }: CollectionSettings,
): Promise<Marked> {
  const nowMs = Date.now();
  const manifests = new DigestSet();
  for (const list of ['held', 'discarded'] as const) {
    for await (const { digest } of itemsOf(inventory, list, repo, 'manifest', signal)) manifests.add(digest);
  }
  const isManifest = (digest: Digest): boolean => manifests.has(digest);
  const needed = createReach(driver, repo, isManifest, signal);
  let tagged: Pick<Reach, 'has'> = needed;
  let going: readonly Pointing[] = [];
  if (retention === undefined) {
    for await (const { digest } of pointings(driver, repo, signal)) await needed.from([digest]);
  } else {
    const all = createReach(driver, repo, isManifest, signal);
    const tags: Omit<Pointing, 'atMs'>[] = [];
    for await (const each of pointings(driver, repo, signal)) tags.push(each);
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
  // Nothing leads to these from a tag, not even from one that goes.
  for await (const { digest, at } of itemsOf(inventory, 'held', repo, 'manifest', signal)) {
    const stays = untagged === 'keep' || nowMs - at.getTime() < untagged;
    if (stays && !tagged.has(digest)) await needed.from([digest]);
  }
  return { needed, going, nowMs };
}

async function* sweep(
  inventory: Inventory,
  repo: RepositoryName,
  { needed, nowMs }: Marked,
  { grace, minAge, explain, signal }: CollectionSettings,
): AsyncGenerator<CollectionStep> {
  for (const kind of ['manifest', 'blob'] as const) {
    const stepOf = ({ digest, size, at }: Item): ItemStep => ({
      repository: repo,
      kind,
      digest,
      bytes: size,
      at: at.toISOString(),
    });
    for await (const item of itemsOf(inventory, 'discarded', repo, kind, signal)) {
      if (needed.has(item.digest)) yield { action: 'bring-back', ...stepOf(item), reason: 'needed' };
      else if (item.at.getTime() < nowMs - grace) yield { action: 'remove', ...stepOf(item), reason: 'unneeded' };
      else if (explain) yield { action: 'keep', ...stepOf(item), reason: 'grace' };
    }
    for await (const item of itemsOf(inventory, 'held', repo, kind, signal)) {
      if (needed.has(item.digest)) {
        if (explain) yield { action: 'keep', ...stepOf(item), reason: 'needed' };
      } else if (nowMs - item.at.getTime() >= minAge) yield { action: 'discard', ...stepOf(item), reason: 'unneeded' };
      else if (explain) yield { action: 'keep', ...stepOf(item), reason: 'young' };
    }
  }
}

/** How many tags are listed at a time. */
const tagsAtOnce = 1_000;

/** The tags of a repository, and what they point at. */
async function* pointings(driver: Driver, repo: RepositoryName, signal?: AbortSignal): AsyncGenerator<Omit<Pointing, 'atMs'>> {
  for (let after: Tag | undefined; ; ) {
    signal?.throwIfAborted();
    const page = (await driver.manifests.tags(repo, { after, limit: tagsAtOnce }, signal)) ?? [];
    const digests = await mapConcurrently(page, (tag) => driver.manifests.resolve(repo, tag));
    for (const [index, tag] of page.entries()) {
      const digest = digests[index];
      if (digest !== undefined) yield { tag, digest };
    }
    after = page.at(-1);
    if (after === undefined || page.length < tagsAtOnce) return;
  }
}

/** The tags with the times of their manifests. Those of manifests that came meanwhile are not there. */
async function withTimes(
  inventory: Inventory,
  repo: RepositoryName,
  tags: readonly Omit<Pointing, 'atMs'>[],
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
