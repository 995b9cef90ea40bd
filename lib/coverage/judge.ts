/**
 * The table as a list of what has to be seen before anybody may say that a server serves it, and as a judge of replies:
 * which of these a reply shows, and where it departs from its row.
 */
import { type BodyName, bodies } from '../api/bodies.ts';
import { type Failure, failureOfNoRoute, failuresAnywhere, type Row, rowsOf, type Success, wrongMethod } from '../api/derive.ts';
import type { RouteDescriptor, Uses } from '../api/descriptor.ts';
import { formats } from '../api/formats.ts';
import { type ResponseHeader, type ResponseHeaderDescriptor, responseHeaders } from '../api/parameters.ts';

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

const nameOfFailure = ({ status, code, parameter }: Failure): string =>
  `${status} ${code}${parameter === undefined ? '' : ` for ${parameter}`}`;
const withHeaders = (owed: string, headers: Uses<ResponseHeader>): string[] => [
  owed,
  ...Object.keys(headers).map((name) => `${owed} with ${name}`),
];

/** Everything that has to be seen, each as a line. */
export function obligations(routes: readonly RouteDescriptor[]): string[] {
  const rows = rowsOf(routes).flatMap((row) => [
    ...row.successes.flatMap((success) => owedFor(row, success)),
    ...row.failures.flatMap((failure) => withHeaders(`${row.name}: ${nameOfFailure(failure)}`, failure.headers)),
  ]);
  const methods = routes.flatMap(({ name }) => withHeaders(`${name}: ${nameOfFailure(wrongMethod)}`, wrongMethod.headers));
  const once = failuresAnywhere.flatMap((failure) => withHeaders(`anywhere: ${nameOfFailure(failure)}`, failure.headers));
  return [...new Set([...rows, ...methods, ...once, `no route: ${nameOfFailure(failureOfNoRoute)}`])];
}

function owedFor(row: Row, success: Success): string[] {
  const owed = withHeaders(`${row.name}: ${success.status}`, success.headers ?? {});
  return success.answersHead ? [...owed, `${row.name}: ${success.status} as HEAD`] : owed;
}

/** The obligations that a reply meets. A failure of a HEAD has no body, and so proves no code. */
export function metBy(seen: Seen): string[] {
  const success = seen.row?.request.successes.find(({ status }) => status === seen.status);
  const present = (headers: Uses<ResponseHeader> = {}) =>
    Object.fromEntries(Object.entries(headers).filter(([name]) => seen.headers[name.toLowerCase()] !== undefined));
  if (seen.row && success) {
    const owed = `${seen.row.name}: ${seen.status}`;
    return seen.head ? [`${owed} as HEAD`] : withHeaders(owed, present(success.headers));
  }
  return failuresSeen(seen).flatMap(({ under, failure }) =>
    withHeaders(`${under}: ${nameOfFailure(failure)}`, present(failure.headers)),
  );
}

/** The failures that a reply without a body may be. */
function failuresAt({ route, row, status }: Seen): Failure[] {
  const own = row ? row.failures : [route ? wrongMethod : failureOfNoRoute];
  return [...own, ...failuresAnywhere].filter((failure) => failure.status === status);
}

/** The failures of the table that a reply is. */
function failuresSeen(seen: Seen): { under: string; failure: Failure }[] {
  const { route, row } = seen;
  const [first] = errorsIn(seen);
  const is = ({ code, status, parameter }: Failure): boolean =>
    seen.status === status && first?.code === code && (parameter === undefined || first.parameter === parameter);
  const possible = [
    ...(row ? row.failures.map((failure) => ({ under: row.name, failure })) : []),
    ...(route && !row ? [{ under: route.name, failure: wrongMethod }] : []),
    ...(route ? [] : [{ under: 'no route', failure: failureOfNoRoute }]),
    ...failuresAnywhere.map((failure) => ({ under: 'anywhere', failure })),
  ];
  return possible.filter(({ failure }) => is(failure));
}

/** The errors in a body; none in what another server sends as JSON and is none, or is other JSON. */
function errorsIn({ headers, body }: Seen): { code: string; parameter?: string }[] {
  // A type with parameters is wrong, and said to be; the codes can be read all the same.
  const [type] = `${headers['content-type']}`.split(';');
  if (type !== bodies.errors.mediaTypes[0]) return [];
  const document = parsed(body) as { readonly errors?: unknown } | null | undefined;
  const list: readonly (Partial<Said> | null)[] = Array.isArray(document?.errors) ? document.errors : [];
  return list.flatMap((error) => {
    const { code, detail } = error ?? {};
    if (typeof code !== 'string') return [];
    const parameter = detail?.parameter;
    return [{ code, ...(typeof parameter === 'string' && { parameter }) }];
  });
}

interface Said {
  readonly code: unknown;
  readonly detail: { readonly parameter?: unknown } | null;
}

function parsed(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch {
    return undefined;
  }
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
