/** What can be seen to differ between what a row of the first table said and where it is now. */
import { bodies } from '../../../lib/api/bodies.ts';

import { errors } from '../../../lib/api/errors.ts';
import { routes } from '../../../lib/api/routes.ts';
import type { Aspect } from './deviations/deviation.ts';
import { kindOf } from './kind.ts';
import type { Place } from './place.ts';
import { replyAt, useCaseOf } from './resolving.ts';
import type { Was } from './row.ts';
import { type Entry, entries } from './rows/index.ts';

const ids = new Set(entries.map(([id]) => id));

/** In what a row differs from its places. */
export function differencesOf([id, { was, at }]: Entry): Aspect[] {
  if (at.length === 0) return ['place'];
  const hadBody = ids.has(`${id}-B`);
  const codes = at.flatMap(({ code }) => code ?? []);
  const sameCodes = was.codes === undefined || isSameSet(was.codes, codes);
  const differing = at.flatMap((place): Aspect[] => {
    if (was.says !== undefined) return [];
    if (kindOf(was) !== kindOf(place)) return ['kind'];
    const hasBody = replyAt(place)?.body !== undefined;
    return [...(was.success !== undefined && hadBody !== hasBody ? ['body' as const] : []), ...differingFacts(was, place)];
  });
  return [...new Set([...(sameCodes ? [] : ['codes' as const]), ...differing])];
}

const isSameSet = (a: readonly string[], b: readonly string[]): boolean =>
  a.every((each) => b.includes(each)) && b.every((each) => a.includes(each));

/** What a row said of one aspect, and what its place says of it: one of several values where it may have several. */
interface Fact {
  readonly aspect: Aspect;
  of(was: Was): string | number | boolean | undefined;
  at(place: Place): readonly unknown[];
}

const facts: readonly Fact[] = [
  { aspect: 'name', of: nameOf, at: (place) => [nameOf(place)] },
  {
    aspect: 'path',
    of: (was) => (was.route === undefined ? undefined : shapeOf(was.path)),
    at: (place) => routesAt(place).map(({ path }) => shapeOf(path)),
  },
  { aspect: 'entity', of: (was) => was.entity, at: (place) => routesAt(place).map(({ entity }) => entity) },
  {
    aspect: 'status',
    of: (was) => was.success ?? was.failure ?? was.statuses?.join(),
    at: (place) => [place.success ?? place.failure ?? (place.error && `${errors[place.error].status}`)],
  },
  { aspect: 'required', of: (was) => was.required, at: (place) => [isRequired(place)] },
  { aspect: 'type', of: (was) => was.body ?? was.replyBody, at: mediaTypesAt },
  { aspect: 'message', of: (was) => was.message, at: (place) => [place.error && errors[place.error].message] },
];

function differingFacts(was: Was, place: Place): Aspect[] {
  const differing = facts.filter(({ of, at }) => of(was) !== undefined && !at(place).includes(of(was)));
  return differing.map(({ aspect }) => aspect);
}

/** What it is called. Fields of types began with a capital once. */
function nameOf(thing: Was | Place): string | undefined {
  if (thing.type !== undefined) return (thing.field ?? thing.type).toLowerCase();
  return thing.route ?? thing.method ?? thing.path ?? thing.query ?? thing.header ?? thing.replyHeader ?? thing.error;
}

/** A path without the names of its parameters. */
const shapeOf = (path: string): string => path.replaceAll(/\{\w+\}/g, '{}');
const routesAt = (place: Place) => routes.filter(({ name }) => name === place.route);

function isRequired(place: Place): boolean {
  if (place.of === undefined) return false;
  const name = place.path ?? place.query ?? place.header;
  return useCaseOf(place.of).parameters.some((each) => each.name === name && each.in === kindOf(place) && each.required);
}

function mediaTypesAt(place: Place): readonly string[] {
  const body = place.body ?? place.replyBody;
  return body === undefined ? [] : bodies[body].mediaTypes;
}
