/** What examples/typed-client.ts takes and gives for each operation, read off the table by the compiler. */
import type { descriptors } from 'stowage/docs';

type Table = typeof descriptors;
type Bytes = Uint8Array<ArrayBuffer>;

/** The use cases of the table, each with the path of its route. */
type Case = Table['routes'][number] extends infer R
  ? R extends { readonly path: infer P; readonly methods: readonly (infer M)[] }
    ? M extends { readonly requests: readonly (infer Q)[] }
      ? Q extends { readonly operation: string }
        ? Q & { readonly path: P }
        : never
      : never
    : never
  : never;
type CaseOf<O extends Operation> = Extract<Case, { readonly operation: O }>;

/** The name of an operation. */
export type Operation = Case['operation'];
type NamesIn<P> = P extends `${string}{${infer N}}${infer Rest}` ? N | NamesIn<Rest> : never;
type Repeats<N> = N extends keyof Table['queryParameters']
  ? Table['queryParameters'][N] extends { readonly repeats: true }
    ? true
    : false
  : false;
type Value<N> = Repeats<N> extends true ? readonly string[] : string | number;
type Used<U> = { readonly [N in keyof U as U[N] extends 'required' ? N : never]: Value<N> } & {
  readonly [N in keyof U as U[N] extends 'optional' ? N : never]?: Value<N>;
};
type ParamsOfCase<C> = C extends Case
  ? Pick<C, Extract<keyof C, 'use'>> &
      ({ readonly [N in NamesIn<C['path']>]: string } | { readonly at: string }) &
      (C extends { readonly query: infer U } ? Used<U> : unknown) &
      (C extends { readonly headers: infer U } ? Used<U> : unknown) &
      (C extends { readonly body: string } ? { readonly body: Bytes } : unknown)
  : never;

/**
 * The parameters of an operation by their names, wherever they travel, with the `use` that tells its use cases apart. A URL
 * that the registry handed out (`at`) stands for the parameters of the path.
 */
export type ParamsOf<O extends Operation> = ParamsOfCase<CaseOf<O>>;

/** A value where the table says what the JSON looks like; bytes otherwise. */
type Content<B> = B extends keyof Table['bodies']
  ? Table['bodies'][B] extends { readonly '~value'?: infer T }
    ? T extends { open(): unknown }
      ? Bytes
      : T
    : never
  : never;
/** One error of a reply: a code of the table, a message and, it may be, a detail. */
export type ErrorEntry = Content<'errors'>['errors'][number];

type ReplyTo<S> = S extends { readonly status: infer N }
  ? {
      readonly status: N;
      readonly headers: S extends { readonly headers: infer U }
        ? { readonly [H in keyof U]: U[H] extends 'required' ? string : string | undefined }
        : unknown;
      readonly body: S extends { readonly body: infer B } ? Content<B> : undefined;
    }
  : never;

/** What an operation replies: one of its successes, told apart by `status`. */
export type ReplyOf<O extends Operation> = ReplyTo<CaseOf<O>['successes'][number]>;
