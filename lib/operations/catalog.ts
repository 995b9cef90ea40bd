import type { RepositoryName } from '../api/formats.ts';
import type { Call, Handler } from '../call.ts';
import { cutPage, pageLimit } from './shared/pages.ts';

/** Lists the repositories that the client may pull from. */
export const listRepositories: Handler<'listRepositories'> = async (call) => {
  const limit = pageLimit(call.query.n, call.settings.limits.repositoriesPerPage);
  const { shown, last } = cutPage(await readVisible(call, limit + 1), limit);
  const next = last && call.url('catalog', {}, { n: call.query.n && limit, last });
  return { status: 200, headers: { Link: next }, body: { repositories: shown } };
};

/** Reads pages of the driver until `wanted` visible names are found or the list ends. */
async function readVisible(call: Call<'listRepositories'>, wanted: number): Promise<RepositoryName[]> {
  const visible: RepositoryName[] = [];
  // Read full pages even for a small n: if few entries are visible, small pages would scan the list again and again.
  const limit = Math.max(wanted, call.settings.limits.repositoriesPerPage);
  let after = call.query.last;
  while (visible.length < wanted) {
    const names = await call.driver.manifests.repositories({ limit, ...(after !== undefined && { after }) }, call.signal);
    for (const repository of names) if (await call.may({ repository, actions: ['pull'] })) visible.push(repository);
    if (names.length < limit) break;
    after = names.at(-1);
  }
  return visible;
}
