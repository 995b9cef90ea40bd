/** Replies held against their rows of the table: which obligations a reply meets, and where it departs from its row. */
import { type BodyName, bodies } from '../api/bodies.ts';
import type { Row, Success } from '../api/derive.ts';
import { type Failure, failureOfNoRoute, failuresAnywhere, failuresOf, wrongMethod } from '../api/failures.ts';
import { formats } from '../api/formats.ts';
import { type ResponseHeader, type ResponseHeaderDescriptor, responseHeaders } from '../api/parameters.ts';
import type { RouteDescriptor, Uses } from '../api/row-shapes.ts';
import { failureLine, withHeaders } from './obligations.ts';
import { wrongParts } from './parts.ts';

/** A reply, and the row of the table that its request belongs to. */
export interface Seen {
  /** Undefined if the path is no route. */
  readonly route?: RouteDescriptor | undefined;
  /** Undefined if the route does not have the method. */
  readonly row?: Row | undefined;
  /** Whether the request was a HEAD. */
  readonly head: boolean;
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body: Uint8Array;
}

/** The obligations that a reply meets. A failure of a HEAD has no body, so it proves no code and meets none. */
export function metBy(seen: Seen): string[] {
  const success = successSeen(seen);
  const present = (headers: Uses<ResponseHeader> = {}) =>
    Object.fromEntries(Object.entries(headers).filter(([name]) => seen.headers[name.toLowerCase()] !== undefined));
  if (success) return seen.head ? [`${success.name} as HEAD`] : withHeaders(success.name, present(success.headers));
  return failuresSeen(seen).flatMap(({ under, failure }) => withHeaders(failureLine(under, failure), present(failure.headers)));
}

/** The success that a reply is; of several with its status the first whose required headers it has, or else the first. */
export function successSeen({ row, status, headers }: Seen): Success | undefined {
  const possible = row?.successes.filter((success) => success.status === status) ?? [];
  const isMet = ([name, use]: readonly [string, string]) => use === 'optional' || headers[name.toLowerCase()] !== undefined;
  return possible.find((success) => Object.entries(success.headers ?? {}).every(isMet)) ?? possible[0];
}

/** The declared failures with the status of a reply to HEAD. It has no body, so any of them may be meant. */
function failuresWithStatus({ route, row, status }: Seen): Failure[] {
  const own = row ? failuresOf(row) : [route ? wrongMethod : failureOfNoRoute];
  return [...own, ...failuresAnywhere].filter((failure) => failure.status === status);
}

/** The declared failures with the status, the code and the parameter of a reply. */
function failuresSeen(seen: Seen): { under: string; failure: Failure }[] {
  const { route, row } = seen;
  const [first] = errorsIn(seen);
  const matches = ({ code, status, parameter }: Failure): boolean =>
    seen.status === status && first?.code === code && (parameter === undefined || first.parameter === parameter);
  const possible = [
    ...(row ? failuresOf(row).map((failure) => ({ under: row.name, failure })) : []),
    ...(route && !row ? [{ under: route.name, failure: wrongMethod }] : []),
    ...(route ? [] : [{ under: 'no route', failure: failureOfNoRoute }]),
    ...failuresAnywhere.map((failure) => ({ under: 'anywhere', failure })),
  ];
  return possible.filter(({ failure }) => matches(failure));
}

/** The errors in a body. None if it is not the errors JSON: another server may send anything under the type of JSON. */
function errorsIn({ headers, body }: Seen): { code: string; parameter?: string }[] {
  // A type with parameters is an objection of its own; the codes are read all the same.
  const [type] = `${headers['content-type']}`.split(';');
  if (type !== bodies.errors.mediaTypes[0]) return [];
  const document = parseJson(body) as { readonly errors?: unknown } | null | undefined;
  const list: readonly (Partial<ErrorFields> | null)[] = Array.isArray(document?.errors) ? document.errors : [];
  return list.flatMap((error) => {
    const { code, detail } = error ?? {};
    if (typeof code !== 'string') return [];
    const parameter = detail?.parameter;
    return [{ code, ...(typeof parameter === 'string' && { parameter }) }];
  });
}

interface ErrorFields {
  readonly code: unknown;
  readonly detail: { readonly parameter?: unknown } | null;
}

/** The value of JSON; undefined if the bytes are none. */
function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch {
    return undefined;
  }
}

/** Where a reply departs from its row, one line of text for each objection; empty if nowhere. */
export function objectionsTo(seen: Seen): string[] {
  const success = successSeen(seen);
  if (success && !(seen.head && success.head === false))
    return [...wrongHeaders(seen, success.headers ?? {}), ...wrongBody(seen, success.body)];
  const failures = failuresSeen(seen);
  const allowed = seen.head ? failuresWithStatus(seen).map((failure) => ({ failure })) : failures;
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
    const pattern = new RegExp(formats[format].pattern);
    return values.every((value) => (always === true || (always ?? value) === value) && pattern.test(value))
      ? []
      : [`the header ${name} is malformed: ${values}`];
  });
}

function wrongBody({ head, status, headers, body }: Seen, declared: BodyName | undefined): string[] {
  const { 'content-type': type, 'content-length': length } = headers;
  if (status === 204 || status === 304)
    return length === undefined && body.length === 0 ? [] : [`a ${status} has a body or a Content-Length`];
  if (declared === undefined) return length === '0' && body.length === 0 ? [] : ['it has a body, or no Content-Length: 0'];
  const { mediaTypes } = bodies[declared];
  const parts = declared === 'parts' ? wrongParts(`${type}`, body) : undefined;
  const isDeclared = mediaTypes.includes('*/*') || mediaTypes.some((mediaType) => mediaType === type);
  return [
    ...(parts ?? (isDeclared ? [] : [`its Content-Type is ${type}`])),
    ...(type === undefined || (!parts && `${type}`.includes(';')) ? ['its Content-Type is missing or has parameters'] : []),
    ...(Number(length) === (head ? Number(length) : body.length) && length !== undefined
      ? []
      : [`its Content-Length is ${length}, its body has ${body.length} bytes`]),
    ...(head && body.length > 0 ? ['it has a body on HEAD'] : []),
  ];
}
