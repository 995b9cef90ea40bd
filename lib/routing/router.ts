/**
 * From a request line and headers to a row of the table. A path is read from its end, because repository names contain
 * slashes and may contain the words `blobs`, `manifests`, `tags` or `uploads`; nothing is split, and no expression
 * backtracks. The use case is told from line and headers alone, never from the bytes of a body.
 */
import type { Row } from '../api/derive.ts';
import { excerpt, RegistryError } from '../api/errors.ts';
import { formats } from '../api/formats.ts';
import { noRoute } from '../api/routes.ts';
import type { Condition } from '../api/row-shapes.ts';

/** The head of a request, whichever server it came through. */
export interface RequestHead {
  readonly method: string;
  /** The path as it came, from `/v2` on. */
  readonly path: string;
  /** The query as it came, without its question mark. */
  readonly query: string;
  /** False only where the request announces that it has no body. */
  readonly hasBody: boolean;
  /** The value of a header, whose lines are joined by commas; names are not case-sensitive. */
  header(name: string): string | undefined;
}

/** Query parameters by name; undefined where the escapes of a value are malformed. */
export type QueryTexts = ReadonlyMap<string, readonly (string | undefined)[]>;

/** The row of a request, and what the request gives for its parameters: decoded, and not checked yet. */
export interface Match {
  readonly row: Row;
  readonly path: Readonly<Record<string, string>>;
  readonly query: QueryTexts;
}

/** Finds the row of a request. */
export interface Router {
  /** Throws 404 `UNSUPPORTED` where no route has the path, and 405 where the route does not have the method. */
  match(head: RequestHead): Match;
  /** The same request as the next use case of its method, where the one that it matches is passed over. */
  next(match: Match, head: RequestHead): Match;
}

/** Compiles rows to a router. */
export function createRouter(rows: readonly Row[]): Router {
  const find = compile(
    groupBy(rows, ({ route }) => route.path).map(([path, ofRoute]) => ({ path, methods: methodsOf(ofRoute) })),
  );
  return {
    match: (head) => {
      const found = find(head.path);
      if (!found) throw unknownPath(head);
      const { route, path } = found;
      const ofMethod = route.methods[head.method];
      if (!ofMethod) throw unknownMethod(head, route.methods);
      const query = readQuery(head.query);
      return { row: choose(ofMethod, head, path, query), path, query };
    },
    next: ({ row, path, query }, head) => {
      const ofMethod = find(head.path)?.route.methods[head.method] ?? [];
      return { row: choose(ofMethod.slice(ofMethod.indexOf(row) + 1), head, path, query), path, query };
    },
  };
}

type Methods = Readonly<Record<string, readonly Row[]>>;

/** The rows of a route by method; HEAD has those of GET. */
function methodsOf(rows: readonly Row[]): Methods {
  const byMethod: Record<string, readonly Row[]> = Object.create(null);
  for (const [method, ofMethod] of groupBy(rows, (row) => row.method.method)) {
    byMethod[method] = ofMethod;
    if (method === 'GET') byMethod.HEAD = ofMethod;
  }
  return byMethod;
}

function groupBy(rows: readonly Row[], keyOf: (row: Row) => string): (readonly [string, readonly Row[]])[] {
  const keys = [...new Set(rows.map(keyOf))];
  return keys.map((key) => [key, rows.filter((row) => keyOf(row) === key)]);
}

function unknownPath({ path }: RequestHead): RegistryError {
  const detail = { reason: 'no-route', given: excerpt(path) };
  return new RegistryError(noRoute.code, { status: noRoute.status, message: 'the API has no such path', detail });
}

function unknownMethod({ method }: RequestHead, methods: Methods): RegistryError {
  const expected = Object.keys(methods);
  const Allow = formats.methods.write(expected);
  const detail = { reason: 'no-method', expected, given: excerpt(method) };
  return new RegistryError('UNSUPPORTED', {
    message: `the path has no such method; it has ${Allow}`,
    detail,
    headers: { Allow },
  });
}

/** The first row whose condition holds; the last one takes whatever is left. */
function choose(rows: readonly Row[], head: RequestHead, path: Match['path'], query: QueryTexts): Row {
  for (const row of rows) {
    const { when } = row.request;
    if (when === undefined || holds(when, head, path, query)) return row;
  }
  const last = rows.at(-1);
  if (!last) throw new TypeError('the table has no use case that is left for the request');
  return last;
}

