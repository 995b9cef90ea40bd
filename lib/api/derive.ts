/**
 * The table as it is worked with: each use case with its route and method, and everything that follows from its row,
 * derived once. The router, the parser, the questions to `authorize`, the replies, the documents and the coverage of the
 * tests read these rows; nothing is derived again while a request is served. What may fail is in `failures.ts`.
 */
import { type BodyDescriptor, bodies } from './bodies.ts';
import { type Format, type FormatName, formats } from './formats.ts';
import type { Operation } from './infer.ts';
import {
  type ParameterDescriptor,
  pathParameters,
  type QueryDescriptor,
  queryParameters,
  type ResponseHeader,
  requestHeaders,
  responseHeaders,
  type WantName,
} from './parameters.ts';
import { plainPath } from './routes.ts';
import type { Access, MethodDescriptor, RequestDescriptor, ResponseDescriptor, RouteDescriptor, Uses } from './row-shapes.ts';

/** One use case with its route and method, and what its row implies. */
export interface Row {
  readonly route: RouteDescriptor;
  readonly method: MethodDescriptor;
  readonly request: RequestDescriptor;
  /** Its operation and, where several use cases share that, the use: `completeUpload (last chunk)`. No two rows have one name. */
  readonly name: string;
  /** The key of the function that serves it. */
  readonly operation: Operation;
  /** Its parameters: those of the path, of the query, and the headers. */
  readonly parameters: readonly Parameter[];
  /** What it may be answered with where nothing fails, whether the row says so or it follows from escapes in the path. */
  readonly successes: readonly Success[];
  /** Query parameters that name a repository which the request wants to use and can do without. */
  readonly wants: readonly Want[];
}

/** A repository that a request wants to use, and what for. */
export interface Want {
  /** The query parameter that names it. */
  readonly name: WantName;
  readonly access: Exclude<Access, 'none' | 'catalog'>;
}

/** A parameter of a use case. */
export interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly format: FormatName;
  readonly description: string;
  readonly required: boolean;
  /** Whether all its values count, where it is given several times. */
  readonly repeats: boolean;
}

/** A reply to a request that did what it was asked for. */
export interface Success extends ResponseDescriptor {
  /** Its use case, its status and its form: `getBlob: 206 (several parts)`. No two successes have one name. */
  readonly name: string;
  /** Whether HEAD is answered so, too. */
  readonly answersHead: boolean;
  /** How its headers are written. */
  readonly writers: readonly HeaderWriter[];
  /** The media type of a body that is JSON of our own; undefined where stored bytes are sent, or none. */
  readonly json: string | undefined;
}

/** A header of a reply, and how a value of its format becomes text. */
export interface HeaderWriter {
  readonly name: ResponseHeader;
  write(value: unknown): string;
}

/** All use cases of routes, in the order of the table. */
export function rowsOf(routes: readonly RouteDescriptor[]): Row[] {
  return routes.flatMap((route) => route.methods.flatMap((method) => method.requests.map((each) => rowOf(route, method, each))));
}

function rowOf(route: RouteDescriptor, method: MethodDescriptor, request: RequestDescriptor): Row {
  const parameters = parametersOf(route, request);
  const name = request.use === undefined ? request.operation : `${request.operation} (${request.use})`;
  return {
    route,
    method,
    request,
    name,
    // Here data meets types: the names of operations are those of the table.
    operation: request.operation as Operation,
    parameters,
    successes: [...request.successes, ...(hasEscapes(route, method) ? [plainPath] : [])].map((success: ResponseDescriptor) => ({
      ...success,
      name: `${name}: ${success.status}${success.form === undefined ? '' : ` (${success.form})`}`,
      answersHead: method.method === 'GET' && success.head !== false,
      writers: Object.keys(success.headers ?? {}).map(headerWriter),
      json: success.body && jsonType(bodies[success.body]),
    })),
    wants: parameters.flatMap(({ name }) => wants.filter((want) => want.name === name)),
  };
}

/** Whether a GET of the path can have escapes. Those of `/v2/` itself would make it the path of something else. */
const hasEscapes = ({ path }: RouteDescriptor, { method }: MethodDescriptor): boolean => method === 'GET' && path !== '/v2/';

const jsonType = ({ isJson, mediaTypes }: BodyDescriptor<unknown>): string | undefined => isJson && mediaTypes[0];

/** How the header of that name is written. */
export function headerWriter(name: string): HeaderWriter {
  const known = name as ResponseHeader;
  const { write = String }: Format<unknown> = formats[responseHeaders[known].format];
  return { name: known, write };
}

const wants: readonly Want[] = Object.entries<QueryDescriptor>(queryParameters).flatMap(([name, { access }]) =>
  access ? [{ name: name as WantName, access }] : [],
);

/** The parameters of a use case; one of the path that its condition narrows has the narrower format. */
function parametersOf(route: RouteDescriptor, { when, query, headers }: RequestDescriptor): Parameter[] {
  const narrowed = when && 'path' in when ? when : undefined;
  const path = [...route.path.matchAll(/\{(\w+)\}/g)].map(([, name = '']): Parameter => {
    const { format, description } = pathParameters[name as keyof typeof pathParameters];
    const own = narrowed?.path === name ? narrowed.format : format;
    return { name, in: 'path', format: own, description, required: true, repeats: false };
  });
  return [...path, ...used(query, 'query', queryParameters), ...used(headers, 'header', requestHeaders)];
}

function used(
  uses: Uses<string> = {},
  place: 'query' | 'header',
  known: Readonly<Record<string, ParameterDescriptor>>,
): Parameter[] {
  return Object.entries(uses).flatMap(([name, use]) => {
    const described = known[name];
    if (!described) return [];
    const { format, description } = described;
    return [{ name, in: place, format, description, required: use === 'required', repeats: 'repeats' in described }];
  });
}

/** Headers that every reply carries with the same value, and that value. */
export const constantHeaders: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries(responseHeaders).flatMap(([name, header]) =>
    'always' in header && header.always !== true ? [[name, header.always]] : [],
  ),
);
