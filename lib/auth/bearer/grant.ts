/** What a token was given for. */
import type { Action, Need } from '../../access/authorize.ts';

/** Whom a token was given to, and for what. */
export interface Grant {
  /** Absent for somebody who did not log in. */
  readonly subject: string | undefined;
  /** The granted actions by repository. */
  readonly repositories: ReadonlyMap<string, ReadonlySet<Action>>;
  readonly catalog: boolean;
}

/** Whether a grant covers what a request needs. */
export function covers({ repositories, catalog }: Grant, need: Need): boolean {
  if (need.catalog) return catalog;
  const granted = repositories.get(need.repository);
  return need.actions.every((action) => granted?.has(action));
}
