/** Which tags stay: rules, as data. */
import { count, must } from '../../checks/check.ts';
import { compileGlob, isGlob, isRepositoryGlob } from '../../checks/glob.ts';
import { type OptionRules, parseOptions } from '../../checks/options.ts';
import type { Digest, RepositoryName, Tag } from '../../driver.ts';
import { compareVersions, type Version, versionOf } from './versions.ts';

/**
 * What is kept of some tags. Of several rules, the first that is about a tag decides; a tag that none is about stays. A rule with neither `newest`,
 * nor `within`, nor `highest` keeps all its tags: it is an exception from those behind it.
 */
export interface TagRule {
  /** The repositories: `'team/app'`, `'team/*'` (one level below), `'team/**'` (all below). Default: all. */
  readonly repositories?: string | undefined;
  /** The tags, as a pattern: `'nightly-*'`. Default: all. */
  readonly tags?: string | undefined;
  /** So many stay: those whose manifests were pushed last. */
  readonly newest?: number | undefined;
  /** Those stay whose manifests were pushed within so many milliseconds. */
  readonly within?: number | undefined;
  /** So many stay: those with the highest semantic versions (`1.10.0` is higher than `v1.9`). The rule is about such tags only. */
  readonly highest?: number | undefined;
}

/** A tag, and the manifest that it points at. */
export interface Pointing {
  readonly tag: Tag;
  readonly digest: Digest;
  /** When the manifest was pushed, in milliseconds since the epoch. */
  readonly atMs: number;
}

/** Says of the tags of a repository which go. */
export type Retention = (repo: RepositoryName, tags: readonly Pointing[], nowMs: number) => readonly Pointing[];

const glob = must('be a pattern such as nightly-*', isGlob);
const repositoryGlob = must('be a pattern of repositories, such as team/app or team/**', isRepositoryGlob);

const rowsOfRule = {
  repositories: { check: repositoryGlob, default: '**' },
  tags: { check: glob, default: '**' },
  newest: { check: count },
  within: { check: count },
  highest: { check: count },
} as const satisfies OptionRules<TagRule>;

/** The retention that these rules make. Throws a TypeError that says what is wrong with them. */
export function createRetention(rules: readonly TagRule[]): Retention {
  const compiled = rules.map((rule, index) => {
    const { repositories, tags, ...keeps } = parseOptions(`keep: rule ${index + 1}`, rule, rowsOfRule);
    return { inRepository: compileGlob(repositories), matches: compileGlob(tags), ...keeps };
  });
  return (repo, tags, nowMs) => {
    const rulesHere = compiled.filter((rule) => rule.inRepository(repo, undefined));
    const decided = new Map<(typeof compiled)[number], Pointing[]>();
    for (const each of tags) {
      const isAbout = (rule: (typeof compiled)[number]): boolean =>
        rule.matches(each.tag, undefined) && (rule.highest === undefined || versionOf(each.tag) !== undefined);
      const rule = rulesHere.find(isAbout);
      if (rule) decided.set(rule, [...(decided.get(rule) ?? []), each]);
    }
    return [...decided].flatMap(([rule, about]) => goingBy(rule, about, nowMs));
  };
}

/** Those of the tags that a rule does not keep. */
function goingBy({ newest, within, highest }: TagRule, tags: readonly Pointing[], nowMs: number): readonly Pointing[] {
  if (newest === undefined && within === undefined && highest === undefined) return [];
  const kept = new Set<Pointing>();
  for (const each of [...tags].sort(byTime).slice(0, newest ?? 0)) kept.add(each);
  for (const each of tags) if (within !== undefined && nowMs - each.atMs <= within) kept.add(each);
  const versioned = tags.flatMap((each) => {
    const version: Version | undefined = versionOf(each.tag);
    return version ? [{ each, version }] : [];
  });
  versioned.sort((one, other) => compareVersions(other.version, one.version) || byTime(one.each, other.each));
  for (const { each } of versioned.slice(0, highest ?? 0)) kept.add(each);
  return tags.filter((each) => !kept.has(each));
}

/** The newest first; of those with one time, that with the greater name. */
function byTime(one: Pointing, other: Pointing): number {
  return other.atMs - one.atMs || (one.tag < other.tag ? 1 : -1);
}
