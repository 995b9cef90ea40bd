/** How much lies where, counted. */
import { abortSignal, must } from '../checks/check.ts';
import { compileGlob, isRepositoryGlob } from '../checks/glob.ts';
import { type OptionRules, parseOptions } from '../checks/options.ts';
import { DigestSet } from '../digest-set.ts';
import { type Driver, type Inventory, type RepositoryName, readRepositoryName } from '../driver.ts';
import { type Amount, add, type Count, none } from './amount.ts';
import { inventoryOf, itemsOf, repositoriesOf } from './listings.ts';

/** What is counted. */
export interface UsageOptions {
  /** The repositories: `'team/app'`, `'team/*'` (one level below), `'team/**'` (all below). Default: all. */
  readonly repositories?: string | undefined;
  /** Ends it: it rejects with the reason of the signal. */
  readonly signal?: AbortSignal | undefined;
}

/** How much a repository holds, and how much lies in its trash. Each blob counts once. Plain data. */
export interface RepositoryUsage extends Amount {
  readonly repository: RepositoryName;
  readonly trash: Amount;
}

/** How much lies in some repositories. Plain data. */
export interface Usage {
  /** Those that hold something or have something in their trash, the largest first. */
  readonly repositories: readonly RepositoryUsage[];
  /**
   * All of these together: a blob that several of them hold counts once, and in the trash counts only what none of them holds. What repositories
   * hold that were not asked for is not taken into account.
   */
  readonly total: Amount & { readonly trash: Amount };
}

const rules = {
  repositories: {
    check: must('be a pattern of repositories, such as team/app or team/**', isRepositoryGlob),
    default: '**',
  },
  signal: { check: abortSignal },
} as const satisfies OptionRules<UsageOptions>;

/**
 * Counts what repositories hold and what lies in their trash, by the sizes that the storage has. Beside traffic, the figures are of no one moment. It
 * takes 33 MiB of memory for each million blobs.
 *
 * @throws {TypeError} that lists everything that is wrong with the options, or says that the driver has no inventory
 * @example
 * import { memoryDriver } from 'stowage/drivers/memory';
 * import { usage } from 'stowage/upkeep';
 *
 * const { repositories, total } = await usage(memoryDriver(), { repositories: 'team/**' });
 * [repositories.length, total.bytes]; // => [0, 0]
 */
export async function usage(driver: Driver, options: UsageOptions = {}): Promise<Usage> {
  const { repositories: pattern, signal } = parseOptions('usage', options, rules);
  const inventory = inventoryOf(driver);
  const known = new DigestSet();
  const total = { ...none(), trash: none() };

  /** What one list of a repository has; what no list had before is added to the sum, too. */
  async function count(list: 'held' | 'discarded', repository: RepositoryName, sum: Count): Promise<Amount> {
    const found = none();
    for (const kind of ['blob', 'manifest'] as const) {
      for await (const { digest, size } of itemsOf(inventory, list, repository, kind, signal)) {
        add(found, kind, size);
        if (kind === 'manifest' || known.add(digest)) add(sum, kind, size);
      }
    }
    return found;
  }

  const held: (Amount & { readonly repository: RepositoryName })[] = [];
  for await (const repository of named(inventory, pattern, signal)) {
    held.push({ repository, ...(await count('held', repository, total)) });
  }
  // What some repository holds is known by now.
  const repositories: RepositoryUsage[] = [];
  for (const each of held) {
    const trash = await count('discarded', each.repository, total.trash);
    if (each.blobs + each.manifests + trash.blobs + trash.manifests > 0) repositories.push({ ...each, trash });
  }
  repositories.sort((one, other) => other.bytes - one.bytes || other.trash.bytes - one.trash.bytes);
  return { repositories, total };
}

/** The repositories that match a pattern; one that is a name is not looked for among all others. */
async function* named(inventory: Inventory, pattern: string, signal?: AbortSignal): AsyncGenerator<RepositoryName> {
  const name = readRepositoryName(pattern);
  if (name !== undefined) {
    yield name;
    return;
  }
  const isAsked = compileGlob(pattern);
  for await (const repository of repositoriesOf(inventory, undefined, signal))
    if (isAsked(repository, undefined)) yield repository;
}
