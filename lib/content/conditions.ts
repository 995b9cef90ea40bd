/** Conditional requests: RFC 9110, section 13. The entity tag of content is its digest. */
import type { Digest } from '../api/formats.ts';

/** The preconditions of a request: what must hold of the current entity before anything is done. */
export interface Conditions {
  readonly 'If-Match'?: string;
  readonly 'If-None-Match'?: string;
}

/** The header whose condition the current digest fails (undefined: nothing is there); undefined if none fails. */
export function failedCondition(conditions: Conditions, current: Digest | undefined): keyof Conditions | undefined {
  const { 'If-Match': match, 'If-None-Match': noneMatch } = conditions;
  if (match !== undefined && !names(match, current, 'strong')) return 'If-Match';
  return noneMatch !== undefined && names(noneMatch, current, 'weak') ? 'If-None-Match' : undefined;
}

/** Whether the conditions hold for the current digest; undefined: nothing is there. */
export function conditionsHold(conditions: Conditions, current: Digest | undefined): boolean {
  return failedCondition(conditions, current) === undefined;
}

/** Whether a request has any condition. */
export function isConditional(conditions: Conditions): boolean {
  return conditions['If-Match'] !== undefined || conditions['If-None-Match'] !== undefined;
}

/** Whether a list of entity tags, or `*`, names the current digest. Tags without quotation marks are accepted. */
function names(header: string, current: Digest | undefined, comparison: 'strong' | 'weak'): boolean {
  if (current === undefined) return false;
  if (header.trim() === '*') return true;
  const tags = header.split(',').map((tag) => tag.trim());
  const comparable = comparison === 'weak' ? tags.map((tag) => tag.replace(/^W\//, '')) : tags;
  return comparable.some((tag) => tag.replace(/^"(.*)"$/, '$1') === current);
}
