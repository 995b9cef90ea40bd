/** What exchanges with a registry show of the table: what was seen of it, what was not, and where replies depart from it. */

import { rowsOf } from '../api/derive.ts';
import type { RouteDescriptor } from '../api/descriptor.ts';
import { routes } from '../api/routes.ts';
import { metBy, objectionsTo, obligations } from './judge.ts';
import { type Recorded, seenAs } from './seen.ts';

/** A use case, and how it was answered. */
export interface UseCase {
  /** As obligations name it: `completeUpload (last chunk)`. */
  readonly name: string;
  readonly method: string;
  readonly path: string;
  /** The statuses of its successes that were seen. */
  readonly served: readonly number[];
  /** The other statuses that were seen. */
  readonly refused: readonly number[];
}

/** A reply that the table does not have, or not so. */
export interface Departure {
  /** `PUT /v2/…`. */
  readonly request: string;
  readonly status: number;
  readonly objections: readonly string[];
}

/** What was found. */
export interface Coverage {
  /** Everything that the table says and that can be seen, each with whether it was. */
  readonly obligations: readonly { readonly name: string; readonly met: boolean }[];
  readonly useCases: readonly UseCase[];
  readonly departures: readonly Departure[];
}

/** Judges exchanges with a registry, this one or any other. */
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
