/** Looks a place up in the table of today, and replies also among what the tests owe and have seen. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { bodies } from '../../../lib/api/bodies.ts';
import { type Row, rowsOf } from '../../../lib/api/derive.ts';
import { errors } from '../../../lib/api/errors.ts';
import { formats } from '../../../lib/api/formats.ts';
import { pathParameters, queryParameters, requestHeaders, responseHeaders } from '../../../lib/api/parameters.ts';
import { routes } from '../../../lib/api/routes.ts';
import type { ResponseDescriptor } from '../../../lib/api/row-shapes.ts';
import { obligations } from '../../../lib/coverage/obligations.ts';
import { kindOf } from './kind.ts';
import type { Place, Types, UseCaseName } from './place.ts';

const root = join(import.meta.dirname, '../../..');
const owed: ReadonlySet<string> = new Set(obligations(routes));
const useCases: ReadonlyMap<string, Row> = new Map(rowsOf(routes).map((row) => [row.name, row]));

/** The use case of that name. Throws where the table has none. */
export function useCaseOf(name: UseCaseName): Row {
  const found = useCases.get(name);
  if (!found) throw new Error(`the table has no use case ${name}`);
  return found;
}

/** The lines of the coverage of the tests that a place stands for; empty for what is no reply. */
export function obligationsOf(place: Place): string[] {
  const { of, success, failure, status = success ?? failure, code, replyHeader } = place;
  if (of === undefined || status === undefined) return [];
  const reply = `${of}: ${status}${code === undefined ? '' : ` ${code}`}${place.for === undefined ? '' : ` for ${place.for}`}`;
  const line = replyHeader === undefined ? reply : `${reply} with ${replyHeader}`;
  return place.as === undefined ? [line] : [line, `${reply} as ${place.as}`];
}

/** What is wrong with a place: undefined where it is there. */
export function missingAt(place: Place): string | undefined {
  const name = place.request ?? place.of;
  if (name !== undefined && !useCases.has(name)) return `the table has no use case ${name}`;
  const unseen = obligationsOf(place).filter((line) => !isOwed(line, place));
  if (unseen.length > 0) return `the tests owe no "${unseen.join('", "')}"`;
  return isThere(place) ? undefined : `the table has no such ${kindOf(place)}: ${JSON.stringify(place)}`;
}

/** The body of a failure is the same, whichever parameter it is for. */
function isOwed(line: string, { replyBody }: Place): boolean {
  return owed.has(line) || (replyBody !== undefined && [...owed].some((each) => each.startsWith(`${line} for `)));
}

function isThere(place: Place): boolean {
  if (place.type !== undefined) return hasField(samples[place.type], place.field);
  if (place.module !== undefined) return exportsOf(place.module).has(place.exports);
  if (place.file !== undefined) return existsSync(join(root, place.file));
  if (place.script !== undefined) return place.script in scripts;
  if (place.error !== undefined) return place.error in errors;
  if (place.format !== undefined) return place.format in formats;
  if (place.route !== undefined) return routes.some(({ name }) => name === place.route);
  if (place.on !== undefined) return methodsOf(place.on).has(place.method);
  return isIn(useCaseOf(place.request ?? place.of), place);
}

/** Whether a place is in the use case that it says it is in. */
function isIn(useCase: Row, place: Place): boolean {
  const { method, request } = useCase;
  const name = place.path ?? place.query ?? place.header;
  if (place.request !== undefined) return place.as === undefined || method.method === 'GET';
  if (place.access !== undefined) return method.access === place.access;
  if (name !== undefined) return useCase.parameters.some((each) => each.in === kindOf(place) && each.name === name);
  if (place.body !== undefined) return request.body === place.body;
  if (place.replyBody === undefined) return true;
  return place.replyBody === (place.code === undefined ? replyAt(place)?.body : 'errors');
}

/** The success that a place is, or that it belongs to. */
export function replyAt({ of, success, status = success, code }: Place): ResponseDescriptor | undefined {
  if (of === undefined || code !== undefined) return undefined;
  return useCaseOf(of).request.successes.find((each) => each.status === status);
}

function methodsOf(route: string): Set<string | undefined> {
  const methods = routes.filter(({ name }) => name === route).flatMap((each) => each.methods.map(({ method }) => method));
  return new Set<string | undefined>(methods.includes('GET') ? [...methods, 'HEAD'] : methods);
}

const requests = rowsOf(routes).map(({ request }) => request);
/** All that the table has of each type. */
const samples: Readonly<Record<keyof Types, readonly object[]>> = {
  RouteDescriptor: routes,
  MethodDescriptor: routes.flatMap(({ methods }) => [...methods]),
  RequestDescriptor: requests,
  ResponseDescriptor: requests.flatMap(({ successes }) => [...successes]),
  FailureDescriptor: requests.flatMap(({ failures }) => failures.filter((failure) => typeof failure === 'object')),
  ParameterDescriptor: [pathParameters, queryParameters, requestHeaders, responseHeaders].flatMap((each) =>
    Object.values<object>(each),
  ),
  BodyDescriptor: Object.values(bodies),
  ErrorDescriptor: Object.values(errors),
  Format: Object.values(formats),
};

function hasField(objects: readonly object[], field: string | undefined): boolean {
  return objects.some((object) => field === undefined || field in object);
}

/** What a module exports, types too. */
function exportsOf(path: string): Set<string | undefined> {
  const text = readFileSync(join(root, path), 'utf8');
  return new Set([...text.matchAll(/^export (?:const|function|type|interface|class) (\w+)/gm)].map(([, name]) => name));
}

const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { scripts: Record<string, string> };
