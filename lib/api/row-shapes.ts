/**
 * The shapes of the table: a route has methods, a method has requests (its use cases), a request has successes and
 * failures. Everything else of the API is derived from these rows: the router, the parameters of a path, the check of
 * every value, 401 and 403 (from `access`), 405 and `Allow` (from the methods), HEAD (from GET), the types of the
 * operations, the documents, and the list of what the tests must have seen.
 *
 * The names are those of the first table of this API (2014). The table is pure data: it survives JSON.
 */
import type { BodyName } from './bodies.ts';
import type { ErrorCode } from './errors.ts';
import type { PathName, QueryName, RequestHeader, ResponseHeader } from './parameters.ts';

/**
 * What a method asks of `authorize`: `pull`, `push` (which asks for pull and push) and `delete` on the repository of
 * the path, `catalog` on the registry. `none` is asked with no needs, but it is asked: logins are probed with it.
 */
export type Access = 'none' | 'pull' | 'push' | 'delete' | 'catalog';

/** Which of the parameters a request or reply has, and whether it must have them. */
export type Uses<K extends string> = { readonly [N in K]?: 'required' | 'optional' };

/**
 * What makes a request this one: a query parameter or header that is present, no body announced, or the format of a
 * path parameter. It is read from the request line and the headers alone, never from the bytes of the body: a body of
 * unknown length is a body, even if it turns out to be empty.
 */
export type Condition =
  | { readonly query: QueryName }
  | { readonly header: RequestHeader }
  | { readonly body: 'none' }
  | { readonly path: PathName; readonly format: 'digest' | 'tag' };

/** A reply to a request that did what it was asked for. */
export interface ResponseDescriptor {
  readonly status: number;
  /** Tells the replies of one status apart. Of these, a reply that was sent is the first whose required headers it has. */
  readonly form?: string;
  readonly description: string;
  readonly headers?: Uses<ResponseHeader>;
  readonly body?: BodyName;
  /** False where GET may be answered so and HEAD never is. */
  readonly head?: false;
}

/** A failure whose status is not its code's own, or that carries headers, or that wants a word of its own. */
export interface FailureDescriptor {
  readonly code: ErrorCode;
  readonly status?: number;
  readonly description?: string;
  readonly headers?: Uses<ResponseHeader>;
}

/** One use case of a method: the unit of dispatch, of documentation and of coverage. */
export interface RequestDescriptor {
  /** The function that serves it; several use cases may share one. */
  readonly operation: string;
  /** Tells the use cases of one operation apart. */
  readonly use?: string;
  readonly summary: string;
  readonly description?: string;
  /** Sections of the distribution specification. */
  readonly spec?: readonly string[];
  /**
   * Requests are tried in order: the first whose condition holds, or that has none, is chosen, otherwise the last one. A
   * condition with a format also narrows the format of its path parameter, even if it is the only request of its method.
   */
  readonly when?: Condition;
  readonly query?: Uses<QueryName>;
  readonly headers?: Uses<RequestHeader>;
  readonly body?: BodyName;
  readonly successes: readonly ResponseDescriptor[];
  /** Failures beside those that are derived: a malformed or missing parameter, and what `access` refuses. */
  readonly failures: readonly (ErrorCode | FailureDescriptor)[];
}

/** A method of a route. HEAD is not written down: it is GET without its body. */
export interface MethodDescriptor {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly access: Access;
  readonly requests: readonly RequestDescriptor[];
}

/** A path and what may be done with it. */
export interface RouteDescriptor {
  /** Names the route in URLs that are built, in documents and in logs. */
  readonly name: string;
  /** Literals and `{parameters}`; one that ends in a slash also matches without it. */
  readonly path: `/v2/${string}`;
  /** What lies behind the path, in a word or two. */
  readonly entity: string;
  readonly description: string;
  readonly methods: readonly MethodDescriptor[];
}
