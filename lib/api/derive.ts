/** The table as its readers see it: each use case with its route and method, with all parameters and all failures, derived ones too. */
import type {
  FailureDescriptor,
  MethodDescriptor,
  RequestDescriptor,
  ResponseDescriptor,
  RouteDescriptor,
  Uses,
} from './descriptor.ts';
import { type ErrorCode, type ErrorDescriptor, errors } from './errors.ts';
import { type Format, type FormatName, formats } from './formats.ts';
import { type ParameterDescriptor, pathParameters, queryParameters, type ResponseHeader, requestHeaders } from './parameters.ts';
import { anywhere, noRoute } from './routes.ts';

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
  readonly description: string;
  readonly headers: Uses<ResponseHeader>;
  /** The parameter whose value is malformed or missing, where that is the failure. */
  readonly parameter?: string;
}

/** A parameter of a use case. */
export interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly format: FormatName;
  readonly description: string;
  readonly required: boolean;
}

/** All use cases of the table. */
export function rowsOf(routes: readonly RouteDescriptor[]): Row[] {
  return routes.flatMap((route) =>
    route.methods.flatMap((method) => method.requests.map((request) => ({ route, method, request }))),
  );
}

/** The name of a use case: its operation and, where several share it, the use. Unlike any other. */
export function nameOf({ request: { operation, use } }: Pick<Row, 'request'>): string {
  return use === undefined ? operation : `${operation} (${use})`;
}

/** The parameters of a use case; a path parameter that its condition narrows has the narrower format. */
export function parametersOf({ route, request }: Row): Parameter[] {
  const narrowed = request.when && 'path' in request.when ? request.when : undefined;
  const path = [...route.path.matchAll(/\{(\w+)\}/g)].map(([, name = '']): Parameter => {
    const { format, description } = pathParameters[name as keyof typeof pathParameters];
    return { name, in: 'path', format: narrowed?.path === name ? narrowed.format : format, description, required: true };
  });
  const used = (
    uses: Uses<string> | undefined,
    where: 'query' | 'header',
    known: Readonly<Record<string, ParameterDescriptor>>,
  ) =>
    Object.entries(uses ?? {}).flatMap(([name, use]): Parameter[] => {
      const described = known[name];
      if (!described) return [];
      const { format, description } = described;
      return [{ name, in: where, format, description, required: use === 'required' }];
    });
  return [...path, ...used(request.query, 'query', queryParameters), ...used(request.headers, 'header', requestHeaders)];
}

/** All failures of a use case, but for those that may be met anywhere. */
export function failuresOf(row: Row): Failure[] {
  const malformed = parametersOf(row).flatMap(({ name, in: place, format, required }) => {
    const { invalid }: Format<unknown> = formats[format];
    const description = `\`${name}\` is malformed${place !== 'path' && required ? ' or missing' : ''}.`;
    return invalid ? [{ ...failureOf({ ...invalid, description }), parameter: name }] : [];
  });
  const refused = row.method.access === 'none' ? [] : [failureOf('DENIED')];
  const switchedOff = row.method.access === 'delete' ? [wrongMethod] : [];
  return [...row.request.failures.map(failureOf), ...malformed, failureOf('UNAUTHORIZED'), ...refused, ...switchedOff];
}

/** The failures that any request may meet. */
export const failuresAnywhere: readonly Failure[] = anywhere.map(failureOf);

/** The reply to a path that is no route. */
export const failureOfNoRoute: Failure = failureOf(noRoute);

/** The reply to a method that a route does not have. */
export const wrongMethod: Failure = { ...failureOf('UNSUPPORTED'), headers: { Allow: 'required' } };

/** A failure as its row writes it down, with what its code says of it. */
function failureOf(row: ErrorCode | FailureDescriptor): Failure {
  const { code, status, headers, description }: FailureDescriptor = typeof row === 'string' ? { code: row } : row;
  const described: ErrorDescriptor = errors[code];
  const own = Object.fromEntries((described.headers ?? []).map((name) => [name, 'required'] as const));
  return {
    code,
    status: status ?? described.status,
    description: description ?? described.description,
    headers: { ...(code === 'UNSUPPORTED' && status !== undefined ? {} : own), ...headers },
  };
}

/** Whether GET of a use case is answered so to HEAD as well. */
export function answersHead({ method }: Row, { head }: ResponseDescriptor): boolean {
  return method.method === 'GET' && head !== false;
}
