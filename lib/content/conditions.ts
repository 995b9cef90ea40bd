/** Conditional requests: RFC 9110, section 13. The entity tag of content is its digest. */
import type { Digest } from '../api/formats.ts';

/** What a request asks of what is there now, before it does anything. */
export interface Conditions {
  readonly 'If-Match'?: string;
  readonly 'If-None-Match'?: string;
}

/** Whether the conditions hold where this digest is now; undefined where nothing is. */
export function hold(conditions: Conditions, current: Digest | undefined): boolean {
  const { 'If-Match': match, 'If-None-Match': noneMatch } = conditions;
  const wanted = match === undefined || names(match, current, 'strong');
  return wanted && (noneMatch === undefined || !names(noneMatch, current, 'weak'));
}

/** Whether there are any. */
export function isConditional(conditions: Conditions): boolean {
  return conditions['If-Match'] !== undefined || conditions['If-None-Match'] !== undefined;
}

/** Whether a list of entity tags names the content. Clients that forget the quotation marks are understood. */
function names(header: string, current: Digest | undefined, comparison: 'strong' | 'weak'): boolean {
  if (current === undefined) return false;
  if (header.trim() === '*') return true;
  const tags = header.split(',').map((tag) => tag.trim());
  const comparable = comparison === 'weak' ? tags.map((tag) => tag.replace(/^W\//, '')) : tags;
  return comparable.some((tag) => tag.replace(/^"(.*)"$/, '$1') === current);
}
