/** What a token says: the claims of the distribution project's token specification. */
import type { Action } from '../../access/authorize.ts';
import { isObject } from '../../checks/check.ts';
import type { Grant } from './grant.ts';
import { actionsOf } from './scopes.ts';

/** One entry of the claim `access`. */
export interface AccessEntry {
  readonly type: string;
  readonly name: string;
  readonly actions: readonly string[];
}

/** What claims grant. An entry that is none, or of a type that is not known, grants nothing. */
export function readClaims({ sub, access }: Readonly<Record<string, unknown>>): Grant {
  const repositories = new Map<string, Set<Action>>();
  let catalog = false;
  for (const entry of Array.isArray(access) ? access : []) {
    if (!isEntry(entry)) continue;
    if (entry.type === 'registry' && entry.name === 'catalog') catalog ||= entry.actions.includes('*');
    if (entry.type !== 'repository') continue;
    const granted = repositories.get(entry.name) ?? new Set();
    repositories.set(entry.name, granted);
    for (const action of entry.actions.flatMap(actionsOf)) granted.add(action);
  }
  return { subject: typeof sub === 'string' && sub !== '' ? sub : undefined, repositories, catalog };
}

const isEntry = (value: unknown): value is AccessEntry =>
  isObject(value) &&
  typeof value.type === 'string' &&
  typeof value.name === 'string' &&
  Array.isArray(value.actions) &&
  value.actions.every((action) => typeof action === 'string');

/** The claim `access` of a grant, as `readClaims` reads it. */
export function accessOf({ repositories, catalog }: Omit<Grant, 'subject'>): AccessEntry[] {
  const entries = [...repositories].filter(([, actions]) => actions.size > 0);
  return [
    ...entries.map(([name, actions]) => ({ type: 'repository', name, actions: [...actions] })),
    ...(catalog ? [{ type: 'registry', name: 'catalog', actions: ['*'] }] : []),
  ];
}
