/** The coverage of the table by exchanges with a registry: what was seen, what was not, and which replies depart from it. */
import { rowsOf } from '../api/derive.ts';
import { routes } from '../api/routes.ts';
import type { RouteDescriptor } from '../api/row-shapes.ts';
import { metBy, objectionsTo } from './judge.ts';
import { obligations } from './obligations.ts';
import { type Recorded, seenAs } from './seen.ts';

/** A use case of the table, and the statuses that it was answered with. */
export interface UseCase {
  /** The operation, and in brackets which of its use cases: `completeUpload (last chunk)`. */
  readonly name: string;
  /** `GET`, `PUT`, …; GET stands for HEAD as well. */
  readonly method: string;
  /** As the table has it: `/v2/{name}/blobs/{digest}`. */
  readonly path: string;
  /** The statuses that were seen and that the row has as successes, ascending. */
  readonly served: readonly number[];
  /** All other statuses that were seen, ascending. */
  readonly refused: readonly number[];
}

/** A reply that departs from the table. */
export interface Departure {
  /** Method and target of the request: `PUT /v2/…`. */
  readonly request: string;
  /** The status of the reply; 0 if the connection broke. */
  readonly status: number;
  /** What is wrong with the reply, one line of text each; at least one. */
  readonly objections: readonly string[];
}

/** What exchanges have shown of the table. */
export interface Coverage {
  /**
   * Every reply, header and error code of the table, each with whether it was seen. The name is a line of text:
   * `getBlob: 206 with Content-Range`.
   */
  readonly obligations: readonly { readonly name: string; readonly met: boolean }[];
  /** All use cases of the table, in its order. */
  readonly useCases: readonly UseCase[];
  /** The replies that depart from the table, in the order of the exchanges. */
  readonly departures: readonly Departure[];
}

/**
 * Holds exchanges with a registry, this one or any other, against the table. The iterable is read once. Nothing is thrown for
 * a reply, whatever it is: what is wrong with it is in `departures`.
 *
 * @example
 * import { coverage, type Recorded } from 'stowage/docs';
 *
 * const request: Recorded['request'] = { method: 'GET', target: '/v2/', hasBody: false };
 * const { departures } = coverage([{ request, reply: { status: 204, headers: {}, body: new Uint8Array() } }]);
 * departures.map(({ request, status }) => `${request}: ${status}`); // => ['GET /v2/: 204']
 */
export function coverage(exchanges: Iterable<Recorded>): Coverage {
  const met = new Set<string>();
  const statuses = new Map<string, Set<number>>();
  const departures: Departure[] = [];
  for (const exchange of exchanges) {
    const seen = seenAs(exchange);
    for (const obligation of metBy(seen)) met.add(obligation);
    if (seen.row) at(statuses, seen.row.name).add(seen.status);
    const objections = objectionsTo(seen);
    const { method, target } = exchange.request;
    if (objections.length > 0) departures.push({ request: `${method} ${target}`, status: seen.status, objections });
  }
  return {
    obligations: obligations(routes).map((name) => ({ name, met: met.has(name) })),
    useCases: useCases(routes, statuses),
    departures,
  };
}

function useCases(table: readonly RouteDescriptor[], statuses: ReadonlyMap<string, ReadonlySet<number>>): UseCase[] {
  return rowsOf(table).map((row) => {
    const name = row.name;
    const seen = [...(statuses.get(name) ?? [])].sort();
    const isSuccess = (status: number): boolean => row.request.successes.some((success) => success.status === status);
    return {
      name,
      method: row.method.method,
      path: row.route.path,
      served: seen.filter(isSuccess),
      refused: seen.filter((status) => !isSuccess(status)),
    };
  });
}

function at<K, V>(map: Map<K, Set<V>>, key: K): Set<V> {
  const found = map.get(key) ?? new Set<V>();
  map.set(key, found);
  return found;
}
