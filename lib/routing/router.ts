/**
 * From a raw path to a route. A path is read from its end, because repository names contain slashes and may contain the
 * words `blobs`, `manifests`, `tags` or `uploads`; nothing is split, and no expression backtracks.
 */
import type { RouteDescriptor } from '../api/descriptor.ts';

/** A route, and its path parameters: decoded, and not checked yet. */
export interface Match<R extends RouteDescriptor = RouteDescriptor> {
  readonly route: R;
  readonly path: Readonly<Record<string, string>>;
}

type Matcher = (path: string) => Readonly<Record<string, string>> | undefined;

const root = '/v2/';

/** Compiles routes to a function from a path, as it came in the request line and without its query, to the match. */
export function compile<R extends RouteDescriptor>(routes: readonly R[]): (path: string) => Match<R> | undefined {
  const entries = routes.map((route) => ({ route, literals: literalsOf(route.path), match: matcherOf(route.path) }));
  entries.sort((a, b) => b.literals - a.literals || segmentsOf(a.route.path).length - segmentsOf(b.route.path).length);
  return (path) => {
    for (const { route, match } of entries) {
      const found = match(path);
      if (found) return { route, path: found };
    }
    return undefined;
  };
}

const segmentsOf = (path: string): string[] => path.slice(root.length).split('/').filter(Boolean);
const parameterOf = (segment: string): string | undefined => /^\{(.+)\}$/.exec(segment)?.[1];
const literalsOf = (path: string): number => segmentsOf(path).filter((segment) => parameterOf(segment) === undefined).length;

/** A template that ends in a slash also matches without it. */
function matcherOf(template: string): Matcher {
  const [head, ...tail] = segmentsOf(template);
  const slash = template.endsWith('/');
  const name = head && parameterOf(head);
  if (name === undefined) {
    const bare = slash ? template.slice(0, -1) : template;
    return (path) => (path === template || path === bare ? {} : undefined);
  }
  const steps = tail.reverse().map((segment) => ({ literal: segment, parameter: parameterOf(segment) }));
  return (path) => {
    const found: Record<string, string> = {};
    let end = slash && path.endsWith('/') ? path.length - 1 : path.length;
    for (const { literal, parameter } of steps) {
      const start = path.lastIndexOf('/', end - 1) + 1;
      if (start < root.length) return undefined;
      if (parameter !== undefined) found[parameter] = decode(path.slice(start, end));
      else if (end - start !== literal.length || !path.startsWith(literal, start)) return undefined;
      end = start - 1;
    }
    if (end < root.length || !path.startsWith(root)) return undefined;
    found[name] = path.slice(root.length, end).split('/').map(decode).join('/');
    return found;
  };
}

/** One segment, decoded once. What is malformed or would become a slash stays as it is: no format takes a percent sign. */
function decode(segment: string): string {
  if (!segment.includes('%')) return segment;
  const decoded = decodeText(segment);
  return decoded === undefined || decoded.includes('/') ? segment : decoded;
}

/** Percent-decodes; undefined where the escapes are malformed. */
export function decodeText(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch (error) {
    if (error instanceof URIError) return undefined;
    throw error;
  }
}
