import type { Handler } from '../call.ts';
import { cutPage, pageLimit } from './shared/pages.ts';

/** Lists the tags of a repository: distribution specification, "Listing Tags". */
export const listTags: Handler<'listTags'> = async (call) => {
  const { name } = call.path;
  const { n, last: after } = call.query;
  const limit = pageLimit(n, call.settings.limits.tagsPerPage);
  const page = { limit: limit + 1, ...(after !== undefined && { after }) };
  const tags = await call.driver.manifests.tags(name, page, call.signal);
  if (!tags) {
    const message = `there is no repository ${name}: it holds no manifest and no blob`;
    throw call.error('NAME_UNKNOWN', { message, detail: { name } });
  }
  const { shown, last } = cutPage(tags, limit);
  const next = last && call.url('tags', { name }, { n: n && limit, last });
  return { status: 200, headers: { Link: next }, body: { name, tags: shown } };
};
