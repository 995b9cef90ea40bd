/** The types of a client of the API, inferred from the table. Values are the text that is sent. */
import type { BodyName, Content } from '../api/bodies.ts';
import type { BodyValue, CaseOf, NamesIn, Operation } from '../api/infer.ts';
import type { queryParameters } from '../api/parameters.ts';

type Bytes = Uint8Array<ArrayBuffer>;

type Repeating = {
  [N in keyof typeof queryParameters]: (typeof queryParameters)[N] extends { readonly repeats: true } ? N : never;
}[keyof typeof queryParameters];
type Value<N> = N extends Repeating ? readonly string[] : string | number;
type ValuesOf<U> = { readonly [N in keyof U as U[N] extends 'required' ? N : never]: Value<N> } & {
  readonly [N in keyof U as U[N] extends 'optional' ? N : never]?: Value<N>;
};

type RequestIn<C> = C extends { readonly path: infer P; readonly request: infer Q }
  ? Pick<Q, Extract<keyof Q, 'use'>> &
      ({ readonly [N in NamesIn<P>]: string } | { readonly at: string }) &
      (Q extends { readonly query: infer U } ? ValuesOf<U> : unknown) &
      (Q extends { readonly headers: infer U } ? ValuesOf<U> : unknown) &
      (Q extends { readonly body: BodyName } ? { readonly body: Bytes } : unknown)
  : never;

/**
 * What a client sends for an operation: its parameters by name, whether they go into the path, the query or a header; its bytes as
 * `body`; and `use`, which selects one of several use cases. `at`, a URL that the registry has given, replaces the parameters of
 * the path.
 */
export type RequestOf<O extends Operation> = Flat<RequestIn<CaseOf<O>>>;

/** The members of an intersection as one object: what an editor shows of it then are they. */
type Flat<T> = T extends unknown ? { [Name in keyof T]: T[Name] } : never;

type BodyOf<B> = BodyValue<B> extends Content ? Bytes : BodyValue<B>;
type ResponseIn<S> = S extends { readonly status: infer N }
  ? {
      readonly status: N;
      readonly headers: S extends { readonly headers: infer U }
        ? { readonly [H in keyof U]: U[H] extends 'required' ? string : string | undefined }
        : unknown;
      readonly body: S extends { readonly body: infer B } ? BodyOf<B> : undefined;
    }
  : never;

/**
 * What a client receives: one of the successes of an operation, discriminated by `status`, with the headers that the table
 * declares. The body is a value if the table declares its JSON, bytes if it declares content, and undefined if it declares none.
 */
export type ResponseOf<O extends Operation> = ResponseIn<CaseOf<O>['request']['successes'][number]>;
