/** A row of the first table: what it said, where that is now, and why it differs if it does. */
import type { DeviationName } from './deviations/index.ts';
import type { OneOf, Place } from './place.ts';

/** What a row of the first table said. The first property says what kind of row it is. */
export type Was = OneOf<
  | { readonly route: string; readonly path: string; readonly entity: string }
  | { readonly method: string }
  | { readonly request: string }
  | { readonly path: string }
  | { readonly query: string; readonly required: boolean }
  | { readonly header: string; readonly required: boolean }
  | { readonly body: string }
  | { readonly success: number }
  | { readonly failure: number; readonly codes: readonly string[] }
  | { readonly replyHeader: string }
  | { readonly replyBody: string }
  /** No statuses: any. */
  | { readonly error: string; readonly message: string; readonly statuses: readonly number[] }
  | { readonly type: string; readonly field?: string }
  /** What can only be read: claims, definitions, comments. */
  | { readonly says: string }
>;

export interface Row {
  readonly was: Was;
  /** Empty where nothing is left of it. */
  readonly at: readonly Place[];
  /** The deviations that it takes part in; without any, it is what it was. */
  readonly but?: readonly DeviationName[];
}

/** Rows by their ids. */
export type Rows = Readonly<Record<`SEED-${string}`, Row>>;
