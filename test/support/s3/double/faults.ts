/** Faults by plan: what goes wrong at which call. */
import type { ErrorCode } from './errors.ts';
import type { OperationName } from './operations.ts';

/** What goes wrong at a call. */
export type Fault =
  /** An error, before anything was done, or (`done`) although all was done. */
  | { readonly kind: 'error'; readonly code: ErrorCode; readonly done?: boolean }
  /** Nothing is done and nothing is answered; or (`done`) all is done and nothing is answered. */
  | { readonly kind: 'silence'; readonly done?: boolean }
  /** The connection is reset after so many bytes of the request's body; nothing is done. */
  | { readonly kind: 'reset request'; readonly after: number }
  /** All is done; the connection is reset after so many bytes of the reply's body, before its head at 0. */
  | { readonly kind: 'reset reply'; readonly after: number }
  /** The reply's body comes in pieces of so many bytes, with a pause of milliseconds before each. */
  | { readonly kind: 'slow reply'; readonly bytes: number; readonly pause: number }
  /** Nothing is done, and a 200 says so in its body, as completions and copies may end. */
  | { readonly kind: 'error in 200'; readonly code: ErrorCode }
  /** The request is delivered twice; the second answer counts. */
  | { readonly kind: 'twice' };

/** A call as a plan sees it, and as it is recorded. */
export interface CallHead {
  readonly operation: OperationName;
  /** Empty for calls on the bucket. */
  readonly key: string;
}

/** Decides on a call. */
export type Decide = (call: CallHead) => Fault | undefined;

/** Which calls a fault is for. */
export interface Plan {
  /** Any operation where absent. */
  readonly operation?: OperationName;
  /** Any key where absent. */
  readonly key?: RegExp;
  /** The first of the matching calls that it happens to, from 1 (the default). */
  readonly nth?: number;
  /** To how many calls in a row it happens, 1 unless told. */
  readonly times?: number;
  readonly fault: Fault;
}

/** A plan as a decision, which counts the calls that it is asked about. */
export function decisionOf({ operation, key, nth = 1, times = 1, fault }: Plan): Decide {
  let seen = 0;
  return (call) => {
    if ((operation ?? call.operation) !== call.operation || !(key?.test(call.key) ?? true)) return undefined;
    seen += 1;
    return seen >= nth && seen < nth + times ? fault : undefined;
  };
}
