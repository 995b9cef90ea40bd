/** Scopes, as clients ask for tokens with them: `repository:team/app:pull,push`. */
import type { Action, Need } from '../../access/authorize.ts';

const catalogScope = 'registry:catalog:*';

/** The scope that a request needs. */
export const scopeOf = (need: Need): string =>
  need.catalog ? catalogScope : `repository:${need.repository}:${need.actions.join(',')}`;

/** What scopes ask for. Several for one repository are united. */
export interface Wanted {
  readonly repositories: ReadonlyMap<string, ReadonlySet<Action>>;
  readonly catalog: boolean;
}

const meant = new Map<string, readonly Action[]>([
  ['pull', ['pull']],
  ['push', ['push']],
  ['delete', ['delete']],
  ['*', ['pull', 'push', 'delete']],
]);

/** The actions that a word means in scopes and tokens: itself, all of them for an asterisk, and none for what is not known. */
export const actionsOf = (word: string): readonly Action[] => meant.get(word) ?? [];

/** Reads scopes, each of which may be several that are separated by spaces. What is none is left out, as it grants nothing. */
export function readScopes(texts: readonly string[]): Wanted {
  const repositories = new Map<string, Set<Action>>();
  const scopes = texts.flatMap((text) => text.split(' '));
  for (const scope of scopes) {
    // A name may hold a colon: that of a host's port.
    const [, name, actions] = /^repository:(.+):([^:]*)$/.exec(scope) ?? [];
    if (name === undefined || actions === undefined) continue;
    const wanted = repositories.get(name) ?? new Set();
    repositories.set(name, wanted);
    for (const action of actions.split(',').flatMap(actionsOf)) wanted.add(action);
  }
  return { repositories, catalog: scopes.includes(catalogScope) };
}
