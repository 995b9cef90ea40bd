/** Types read off the table: what an operation is given, what it may reply and how it may refuse. */
import type { Bodies, BodyName } from './bodies.ts';
import type { ErrorCode } from './errors.ts';
import type { FormatName, Formats } from './formats.ts';
import type { pathParameters, queryParameters, requestHeaders, responseHeaders } from './parameters.ts';
import type { routes } from './routes.ts';
import type { FailureDescriptor, ResponseDescriptor } from './row-shapes.ts';

/** Unfolds an intersection or a mapped type, so that the compiler's messages can be read. */
type Plain<T> = T extends infer U ? { [K in keyof U]: U[K] } : never;

/** What a format reads a text as. */
type ReadOf<F extends FormatName> = Formats[F] extends { read(text: string): infer T } ? Exclude<T, undefined> : string;
/** What a format writes as text. */
type WrittenOf<F extends FormatName> = Formats[F] extends { write(value: infer T): string } ? T : ReadOf<F>;

/** The table as a union with one member for each use case. */
type Case = (typeof routes)[number] extends infer R
  ? R extends { readonly name: infer N; readonly path: infer P; readonly methods: readonly (infer M)[] }
    ? M extends { readonly requests: readonly (infer Q)[] }
      ? Q extends { readonly operation: string }
        ? { readonly route: N; readonly path: P; readonly request: Q }
        : never
      : never
    : never
  : never;

/** The name of a route. */
export type RouteName = Case['route'];
/** The name of an operation: the key of its handler. */
export type Operation = Case['request']['operation'];
/** The use cases of one operation. */
export type CaseOf<O extends Operation> = O extends Operation
  ? Extract<Case, { readonly request: { readonly operation: O } }>
  : never;
/** The use case of one route. */
type CaseOfRoute<R extends RouteName> = Extract<Case, { readonly route: R }>;

/** The names of the parameters in a path. */
export type NamesIn<P> = P extends `${string}{${infer N}}${infer Rest}` ? N | NamesIn<Rest> : never;
type PathFormat<N, W> = W extends { readonly path: N; readonly format: infer F extends FormatName }
  ? F
  : N extends keyof typeof pathParameters
    ? (typeof pathParameters)[N]['format']
    : never;
type When<Q> = Q extends { readonly when: infer W } ? W : undefined;
type PathOf<C extends Case> = { readonly [N in NamesIn<C['path']>]: ReadOf<PathFormat<N, When<C['request']>>> };

type QueryValue<N> = N extends keyof typeof queryParameters
  ? (typeof queryParameters)[N] extends { readonly repeats: true }
    ? readonly ReadOf<(typeof queryParameters)[N]['format']>[]
    : ReadOf<(typeof queryParameters)[N]['format']>
  : never;
type HeaderValue<N> = N extends keyof typeof requestHeaders ? ReadOf<(typeof requestHeaders)[N]['format']> : never;
type QueryOf<Q> = Q extends { readonly query: infer U }
  ? { readonly [N in keyof U as U[N] extends 'required' ? N : never]: QueryValue<N> } & {
      readonly [N in keyof U as U[N] extends 'optional' ? N : never]?: QueryValue<N>;
    }
  : unknown;
type HeadersOf<Q> = Q extends { readonly headers: infer U }
  ? { readonly [N in keyof U as U[N] extends 'required' ? N : never]: HeaderValue<N> } & {
      readonly [N in keyof U as U[N] extends 'optional' ? N : never]?: HeaderValue<N>;
    }
  : unknown;

/** The path parameters of any request, as they were read: those that its row has are there. */
export type PathValues = { readonly [N in keyof typeof pathParameters]?: ReadOf<(typeof pathParameters)[N]['format']> };
/** The query parameters of any request, as they were read. */
export type QueryValues = { readonly [N in keyof typeof queryParameters]?: QueryValue<N> };
/** The headers of any request, as they were read. */
export type HeaderValues = { readonly [N in keyof typeof requestHeaders]?: HeaderValue<N> };

/** What was read from path, query and headers of one use case. */
type ParamsOfCase<C extends Case> = C extends Case
  ? {
      readonly use: C['request'] extends { readonly use: infer U } ? U : undefined;
      readonly path: Plain<PathOf<C>>;
      readonly query: Plain<QueryOf<C['request']>>;
      readonly headers: Plain<HeadersOf<C['request']>>;
      readonly body: C['request'] extends { readonly body: BodyName } ? true : false;
    }
  : never;

/** The parsed parameters of an operation: a union over its use cases, told apart by `use`. */
export type ParamsOf<O extends Operation> = ParamsOfCase<CaseOf<O>>;

/** The path parameters that a route's URL is built from. */
export type RouteParams<R extends RouteName> = Plain<PathOf<CaseOfRoute<R>>>;

type ReplyHeader<N> = N extends keyof typeof responseHeaders ? WrittenOf<(typeof responseHeaders)[N]['format']> : never;
type ReplyHeaders<U> = Plain<
  { readonly [N in keyof U as U[N] extends 'required' ? N : never]: ReplyHeader<N> } & {
    readonly [N in keyof U as U[N] extends 'optional' ? N : never]?: ReplyHeader<N> | undefined;
  }
>;
/** What an operation gives for a body: stored bytes, or what becomes JSON. */
export type BodyValue<B> = B extends BodyName
  ? Bodies[B] extends { readonly '~value'?: infer T }
    ? Exclude<T, undefined>
    : never
  : never;
type ReplyTo<S> = S extends ResponseDescriptor
  ? Plain<
      { readonly status: S['status'] } & (S extends { readonly form: infer F }
        ? { readonly form: F }
        : { readonly form?: undefined }) &
        (S extends { readonly headers: infer U } ? { readonly headers: ReplyHeaders<U> } : { readonly headers?: undefined }) &
        (S extends { readonly body: infer B } ? { readonly body: BodyValue<B> } : { readonly body?: undefined })
    >
  : never;

/** What an operation may reply: one member for each of its successes. */
export type ReplyOf<O extends Operation> = ReplyTo<CaseOf<O>['request']['successes'][number]>;

type FailureRow<O extends Operation> = CaseOf<O>['request']['failures'][number];
/** The codes that an operation may refuse with. */
export type RefusalOf<O extends Operation> =
  FailureRow<O> extends infer F
    ? F extends ErrorCode
      ? F
      : F extends { readonly code: infer C extends ErrorCode }
        ? C
        : never
    : never;

type OptionsOfRow<F> = F extends ErrorCode
  ? { readonly status?: undefined; readonly headers?: undefined }
  : F extends FailureDescriptor
    ? (F extends { readonly status: infer S } ? { readonly status: S } : { readonly status?: undefined }) &
        (F extends { readonly headers: infer U } ? { readonly headers: ReplyHeaders<U> } : { readonly headers?: undefined })
    : never;
type RowOf<O extends Operation, C> =
  FailureRow<O> extends infer F ? (F extends C ? F : F extends { readonly code: C } ? F : never) : never;

/** What goes with a code: the status where it is not the code's own, the headers that the row asks for, and words. */
export type RefusalOptions<O extends Operation, C> = Plain<
  OptionsOfRow<RowOf<O, C>> & {
    readonly message?: string;
    readonly detail?: unknown;
    readonly entries?: readonly { readonly message: string; readonly detail?: unknown }[];
  }
>;
