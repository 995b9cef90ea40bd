/**
 * What a use case may fail with, as documents list it and the coverage of the tests asks for it. Servers do not read this: an
 * operation names its failure as it throws it.
 */
import type { Row } from './derive.ts';
import { type ErrorCode, type ErrorDescriptor, errors } from './errors.ts';
import { type Format, formats } from './formats.ts';
import type { ResponseHeader } from './parameters.ts';
import { anywhere, noRoute } from './routes.ts';
import type { FailureDescriptor, Uses } from './row-shapes.ts';

/** A failure that a use case may have. */
export interface Failure {
  readonly code: ErrorCode;
  readonly status: number;
  readonly description: string;
  readonly headers: Uses<ResponseHeader>;
  /** The parameter whose value is malformed or missing, where that is the failure. */
  readonly parameter?: string;
}

/** The failures of a row, whether it says so or they follow from a parameter or from `access`; not those that may be met anywhere. */
export function failuresOf({ method: { access }, request: { failures }, parameters }: Row): Failure[] {
  const malformed = parameters.flatMap(({ name, in: place, format, required }) => {
    const { invalid }: Format<unknown> = formats[format];
    const description = `\`${name}\` is malformed${place !== 'path' && required ? ' or missing' : ''}.`;
    return invalid ? [{ ...failureOf({ ...invalid, description }), parameter: name }] : [];
  });
  const refused = access === 'none' ? [] : [failureOf('DENIED')];
  const switchedOff = access === 'delete' ? [wrongMethod] : [];
  return [...failures.map(failureOf), ...malformed, failureOf('UNAUTHORIZED'), ...refused, ...switchedOff];
}

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

/** The reply to a method that a route does not have. */
export const wrongMethod: Failure = { ...failureOf('UNSUPPORTED'), headers: { Allow: 'required' } };

/** The failures that any request may meet. */
export const failuresAnywhere: readonly Failure[] = anywhere.map(failureOf);

/** The reply to a path that is no route. */
export const failureOfNoRoute: Failure = failureOf(noRoute);
