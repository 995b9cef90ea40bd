/** Rules for tags: which go. */
import { describe, expect, it } from 'vitest';
import { digestOf, readName, readTag } from '../../../lib/testing/suite/samples.ts';
import { createRetention, type TagRule } from '../../../lib/upkeep/collection/retention.ts';

const day = 86_400_000;
const nowMs = 1_800_000_000_000;
const repo = readName('team/app');
/** Tags, each a day older than the one before it. */
const tagsOf = (...names: string[]) =>
  names.map((name, index) => ({ tag: readTag(name), digest: digestOf(Buffer.from(name)), atMs: nowMs - index * day }));

const rows: readonly {
  readonly name: string;
  readonly rules: readonly TagRule[];
  readonly tags: readonly string[];
  readonly go: readonly string[];
}[] = [
  { name: 'no rule is about a tag', rules: [{ tags: 'nightly-*', newest: 0 }], tags: ['1.0', 'nightly'], go: [] },
  {
    name: 'the newest stay',
    rules: [{ tags: 'nightly-*', newest: 2 }],
    tags: ['nightly-4', 'nightly-3', 'latest', 'nightly-2', 'nightly-1'],
    go: ['nightly-2', 'nightly-1'],
  },
  { name: 'those of some days stay', rules: [{ within: 2 * day }], tags: ['a', 'b', 'c', 'd'], go: ['d'] },
  {
    name: 'what either of two bounds keeps stays',
    rules: [{ newest: 1, within: 2 * day }],
    tags: ['a', 'b', 'c', 'd'],
    go: ['d'],
  },
  { name: 'none stays', rules: [{ tags: 'ci-*', newest: 0 }], tags: ['ci-1', 'ci-2', 'v1'], go: ['ci-1', 'ci-2'] },
  {
    name: 'a rule that bounds nothing is an exception',
    rules: [{ tags: 'latest' }, { newest: 1 }],
    tags: ['b', 'latest', 'a'],
    go: ['a'],
  },
  {
    name: 'the first rule that is about a tag decides',
    rules: [
      { tags: 'v*', newest: 1 },
      { tags: '*', newest: 0 },
    ],
    tags: ['v2', 'v1', 'x'],
    go: ['v1', 'x'],
  },
  {
    name: 'the highest versions stay',
    rules: [{ highest: 3 }],
    tags: ['1.9.0', 'v1.10', '2.0.0-rc.10', '2.0.0-rc.9', '1.2', 'latest'],
    go: ['1.9.0', '1.2'],
  },
  {
    name: 'a release is higher than its pre-releases',
    rules: [{ highest: 1 }],
    tags: ['2.0.0-rc.1', '2.0.0', '2.0.0-beta'],
    go: ['2.0.0-rc.1', '2.0.0-beta'],
  },
  { name: 'another repository is meant', rules: [{ repositories: 'team/other', newest: 0 }], tags: ['a'], go: [] },
  { name: 'a pattern of repositories is meant', rules: [{ repositories: 'team/**', newest: 0 }], tags: ['a'], go: ['a'] },
];

describe('rules for tags', () => {
  it.each(rows)('where $name', ({ rules, tags, go }) => {
    const going = createRetention(rules)(repo, tagsOf(...tags), nowMs);
    expect(going.map(({ tag }) => tag).sort()).toEqual([...go].sort());
  });

  it.each([
    [[{ newest: -1 }], 'keep: rule 1: newest must be an integer from 0 on'],
    [[{}, { tag: 'a' }], "keep: rule 2: there is no option 'tag'"],
    [[{ repositories: 'Team' }], 'keep: rule 1: repositories must be a pattern of repositories'],
    [[{ tags: '' }], 'keep: rule 1: tags must be a pattern'],
  ])('%j is refused in words', (rules, words) => {
    expect(() => createRetention(rules as TagRule[])).toThrow(words);
  });
});
