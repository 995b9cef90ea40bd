/** Which use case of a method a request is, told from its request line and headers alone. */
import type { Condition, RequestDescriptor } from '../api/descriptor.ts';
import { formats } from '../api/formats.ts';

/** What conditions ask of a request. */
export interface Facts {
  hasQuery(name: string): boolean;
  hasHeader(name: string): boolean;
  /** False only where the request announces that it has no body. */
  readonly hasBody: boolean;
  /** The path parameters, not checked yet. */
  readonly path: Readonly<Record<string, string>>;
}

/** The first request whose condition holds; the last takes whatever is left. */
export function choose<Q extends RequestDescriptor>(requests: readonly Q[], facts: Facts): Q {
  const chosen = requests.find(({ when }) => when === undefined || holds(when, facts)) ?? requests.at(-1);
  if (!chosen) throw new TypeError('a method of the table has no requests');
  return chosen;
}

function holds(condition: Condition, facts: Facts): boolean {
  if ('query' in condition) return facts.hasQuery(condition.query);
  if ('header' in condition) return facts.hasHeader(condition.header);
  if ('body' in condition) return !facts.hasBody;
  return formats[condition.format].like.test(facts.path[condition.path] ?? '');
}
