/** Rules for tags as they are typed: `nightly-*:newest=10,within=7d`, `team/**@v*:highest=5`. */
import { isRepositoryGlob } from '../checks/glob.ts';
import type { TagRule } from '../upkeep/index.ts';
import { durationWords, millisecondsIn, UsageError } from './flag-values.ts';

const form = "a rule is TAGS, REPOSITORIES@TAGS or either with a colon and what stays, as in 'nightly-*:newest=10,within=7d'";

/** Reads rules with spaces between them. Throws a {@link UsageError} that says what is wrong with the first that is wrong. */
export function readKeepRules(text: string, flag: string): readonly TagRule[] {
  return text
    .trim()
    .split(/\s+/)
    .map((rule) => readRule(rule, (wrong) => new UsageError(`--${flag}: ${wrong}`)));
}

function readRule(rule: string, refuse: (wrong: string) => UsageError): TagRule {
  const [, repositories, tags, stays] = /^(?:([^@:]*)@)?([^@:]*)(?::([^@:]*))?$/.exec(rule) ?? [];
  if (tags === undefined || tags === '' || repositories === '' || stays === '') throw refuse(`${form}, not '${rule}'`);
  if (tags.includes('/'))
    throw refuse(`'${tags}' is no pattern of tags; repositories stand before an @, as in 'team/**@v*', not '${rule}'`);
  if (!/^[\w.*-]+$/.test(tags) || tags.includes('***')) throw refuse(`'${tags}' is no pattern of tags, as in 'nightly-*'`);
  if (repositories !== undefined && (!isRepositoryGlob(repositories) || repositories.includes('{')))
    throw refuse(`'${repositories}' is no pattern of repositories, as in 'team/app', 'team/*' and 'team/**'`);
  const conditions = (stays?.split(',') ?? []).map((each) => readCondition(each, refuse));
  const names = conditions.flatMap((each) => Object.keys(each));
  const repeated = names.find((name, index) => names.indexOf(name) < index);
  if (repeated !== undefined) throw refuse(`'${rule}' has ${repeated} more than once`);
  return Object.assign({ tags, ...(repositories !== undefined && { repositories }) }, ...conditions);
}

function readCondition(condition: string, refuse: (wrong: string) => UsageError): TagRule {
  const [, name, value = ''] = /^(newest|within|highest)=(.*)$/.exec(condition) ?? [];
  if (name === undefined) throw refuse(`what stays is newest=N, within=TIME or highest=N, not '${condition}'`);
  if (name === 'within') {
    const within = millisecondsIn(value);
    if (within === undefined) throw refuse(`within is ${durationWords}, not '${value}'`);
    return { within };
  }
  if (!/^[0-9]{1,6}$/.test(value)) throw refuse(`${name} is a number from 0 to 999999, not '${value}'`);
  return { [name]: Number(value) };
}
