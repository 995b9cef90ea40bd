/**
 * The obligations of the table: every reply, header and error code that has to be seen before a server may be said to serve
 * it. Each is a line of text: `getBlob: 206 with Content-Range`, `anywhere: 429 TOOMANYREQUESTS`.
 */
import { rowsOf, type Success } from '../api/derive.ts';
import { type Failure, failureOfNoRoute, failuresAnywhere, failuresOf, wrongMethod } from '../api/failures.ts';
import type { ResponseHeader } from '../api/parameters.ts';
import type { RouteDescriptor, Uses } from '../api/row-shapes.ts';

/** All obligations of a table, each once. */
export function obligations(routes: readonly RouteDescriptor[]): string[] {
  const rows = rowsOf(routes).flatMap((row) => [
    ...row.successes.flatMap(ofSuccess),
    ...failuresOf(row).flatMap((failure) => ofFailure(row.name, failure)),
  ]);
  const methods = routes.flatMap(({ name }) => ofFailure(name, wrongMethod));
  const anywhere = failuresAnywhere.flatMap((failure) => ofFailure('anywhere', failure));
  return [...new Set([...rows, ...methods, ...anywhere, ...ofFailure('no route', failureOfNoRoute)])];
}

function ofSuccess(success: Success): string[] {
  const lines = withHeaders(success.name, success.headers ?? {});
  return success.answersHead ? [...lines, `${success.name} as HEAD`] : lines;
}

const ofFailure = (under: string, failure: Failure): string[] => withHeaders(failureLine(under, failure), failure.headers);

/** The obligation of a failure. `under` is the use case, the route, `no route` or `anywhere`. */
export function failureLine(under: string, { status, code, parameter }: Failure): string {
  return `${under}: ${status} ${code}${parameter === undefined ? '' : ` for ${parameter}`}`;
}

/** The obligation of a reply, followed by one for each of its headers. */
export function withHeaders(line: string, headers: Uses<ResponseHeader>): string[] {
  return [line, ...Object.keys(headers).map((name) => `${line} with ${name}`)];
}
