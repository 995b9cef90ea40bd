/** What is granted of what a client asks for. */
import type { Action, Need, TagChange } from '../../access/authorize.ts';
import { readRepositoryName } from '../../api/formats.ts';
import type { Wanted } from '../bearer/scopes.ts';

/** What an action may come to. A token names no tags, so that it is given an action only for all of it. */
const changesOf: Readonly<Record<Action, readonly (TagChange | undefined)[]>> = {
  pull: [undefined],
  push: [undefined, 'create', 'update'],
  delete: [undefined, 'delete'],
};

/** What is granted of what is wanted: less is no error, as clients ask for more than they need. Only `true` grants. */
export async function grantedOf(wanted: Wanted, may: (need: Need) => boolean | Promise<boolean>): Promise<Wanted> {
  const repositories = new Map<string, Set<Action>>();
  for (const [text, actions] of wanted.repositories) {
    const repository = readRepositoryName(text);
    if (repository === undefined) continue;
    const allowed = new Set<Action>();
    for (const action of actions) {
      const needs = changesOf[action].map((change): Need => ({ repository, actions: [action], ...(change && { change }) }));
      if (await allOf(needs, may)) allowed.add(action);
    }
    repositories.set(repository, allowed);
  }
  return { repositories, catalog: wanted.catalog && (await may({ catalog: true })) === true };
}

async function allOf(needs: readonly Need[], may: (need: Need) => boolean | Promise<boolean>): Promise<boolean> {
  for (const need of needs) if ((await may(need)) !== true) return false;
  return true;
}
