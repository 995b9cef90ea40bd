/** What the trash of a tree has to do, whatever it is kept in. */
import type { RepositoryName } from '../../lib/driver.ts';

/** Items that were discarded, by the key under which their repository held them. */
export interface Trash {
  /** Whether something may lie in the trash of the repository. */
  holds(repo: RepositoryName): Promise<boolean>;
  /** Where the item lies, and the time with which it was discarded; undefined if it does not. */
  find(key: string): Promise<{ readonly place: string; readonly at: Date } | undefined>;
  /** Puts the item there with this time, durably. False if there is none. */
  put(key: string, at: Date): Promise<boolean>;
  /** Gives the item its key again, durably. False if it does not lie there. */
  bringBack(key: string): Promise<boolean>;
  /** Removes what was discarded of the item before a time, or at any; false if there was nothing. */
  drop(key: string, before?: Date): Promise<boolean>;
}
