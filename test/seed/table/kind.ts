import type { Place } from './place.ts';
import type { Was } from './row.ts';

/** What kind of thing a row or a place is: the first of its properties. */
export function kindOf(thing: Was | Place): string {
  const [kind = ''] = Object.keys(thing);
  return kind;
}
