/** Conditional requests: RFC 9110, section 13. The entity tag of content is its digest. */
import type { Digest } from '../api/formats.ts';

/** The preconditions of a request: what must hold of the current entity before anything is done. */
export interface Conditions {
  readonly 'If-Match'?: string;
  readonly 'If-None-Match'?: string;
}

/** A condition that does not let a request through. */
export interface FailedCondition {
  readonly header: keyof Conditions;
  /** It cannot be read, so that it is not known what it asks for. A write is refused then, a read goes on without it. */
  readonly isMalformed: boolean;
}

/** The condition that the current digest (undefined: nothing is there) fails, or that cannot be read; undefined if there is none. */
export function failedCondition(conditions: Conditions, current: Digest | undefined): FailedCondition | undefined {
  return (
    failure(conditions, 'If-Match', (tags) => names(tags, current, 'strong')) ??
    failure(conditions, 'If-None-Match', (tags) => !names(tags, current, 'weak'))
  );
}

function failure(
  conditions: Conditions,
  header: keyof Conditions,
  holds: (tags: EntityTags) => boolean,
): FailedCondition | undefined {
  const text = conditions[header];
  if (text === undefined) return undefined;
  const tags = readEntityTags(text);
  return tags !== undefined && holds(tags) ? undefined : { header, isMalformed: tags === undefined };
}

/** Whether a request has any condition. */
export function isConditional(conditions: Conditions): boolean {
  return conditions['If-Match'] !== undefined || conditions['If-None-Match'] !== undefined;
}

/** What a condition names: any content at all, or these entity tags. */
type EntityTags = '*' | readonly EntityTag[];

interface EntityTag {
  readonly isWeak: boolean;
  readonly text: string;
}

/** One entry of a list: RFC 9110 section 8.8.3. A digest without its quotation marks is an entity tag, too; an empty entry is none. */
const entry = /[ \t]*(?:(?:(W\/)?"([!#-~\x80-\xff]*)"|([a-z0-9]+:[0-9a-f]+))[ \t]*)?(?:,|$)/y;

/** Reads entity tags, or `*`; undefined where the text is malformed: RFC 9110 section 13.1. */
function readEntityTags(text: string): EntityTags | undefined {
  if (text.trim() === '*') return '*';
  const tags: EntityTag[] = [];
  for (entry.lastIndex = 0; entry.lastIndex < text.length; ) {
    const found = entry.exec(text);
    if (!found) return undefined;
    const [, weak, quoted, bare] = found;
    const tag = quoted ?? bare;
    if (tag !== undefined) tags.push({ isWeak: weak !== undefined, text: tag });
  }
  return tags.length > 0 ? tags : undefined;
}

/** Whether entity tags name the current digest: RFC 9110 section 8.8.3.2. */
function names(tags: EntityTags, current: Digest | undefined, comparison: 'strong' | 'weak'): boolean {
  if (current === undefined) return false;
  return tags === '*' || tags.some(({ isWeak, text }) => text === current && (comparison === 'weak' || !isWeak));
}