function holds(condition: Condition, head: RequestHead, path: Match['path'], query: QueryTexts): boolean {
  if ('query' in condition) return query.has(condition.query);
  if ('header' in condition) return head.header(condition.header) !== undefined;
  if ('body' in condition) return !head.hasBody;
  return formats[condition.format].like.test(path[condition.path] ?? '');
}

const noQuery: QueryTexts = new Map();

/** A plus sign is a plus sign: media types contain them, and clients leave them as they are. */
function readQuery(text: string): QueryTexts {
  if (text === '') return noQuery;
  const query = new Map<string, (string | undefined)[]>();
  for (const pair of text.split('&')) {
    if (pair === '') continue;
    const equals = pair.indexOf('=');
    const name = equals < 0 ? pair : pair.slice(0, equals);
    const value = decodeText(equals < 0 ? '' : pair.slice(equals + 1));
    const key = decodeText(name) ?? name;
    const values = query.get(key);
    if (values) values.push(value);
    else query.set(key, [value]);
  }
  return query;
}

/** A route, and its path parameters: decoded, and not checked yet. */
export interface PathMatch<R> {
  readonly route: R;
  readonly path: Readonly<Record<string, string>>;
}

type PathMatcher = (path: string) => Readonly<Record<string, string>> | undefined;

const root = '/v2/';
const nothing: Readonly<Record<string, string>> = {};

/** Compiles routes to a function from a path, as it came in the request line and without its query, to the match. */
export function compile<R extends { readonly path: string }>(routes: readonly R[]): (path: string) => PathMatch<R> | undefined {
  const fixed = new Map<string, R>();
  for (const route of routes) {
    if (route.path.includes('{')) continue;
    fixed.set(route.path, route);
    // A template that ends in a slash also matches without it.
    if (route.path.endsWith('/')) fixed.set(route.path.slice(0, -1), route);
  }
  const entries = routes
    .filter(({ path }) => path.includes('{'))
    .map((route) => ({ route, literals: literalsOf(route.path), match: matcherOf(route.path) }))
    .sort((a, b) => b.literals - a.literals || segmentsOf(a.route.path).length - segmentsOf(b.route.path).length);
  return (path) => {
    const route = fixed.get(path);
    if (route) return { route, path: nothing };
    for (const entry of entries) {
      const found = entry.match(path);
      if (found) return { route: entry.route, path: found };
    }
    return undefined;
  };
}

const segmentsOf = (path: string): string[] => path.slice(root.length).split('/').filter(Boolean);
const parameterOf = (segment: string): string | undefined => /^\{(.+)\}$/.exec(segment)?.[1];
const literalsOf = (path: string): number => segmentsOf(path).filter((segment) => parameterOf(segment) === undefined).length;

/** Matches a template whose first segment is a parameter that takes any number of segments. */
function matcherOf(template: string): PathMatcher {
  const [head = '', ...tail] = segmentsOf(template);
  const name = parameterOf(head);
  if (name === undefined) throw new TypeError(`the template ${template} must begin with a parameter`);
  const slash = template.endsWith('/');
  const steps = tail.reverse().map((segment) => ({ literal: segment, parameter: parameterOf(segment) }));
  return (path) => {
    const found: Record<string, string> = {};
    let end = slash && path.endsWith('/') ? path.length - 1 : path.length;
    for (const { literal, parameter } of steps) {
      const start = path.lastIndexOf('/', end - 1) + 1;
      if (start < root.length) return undefined;
      if (parameter !== undefined) found[parameter] = decode(path.slice(start, end));
      else if (end - start !== literal.length || !path.startsWith(literal, start)) return undefined;
      end = start - 1;
    }
    if (end < root.length || !path.startsWith(root)) return undefined;
    const whole = path.slice(root.length, end);
    found[name] = whole.includes('%') ? whole.split('/').map(decode).join('/') : whole;
    return found;
  };
}

/** One segment, decoded once. What is malformed or would become a slash stays as it is: no format takes a percent sign. */
function decode(segment: string): string {
  if (!segment.includes('%')) return segment;
  const decoded = decodeText(segment);
  return decoded === undefined || decoded.includes('/') ? segment : decoded;
}

/** Percent-decodes; undefined where the escapes are malformed. */
export function decodeText(text: string): string | undefined {
  if (!text.includes('%')) return text;
  try {
    return decodeURIComponent(text);
  } catch (error) {
    if (error instanceof URIError) return undefined;
    throw error;
  }
}
