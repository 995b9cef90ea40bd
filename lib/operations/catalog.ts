import type { RepositoryName } from '../api/formats.ts';
import type { Call, Handler } from '../call.ts';
import { mapAhead } from '../concurrency.ts';
import { nextTurn } from '../timers.ts';
import { cutPage, pageLimit } from './shared/pages.ts';

/** How many names are looked at before a page ends with those that are visible. */
const namesLookedAt = 1_000;

/** Lists the repositories that the client may pull from. */
export const listRepositories: Handler<'listRepositories'> = async (call) => {
  const limit = pageLimit(call.query.n, call.settings.limits.repositoriesPerPage);
  const { visible, goesOn } = await readVisible(call, limit + 1);
  const { shown, last } = cutPage(visible, limit, goesOn);
  const next = last && call.url('catalog', {}, { n: call.query.n && limit, last });
  return { status: 200, headers: { Link: next }, body: { repositories: shown } };
};

/**
 * Reads pages of the driver until `wanted` visible names are found or the list ends. It `goesOn` where the reading ended
 * before: many names were looked at and one is visible at least. Never earlier, since the `Link` of a page names its last
 * entry, and must not name a repository that is hidden.
 */
async function readVisible(
  call: Call<'listRepositories'>,
  wanted: number,
): Promise<{ readonly visible: readonly RepositoryName[]; readonly goesOn: boolean }> {
  const visible: RepositoryName[] = [];
  // Full pages even for a small n: if few entries are visible, small pages would scan the list again and again.
  const limit = call.settings.authorize ? Math.max(wanted, namesLookedAt) : wanted;
  let after = call.query.last;
  for (;;) {
    const names = await call.driver.manifests.repositories({ limit, ...(after !== undefined && { after }) }, call.signal);
    for await (const { repository, isVisible } of mapAhead(names, (name) => ask(call, name))) {
      if (isVisible) visible.push(repository);
      if (visible.length === wanted) break;
    }
    const isLast = names.length < limit;
    if (isLast || visible.length > 0) return { visible, goesOn: !isLast };
    after = names.at(-1);
    // A driver in memory answers within the turn, in which no client can be seen to leave.
    await nextTurn();
    call.signal.throwIfAborted();
  }
}

/** Whether the client may see a repository. */
const ask = async (call: Call<'listRepositories'>, repository: RepositoryName) => ({
  repository,
  isVisible: await call.may({ repository, actions: ['pull'] }),
});
