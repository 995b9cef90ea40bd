/** Places in the table of today, as data: where a row of the first table went. */
import type { BodyDescriptor, BodyName } from '../../../lib/api/bodies.ts';
import type { ErrorCode, ErrorDescriptor } from '../../../lib/api/errors.ts';
import type { Format, FormatName } from '../../../lib/api/formats.ts';
import type { CaseOf, Operation, RouteName } from '../../../lib/api/infer.ts';
import type { ParameterDescriptor, PathName, QueryName, RequestHeader, ResponseHeader } from '../../../lib/api/parameters.ts';
import type {
  Access,
  FailureDescriptor,
  MethodDescriptor,
  RequestDescriptor,
  ResponseDescriptor,
  RouteDescriptor,
} from '../../../lib/api/row-shapes.ts';

/** The name of a use case as the coverage of the tests has it: its operation and, where several share it, the use. */
export type UseCaseName = { [O in Operation]: NameOf<O, CaseOf<O>['request']> }[Operation];
type NameOf<O extends Operation, Request> = Request extends { readonly use: infer U extends string } ? `${O} (${U})` : O;

/** The types that the table of today is written in. */
export interface Types {
  RouteDescriptor: RouteDescriptor;
  MethodDescriptor: MethodDescriptor;
  RequestDescriptor: RequestDescriptor;
  ResponseDescriptor: ResponseDescriptor;
  FailureDescriptor: FailureDescriptor;
  ParameterDescriptor: ParameterDescriptor;
  BodyDescriptor: BodyDescriptor<unknown>;
  ErrorDescriptor: ErrorDescriptor;
  Format: Format<unknown>;
}
type TypePlace = { [T in keyof Types]: { readonly type: T; readonly field?: keyof Types[T] & string } }[keyof Types];

/** The first property says what kind of place it is; `of` is the use case that it belongs to. */
type AnyPlace =
  | { readonly route: RouteName }
  | { readonly method: MethodDescriptor['method'] | 'HEAD'; readonly on: RouteName }
  | { readonly request: UseCaseName; readonly as?: 'HEAD' }
  | { readonly access: Access; readonly of: UseCaseName }
  | { readonly path: PathName; readonly of: UseCaseName }
  | { readonly query: QueryName; readonly of: UseCaseName }
  | { readonly header: RequestHeader; readonly of: UseCaseName }
  | { readonly body: BodyName; readonly of: UseCaseName }
  | { readonly success: number; readonly of: UseCaseName; readonly as?: 'HEAD' }
  | { readonly failure: number; readonly code: ErrorCode; readonly for?: PathName | QueryName; readonly of: UseCaseName }
  | {
      readonly replyHeader: ResponseHeader;
      readonly status: number;
      readonly code?: ErrorCode;
      readonly of: UseCaseName;
      readonly as?: 'HEAD';
    }
  | { readonly replyBody: BodyName; readonly status: number; readonly code?: ErrorCode; readonly of: UseCaseName }
  | { readonly error: ErrorCode }
  | { readonly format: FormatName }
  | TypePlace
  | { readonly module: string; readonly exports: string }
  | { readonly file: string }
  | { readonly script: string };

type KeyOf<U> = U extends unknown ? keyof U : never;
/** A union whose members exclude each other's properties, so that a mixture of two does not compile. */
export type OneOf<U, K extends PropertyKey = KeyOf<U>> = U extends unknown
  ? U & { readonly [P in Exclude<K, keyof U>]?: never }
  : never;

/** A place in the table of today, or in what is made from it. */
export type Place = OneOf<AnyPlace>;
