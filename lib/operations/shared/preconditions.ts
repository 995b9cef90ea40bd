/** Failed preconditions of writes: RFC 9110 section 13.1. */
import type { Digest } from '../../api/formats.ts';
import type { Conditions } from '../../content/conditions.ts';

/** The words of a 412: which header failed, and the current digest (undefined: nothing is stored), unless that is `hidden`. */
export function preconditionFailed(header: keyof Conditions, current: Digest | undefined, { hidden = false } = {}) {
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
