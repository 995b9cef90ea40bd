/** Failed preconditions of writes: RFC 9110 section 13.1. */
import { type Digest, formats } from '../../api/formats.ts';
import type { FailedCondition } from '../../content/conditions.ts';

/** The words of a 412: which header failed, and the current digest (undefined: nothing is stored), unless that is `hidden`. */
export function preconditionFailed(
  { header, isMalformed }: FailedCondition,
  current: Digest | undefined,
  { hidden = false } = {},
) {
  if (isMalformed) {
    const expected = formats.entityTags.expected;
    const message = `precondition failed: ${header} cannot be read; send entity tags in quotation marks, or an asterisk alone`;
    return { status: 412, message, detail: { reason: 'malformed', header, expected } } as const;
  }
  const message =
    current === undefined
      ? `precondition failed: nothing is stored that could satisfy ${header}`
      : `precondition failed: the current digest does not satisfy ${header}`;
  return {
    status: 412,
    message,
    detail: { reason: 'precondition', header, ...(!hidden && { current: current ?? null }) },
  } as const;
}
