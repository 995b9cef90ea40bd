/**
 * The table as a list of what has to be seen before anybody may say that a server serves it, and as a judge of replies:
 * which of these a reply shows, and where it departs from its row.
 */
import { type BodyName, bodies } from '../api/bodies.ts';
import type {
  FailureDescriptor,
  MethodDescriptor,
  RequestDescriptor,
  ResponseDescriptor,
  RouteDescriptor,
  Uses,
} from '../api/descriptor.ts';
import { type ErrorCode, type ErrorDescriptor, errors } from '../api/errors.ts';
import { type Format, type FormatName, formats } from '../api/formats.ts';
import {
  pathParameters,
  queryParameters,
  type ResponseHeader,
  type ResponseHeaderDescriptor,
  requestHeaders,
  responseHeaders,
} from '../api/parameters.ts';
import { anywhere, noRoute } from '../api/routes.ts';

/** One use case with its route and method. */
export interface Row {
  readonly route: RouteDescriptor;
  readonly method: MethodDescriptor;
  readonly request: RequestDescriptor;
}

/** A failure that a use case may have, whether its row says so or it follows from a parameter or from `access`. */
export interface Failure {
  readonly code: ErrorCode;
  readonly status: number;
  readonly headers: Uses<ResponseHeader>;
  /** The parameter whose value is malformed or missing, where that is the failure. */
  readonly parameter?: string;
}

/** A parameter of a use case. */
export interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly format: FormatName;
  readonly required: boolean;
}

/** A reply as it came. */
export interface Seen {
  /** Undefined where the path is no route. */
  readonly route?: RouteDescriptor | undefined;
  /** Undefined where the route does not have the method. */
  readonly row?: Row | undefined;
  readonly head: boolean;
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body: Uint8Array;
}

/** All use cases of the table. */
export function rowsOf(routes: readonly RouteDescriptor[]): Row[] {
  return routes.flatMap((route) =>
    route.methods.flatMap((method) => method.requests.map((request) => ({ route, method, request }))),
  );
}

/** The parameters of a use case; a path parameter that its condition narrows has the narrower format. */
export function parametersOf({ route, request }: Row): Parameter[] {
  const narrowed = request.when && 'path' in request.when ? request.when : undefined;
  const path = [...route.path.matchAll(/\{(\w+)\}/g)].map(([, name = '']): Parameter => {
    const format = narrowed?.path === name ? narrowed.format : pathParameters[name as keyof typeof pathParameters].format;
    return { name, in: 'path', format, required: true };
  });
  const used = (
    uses: Uses<string> | undefined,
    where: 'query' | 'header',
    known: Readonly<Record<string, { format: FormatName }>>,
  ) =>
    Object.entries(uses ?? {}).flatMap(([name, use]): Parameter[] => {
      const described = known[name];
      return described ? [{ name, in: where, format: described.format, required: use === 'required' }] : [];
    });
  return [...path, ...used(request.query, 'query', queryParameters), ...used(request.headers, 'header', requestHeaders)];
}

/** All failures of a use case, but for those that may be met anywhere. */
export function failuresOf(row: Row): Failure[] {
  const malformed = parametersOf(row).flatMap(({ name, format }) => {
    const { invalid }: Format<unknown> = formats[format];
    return invalid ? [{ ...failureOf(invalid), parameter: name }] : [];
  });
  const refused = row.method.access === 'none' ? [] : [failureOf('DENIED')];
  const switchedOff = row.method.access === 'delete' ? [wrongMethod] : [];
  return [...row.request.failures.map(failureOf), ...malformed, failureOf('UNAUTHORIZED'), ...refused, ...switchedOff];
}

function failureOf(row: ErrorCode | FailureDescriptor): Failure {
  const { code, status, headers } = typeof row === 'string' ? { code: row, status: undefined, headers: undefined } : row;
  const described: ErrorDescriptor = errors[code];
  const own = Object.fromEntries((described.headers ?? []).map((name) => [name, 'required'] as const));
  return {
    code,
    status: status ?? described.status,
    headers: { ...(code === 'UNSUPPORTED' && status !== undefined ? {} : own), ...headers },
  };
}

const wrongMethod: Failure = { ...failureOf('UNSUPPORTED'), headers: { Allow: 'required' } };

const nameOf = ({ request: { operation, use } }: Row): string => (use === undefined ? operation : `${operation} (${use})`);
const nameOfFailure = ({ status, code, parameter }: Failure): string =>
  `${status} ${code}${parameter === undefined ? '' : ` for ${parameter}`}`;
const withHeaders = (owed: string, headers: Uses<ResponseHeader>): string[] => [
  owed,
  ...Object.keys(headers).map((name) => `${owed} with ${name}`),
];

/** Everything that has to be seen, each as a line. */
export function obligations(routes: readonly RouteDescriptor[]): string[] {
  const rows = rowsOf(routes).flatMap((row) => [
    ...row.request.successes.flatMap((success) => owedFor(row, success)),
    ...failuresOf(row).flatMap((failure) => withHeaders(`${nameOf(row)}: ${nameOfFailure(failure)}`, failure.headers)),
  ]);
  const methods = routes.flatMap(({ name }) => withHeaders(`${name}: ${nameOfFailure(wrongMethod)}`, wrongMethod.headers));
  const once = anywhere.map(failureOf).flatMap((failure) => withHeaders(`anywhere: ${nameOfFailure(failure)}`, failure.headers));
  return [...new Set([...rows, ...methods, ...once, `no route: ${nameOfFailure(failureOf(noRoute))}`])];
}

