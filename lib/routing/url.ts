/** From a route to its URL: the inverse of the router. */
import type { RouteName, RouteParams } from '../api/infer.ts';
import type { QueryName } from '../api/parameters.ts';
import { routes } from '../api/routes.ts';

/** Query parameters in the order in which they are written; undefined ones are left out. */
export type UrlQuery = { readonly [N in QueryName]?: string | number | undefined };

/** Builds the URL of a route below one base. All path parameters are values that passed their formats. */
export type UrlBuilder = <R extends RouteName>(route: R, path: RouteParams<R>, query?: UrlQuery) => string;

const templates = new Map<RouteName, string>(routes.map(({ name, path }) => [name, path]));

/**
 * What stands before the path in every `Location` and `Link`: the option `publicUrl`, or else what the door found out, from
 * forwarded headers (lib/doors/origin.ts) and the mount path (target.ts).
 */
export const urlBase = (publicUrl: string | undefined, foundByDoor: string): string => publicUrl ?? foundByDoor;

/** A builder of URLs below `base`: a mount prefix such as `/registry`, the public URL of the registry, or nothing. */
export function createUrlBuilder(base: string): UrlBuilder {
  return (route, path, query = {}) => {
    // Values that passed a path's format have no character that a path would have to escape.
    const values: Readonly<Record<string, string>> = path;
    const filled = (templates.get(route) ?? '').replace(/\{(\w+)\}/g, (_, name: string) => values[name] ?? '');
    return base + filled + writeQuery(query);
  };
}

function writeQuery(query: UrlQuery): string {
  const pairs = Object.entries(query).filter(([, value]) => value !== undefined);
  const text = pairs.map(([name, value]) => `${name}=${encodeURIComponent(String(value))}`).join('&');
  return text && `?${text}`;
}
