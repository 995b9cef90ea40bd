/** Where a request belongs in the table: its route, its method and its use case, found by request line and headers alone. */
import type { MethodDescriptor, RequestDescriptor, RouteDescriptor } from '../api/descriptor.ts';
import { RegistryError } from '../api/errors.ts';
import { formats } from '../api/formats.ts';
import { noRoute } from '../api/routes.ts';
import { choose } from './choose.ts';
import { compile, decodeText, type Match } from './router.ts';

/** The head of a request, whichever server it came through. */
export interface RequestHead {
  readonly method: string;
  /** The path as it came, from `/v2` on. */
  readonly path: string;
  /** The query as it came, without its question mark. */
  readonly query: string;
  /** False only where the request announces that it has no body. */
  readonly hasBody: boolean;
  /** The value of a header; names are not case-sensitive. */
  header(name: string): string | undefined;
}

/** Where a request belongs in the table, before any of its parameters is checked. */
export interface Place {
  readonly match: Match;
  readonly method: MethodDescriptor;
  readonly request: RequestDescriptor;
  readonly query: ReadonlyMap<string, readonly (string | undefined)[]>;
}

/** Finds the place of a request. Throws 404 where there is no such route, and 405 where it does not have the method. */
export function placesIn(routes: readonly RouteDescriptor[]): (head: RequestHead, passedOver?: RequestDescriptor) => Place {
  const find = compile(routes);
  return (head, passedOver) => {
    const match = find(head.path);
    if (!match) throw new RegistryError(noRoute.code, { status: noRoute.status, message: 'the API has no such path' });
    const method = methodOf(match.route, head.method);
    const query = readQuery(head.query);
    const rows = passedOver ? method.requests.slice(method.requests.indexOf(passedOver) + 1) : method.requests;
    const request = choose(rows, {
      hasQuery: (name) => query.has(name),
      hasHeader: (name) => head.header(name) !== undefined,
      hasBody: head.hasBody,
      path: match.path,
    });
    return { match, method, request, query };
  };
}

/** The methods of a route, HEAD among them where GET is. */
function methodsOf(route: RouteDescriptor): string[] {
  return route.methods.flatMap(({ method }) => (method === 'GET' ? ['GET', 'HEAD'] : [method]));
}

function methodOf(route: RouteDescriptor, name: string): MethodDescriptor {
  const method = route.methods.find((candidate) => candidate.method === (name === 'HEAD' ? 'GET' : name));
  if (method) return method;
  const Allow = formats.methods.write(methodsOf(route));
  throw new RegistryError('UNSUPPORTED', { message: `the path does not have the method; it has ${Allow}`, headers: { Allow } });
}

/**
 * Query parameters by name; undefined where the escapes of a value are malformed. A plus sign is a plus sign: media types
 * contain them, and clients leave them as they are.
 */
function readQuery(text: string): Map<string, (string | undefined)[]> {
  const query = new Map<string, (string | undefined)[]>();
  for (const pair of text.split('&').filter(Boolean)) {
    const equals = pair.indexOf('=');
    const [name, value] = equals < 0 ? [pair, ''] : [pair.slice(0, equals), pair.slice(equals + 1)];
    const key = decodeText(name) ?? name;
    const values = query.get(key);
    if (values) values.push(decodeText(value));
    else query.set(key, [decodeText(value)]);
  }
  return query;
}
