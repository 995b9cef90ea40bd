/** `If-Match` and `If-None-Match`: which of them hold. */
import { describe, expect, it } from 'vitest';
import type { Digest } from '../../../lib/api/formats.ts';
import { type Conditions, failedCondition } from '../../../lib/content/conditions.ts';
import { digest } from '../../../lib/testing/exchanges/given.ts';

const one = digest('one');
const other = digest('other');

describe('a condition', () => {
  it.each<[Conditions, Digest | undefined, boolean]>([
    [{}, one, true],
    [{}, undefined, true],
    [{ 'If-Match': `"${one}"` }, one, true],
    [{ 'If-Match': `"${other}", "${one}"` }, one, true],
    [{ 'If-Match': `"${other}"` }, one, false],
    [{ 'If-Match': `"${one}"` }, undefined, false],
    [{ 'If-Match': '*' }, one, true],
    [{ 'If-Match': '*' }, undefined, false],
    [{ 'If-Match': `W/"${one}"` }, one, false],
    [{ 'If-Match': one }, one, true],
    [{ 'If-None-Match': `"${one}"` }, one, false],
    [{ 'If-None-Match': `W/"${one}"` }, one, false],
    [{ 'If-None-Match': `"${other}","${one}"` }, one, false],
    [{ 'If-None-Match': `"${other}"` }, one, true],
    [{ 'If-None-Match': `"${one}"` }, undefined, true],
    [{ 'If-None-Match': '*' }, one, false],
    [{ 'If-None-Match': '*' }, undefined, true],
    [{ 'If-None-Match': one }, one, false],
    [{ 'If-None-Match': `, "${one}" ,` }, one, false],
    [{ 'If-None-Match': `"a,b", "*"` }, one, true],
    [{ 'If-None-Match': '""' }, one, true],
    [{ 'If-Match': '"*"' }, one, false],
    [{ 'If-Match': `"a,${one},b"` }, one, false],
    [{ 'If-Match': `"${one}"`, 'If-None-Match': `"${one}"` }, one, false],
  ])('%j, where %s is: %s', (conditions, current, expected) => {
    const failed = failedCondition(conditions, current);
    expect(failed === undefined).toBe(expected);
    expect(failed?.isMalformed ?? false).toBe(false);
  });

  const malformed = ['', ' ', ',', '*, "x"', '"x", *', '*, *', '**', 'garbage', `"${one}`, `${one}"`, `"${one}" "${other}"`];
  it.each([...malformed, `w/"${one}"`, `W/${one}`, `"${one}"; x`, `"${one}", garbage`, '"a\tb"', '"a b"', "'x'"])(
    'that is %j cannot be read, and holds for nothing',
    (text) => {
      for (const header of ['If-Match', 'If-None-Match'] as const)
        for (const current of [one, undefined])
          expect(failedCondition({ [header]: text }, current)).toEqual({ header, isMalformed: true });
    },
  );
});
