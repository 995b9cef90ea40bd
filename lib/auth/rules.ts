/** A policy as a list of rules: who may do what to which repositories. */
import type { Action, RepositoryNeed, TagChange } from '../access/authorize.ts';
import { must } from '../checks/check.ts';
import { compileGlob, isGlob, isRepositoryGlob } from '../checks/glob.ts';
import { type OptionRules, parseOptions } from '../checks/options.ts';
import type { Policy, Principal } from './principal.ts';

/** What some may do. A rule only grants: what no rule grants is refused. */
export interface Rule {
  /** Those who logged in under one of these names: `'ann'`, `['ci-*', 'deploy']`; `'*'` is everybody who logged in. */
  readonly subjects?: string | readonly string[] | undefined;
  /** Those who are in one of these groups. */
  readonly groups?: string | readonly string[] | undefined;
  /** Everybody, whether or not they logged in. */
  readonly anyone?: boolean | undefined;
  /**
   * The repositories: `'team/app'`, `'team/*'` (one level below), `'team/**'` (all below), `'**'`; `{subject}` is the name of the one
   * who asks, where that is one component of a name.
   */
  readonly repositories: string | readonly string[];
  /** What may be done to them. A push wants `pull` and `push`. */
  readonly actions: readonly Action[];
  /** What it does not grant, although its actions do. Another rule may. */
  readonly except?: Exception | undefined;
}

/** What may not become of tags. */
export interface Exception {
  /** The tags, as patterns: `'v*'`, `['latest', 'stable']`, `'*'`. */
  readonly tags: string | readonly string[];
  /** `'create'`, `'update'` (to point one at another manifest) and `'delete'`, also with its manifest. Default: all of them. */
  readonly changes?: readonly TagChange[] | undefined;
}

const changes: readonly unknown[] = ['create', 'update', 'delete'] satisfies readonly TagChange[];
const actions: readonly unknown[] = ['pull', 'push', 'delete'] satisfies readonly Action[];
const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [value]);
const some = (value: unknown, accepts: (each: unknown) => boolean): boolean =>
  listOf(value).length > 0 && listOf(value).every(accepts);
const globs = must('be a pattern, or a list of patterns', (value) => some(value, isGlob));
const repositoryGlobs = must('be a pattern of repositories, such as team/app or team/**, or a list of them', (value) =>
  some(value, isRepositoryGlob),
);

const ruleOptions = {
  subjects: { check: globs },
  groups: { check: globs },
  anyone: { check: must('be true', (value) => value === true) },
  repositories: { check: repositoryGlobs, required: true },
  actions: {
    check: must(
      "be a list of 'pull', 'push' and 'delete'",
      (value) => Array.isArray(value) && value.every((each) => actions.includes(each)),
    ),
    required: true,
  },
  except: {
    group: {
      tags: { check: globs, required: true },
      changes: {
        check: must(
          "be a list of 'create', 'update' and 'delete'",
          (value) => Array.isArray(value) && value.length > 0 && value.every((each) => changes.includes(each)),
        ),
      },
    },
  },
} as const satisfies OptionRules<Rule>;

/** A rule that was read: whom it is about, and what it grants. */
interface Reading {
  isAbout(principal: Principal | undefined): boolean;
  covers(repository: string, subject: string | undefined): boolean;
  readonly actions: ReadonlySet<Action>;
  /** Whether it is not about this change of a tag; undefined is any tag. */
  excepts(change: TagChange, tag: string | undefined): boolean;
}

/**
 * The policy that these rules make. Each action that a request needs has to be granted by a rule, not all by the same. The catalog
 * is open to whom some rule lets pull something; its entries are asked for one by one. Throws a TypeError that says what is wrong.
 *
 * @example
 * import { rules } from 'stowage/auth';
 *
 * const policy = rules([
 *   { anyone: true, repositories: 'public/**', actions: ['pull'] },
 *   { subjects: '*', repositories: 'home/{subject}/**', actions: ['pull', 'push', 'delete'] },
 *   { groups: 'ci', repositories: ['team/**', 'public/**'], actions: ['pull', 'push'], except: { tags: 'v*' } },
 * ]);
 */
export function rules(list: readonly Rule[]): Policy {
  if (!Array.isArray(list)) throw new TypeError('rules: give a list of rules');
  const readings = list.map((rule: Rule, index) => readRule(rule, `rules: rule ${index + 1}`));
  return (principal, need) => {
    const mine = readings.filter((rule) => rule.isAbout(principal));
    if (need.catalog) return mine.some((rule) => rule.actions.has('pull'));
    const covering = mine.filter((rule) => rule.covers(need.repository, principal?.subject));
    const grants = (rule: Reading, action: Action, tag: string | undefined): boolean =>
      rule.actions.has(action) && (action === 'pull' || !need.change || !rule.excepts(need.change, tag));
    return tagsIn(need).every((tag) => need.actions.every((action) => covering.some((rule) => grants(rule, action, tag))));
  };
}

/** The tags that a need is about, which rules may grant one by one; undefined is any tag, or none. */
const tagsIn = ({ tags = [] }: RepositoryNeed): readonly (string | undefined)[] => (tags.length > 0 ? tags : [undefined]);

function readRule(rule: Rule, caller: string): Reading {
  const { subjects, groups, anyone, repositories, actions, except } = parseOptions(caller, rule, ruleOptions);
  if (subjects === undefined && groups === undefined && !anyone)
    throw new TypeError(`${caller}: say for whom it is: subjects, groups or anyone`);
  const isSubject = anyOfGlobs(subjects, everybody);
  const isGroup = anyOfGlobs(groups, everybody);
  const covers = anyOfGlobs(repositories);
  const isExcepted = anyOfGlobs(except.tags);
  return {
    isAbout: (principal) =>
      anyone === true ||
      (principal !== undefined && (isSubject(principal.subject) || (principal.groups ?? []).some((group) => isGroup(group)))),
    covers,
    actions: new Set(actions),
    excepts: (change, tag) =>
      except.tags !== undefined && (except.changes ?? changes).includes(change) && (tag === undefined || isExcepted(tag)),
  };
}

/** Alone, an asterisk is everybody, also those whose name has a slash, as that of a directory or of a robot may. */
const everybody = (pattern: string): string => (pattern === '*' ? '**' : pattern);

/** Whether one of some patterns matches a name. */
function anyOfGlobs(
  patterns: string | readonly string[] | undefined,
  read = (pattern: string): string => pattern,
): (name: string, subject?: string | undefined) => boolean {
  const compiled = (typeof patterns === 'string' ? [patterns] : (patterns ?? [])).map((pattern) => compileGlob(read(pattern)));
  return (name, subject) => compiled.some((matches) => matches(name, subject));
}