function owedFor(row: Row, { status, headers = {}, head }: ResponseDescriptor): string[] {
  const owed = withHeaders(`${nameOf(row)}: ${status}`, headers);
  return row.method.method === 'GET' && head !== false ? [...owed, `${nameOf(row)}: ${status} as HEAD`] : owed;
}

/** The obligations that a reply meets. A failure of a HEAD has no body, and so proves no code. */
export function metBy(seen: Seen): string[] {
  const success = seen.row?.request.successes.find(({ status }) => status === seen.status);
  const present = (headers: Uses<ResponseHeader> = {}) =>
    Object.fromEntries(Object.entries(headers).filter(([name]) => seen.headers[name.toLowerCase()] !== undefined));
  if (seen.row && success) {
    const owed = `${nameOf(seen.row)}: ${seen.status}`;
    return seen.head ? [`${owed} as HEAD`] : withHeaders(owed, present(success.headers));
  }
  return failuresSeen(seen).flatMap(({ under, failure }) =>
    withHeaders(`${under}: ${nameOfFailure(failure)}`, present(failure.headers)),
  );
}

/** The failures that a reply without a body may be. */
function failuresAt({ route, row, status }: Seen): Failure[] {
  const own = row ? failuresOf(row) : [route ? wrongMethod : failureOf(noRoute)];
  return [...own, ...anywhere.map(failureOf)].filter((failure) => failure.status === status);
}

/** The failures of the table that a reply is. */
function failuresSeen(seen: Seen): { under: string; failure: Failure }[] {
  const [first] = errorsIn(seen);
  const is = ({ code, status, parameter }: Failure): boolean =>
    seen.status === status && first?.code === code && (parameter === undefined || first.parameter === parameter);
  const possible = [
    ...(seen.row ? failuresOf(seen.row).map((failure) => ({ under: nameOf(seen.row as Row), failure })) : []),
    ...(seen.route && !seen.row ? [{ under: seen.route.name, failure: wrongMethod }] : []),
    ...(seen.route ? [] : [{ under: 'no route', failure: failureOf(noRoute) }]),
    ...anywhere.map((row) => ({ under: 'anywhere', failure: failureOf(row) })),
  ];
  return possible.filter(({ failure }) => is(failure));
}

function errorsIn({ headers, body }: Seen): { code: string; parameter?: string }[] {
  if (headers['content-type'] !== bodies.errors.mediaTypes[0] || body.length === 0) return [];
  const document: unknown = JSON.parse(Buffer.from(body).toString('utf8'));
  const list = (document as { errors?: { code: string; detail?: { parameter?: string } }[] }).errors ?? [];
  return list.map(({ code, detail }) => ({ code, ...(detail?.parameter !== undefined && { parameter: detail.parameter }) }));
}

/** Where a reply departs from the table: empty if nowhere. */
export function objectionsTo(seen: Seen): string[] {
  const success = seen.row?.request.successes.find(
    ({ status, head }) => status === seen.status && !(seen.head && head === false),
  );
  if (success) return [...wrongHeaders(seen, success.headers ?? {}), ...wrongBody(seen, success.body)];
  const failures = failuresSeen(seen);
  const allowed = seen.head ? failuresAt(seen).map((failure) => ({ failure })) : failures;
  if (allowed.length === 0) return [`the table has no ${seen.status} ${errorsIn(seen)[0]?.code ?? 'without an error code'} here`];
  const complaints = allowed.map(({ failure }) => [
    ...(seen.head ? [] : wrongHeaders(seen, failure.headers)),
    ...wrongBody(seen, 'errors'),
  ]);
  return complaints.find((list) => list.length === 0) ?? complaints[0] ?? [];
}

function wrongHeaders(seen: Seen, declared: Uses<ResponseHeader>): string[] {
  return Object.entries(responseHeaders).flatMap(([name, { format, ...rest }]) => {
    const { always }: Partial<ResponseHeaderDescriptor> = rest;
    const values = [seen.headers[name.toLowerCase()] ?? []].flat();
    const use = always === undefined ? declared[name as ResponseHeader] : 'required';
    if (values.length === 0) return use === 'required' ? [`the header ${name} is missing`] : [];
    if (use === undefined) return [`the header ${name} is not declared`];
    const fits = new RegExp(formats[format].pattern);
    return values.every((value) => (always ?? value) === value && fits.test(value))
      ? []
      : [`the header ${name} is malformed: ${values}`];
  });
}

function wrongBody({ head, status, headers, body }: Seen, declared: BodyName | undefined): string[] {
  const { 'content-type': type, 'content-length': length } = headers;
  if (status === 204 || status === 304) return length === undefined && body.length === 0 ? [] : ['it has a body or a length'];
  if (declared === undefined) return length === '0' && body.length === 0 ? [] : ['it has a body'];
  const { mediaTypes } = bodies[declared];
  return [
    ...(mediaTypes.includes('*/*') || mediaTypes.some((mediaType) => mediaType === type) ? [] : [`its type is ${type}`]),
    ...(type === undefined || `${type}`.includes(';') ? ['its type is missing or has parameters'] : []),
    ...(Number(length) === (head ? Number(length) : body.length) && length !== undefined ? [] : [`its length is ${length}`]),
    ...(head && body.length > 0 ? ['it has a body on HEAD'] : []),
  ];
}
