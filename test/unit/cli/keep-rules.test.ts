/** Rules for tags, as they are typed. */
import { describe, expect, it } from 'vitest';
import { readKeepRules } from '../../../lib/cli/keep-rules.ts';
import { createRetention } from '../../../lib/upkeep/collection/retention.ts';

const day = 86_400_000;

describe('a rule that is typed', () => {
  it.each([
    ['nightly-*:newest=10,within=7d', { tags: 'nightly-*', newest: 10, within: 7 * day }],
    ['team/**@v*:highest=5', { repositories: 'team/**', tags: 'v*', highest: 5 }],
    ['release-*', { tags: 'release-*' }],
    ['team/app@*:newest=0', { repositories: 'team/app', tags: '*', newest: 0 }],
    ['*:within=2w', { tags: '*', within: 14 * day }],
    ['1.*_x:within=90s', { tags: '1.*_x', within: 90_000 }],
  ])('%s', (text, rule) => {
    expect(readKeepRules(text, 'keep')).toEqual([rule]);
    // What is read, a collection takes.
    createRetention([rule]);
  });

  it('may be one of several, in their order', () => {
    expect(readKeepRules(' v*:highest=5  *:newest=1 ', 'keep')).toEqual([
      { tags: 'v*', highest: 5 },
      { tags: '*', newest: 1 },
    ]);
  });

  const form =
    "a rule is TAGS, REPOSITORIES@TAGS or either with a colon and what stays, as in 'nightly-*:newest=10,within=7d', not";
  it.each([
    [':newest=1', `${form} ':newest=1'`],
    ['v*:', `${form} 'v*:'`],
    ['@v*', `${form} '@v*'`],
    ['a@b@c', `${form} 'a@b@c'`],
    [
      'team/app:newest=1',
      "'team/app' is no pattern of tags; repositories stand before an @, as in 'team/**@v*', not 'team/app:newest=1'",
    ],
    ['v+1', "'v+1' is no pattern of tags, as in 'nightly-*'"],
    ['v***', "'v***' is no pattern of tags, as in 'nightly-*'"],
    ['Team/*@v*', "'Team/*' is no pattern of repositories, as in 'team/app', 'team/*' and 'team/**'"],
    ['{subject}/*@v*', "'{subject}/*' is no pattern of repositories, as in 'team/app', 'team/*' and 'team/**'"],
    ['v*:latest=3', "what stays is newest=N, within=TIME or highest=N, not 'latest=3'"],
    ['v*:newest=1,', "what stays is newest=N, within=TIME or highest=N, not ''"],
    ['v*:newest=many', "newest is a number from 0 to 999999, not 'many'"],
    ['v*:within=7', "within is a time such as 30s, 10m, 24h or 7d, not '7'"],
    ['v*:newest=1,newest=2', "'v*:newest=1,newest=2' has newest more than once"],
  ])('is refused in words: %s', (text, message) => {
    expect(() => readKeepRules(text, 'keep')).toThrow(`--keep: ${message}`);
  });
});
