/**
 * What happens inside, told while it happens: tracing channels of `node:diagnostics_channel`. Where nobody has subscribed, a request costs
 * a look at them, and nothing stands between the registry and the driver.
 */
import { type TracingChannel, tracingChannel } from 'node:diagnostics_channel';
import type { Driver } from '../driver.ts';
import type { ReplySummary, RequestTarget } from './response.ts';

/**
 * The message of `stowage:operation`: one object from the start of an operation to its end, which gains what becomes known meanwhile. Bodies
 * are sent after that: of the whole exchange, `onResponse` tells.
 *
 * @example
 * import { tracingChannel } from 'node:diagnostics_channel';
 * import type { OperationTrace } from 'stowage';
 *
 * tracingChannel<OperationTrace>('stowage:operation').asyncEnd.subscribe((message) => {
 *   const { operation, repository, result, error } = message as OperationTrace;
 *   console.log(operation, repository, result?.status ?? error);
 * });
 */
export interface OperationTrace extends RequestTarget {
  /** As in the reply, the log and the event of the request. */
  readonly requestId: string;
  /** How it will be answered, where it did what it was asked for. */
  readonly result?: Pick<ReplySummary, 'status'>;
  /** What it threw: a `RegistryError` for what a client did wrong, with its `status` and `code`; anything else is a fault. */
  readonly error?: unknown;
}

/** The message of `stowage:driver`: one object from the call of a method of a driver to its end. */
export interface DriverTrace {
  readonly store: keyof Stores;
  /** The method, as in `get`. */
  readonly method: string;
  /** The repository that it is about; absent where it is about none. */
  readonly repository?: string;
  /** What it is about in that: the digest, the tag or the id of an upload; absent where it is something else. */
  readonly key?: string;
  /** What it gave: the driver's own object, to be looked at and left alone. */
  readonly result?: unknown;
  /** What it threw. */
  readonly error?: unknown;
}

/** What a registry uses of a driver. Its own object: what is told of calls takes the place of the stores. */
export type Stores = { -readonly [Name in 'blobs' | 'uploads' | 'manifests']: Driver[Name] };

const channels = ['stowage:operation', 'stowage:driver'].map((name) => tracingChannel(name));

/** Whether anybody listens. Bun has the member on the channels of the single events only. */
const isHeard = ({ hasSubscribers, start }: TracingChannel): boolean => hasSubscribers ?? start.hasSubscribers;

/** What is told of an operation. */
export interface Traced<R extends ReplySummary> {
  readonly asked: Pick<OperationTrace, 'requestId'>;
  readonly use: string | undefined;
  /** What is known of the request. It gains the rest while it is served. */
  readonly about: RequestTarget;
  /** What the registry uses of the driver, whose calls are told of, too, from the first operation on that is. */
  readonly stores: Stores;
  serve(): Promise<R>;
}

/** Whether anybody listens. */
export const isTraced = (): boolean => channels.some(isHeard);

/** Serves an operation, and tells of it. What does that is imported with the first that somebody listens to. */
export async function trace<R extends ReplySummary>(traced: Traced<R>): Promise<R> {
  return (await import('./telling.ts')).tell(traced);
}
