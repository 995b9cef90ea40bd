/** Exchanges: requests to a registry and the replies that are expected, as data. */
import type { ErrorCode } from '../../api/errors.ts';
import type { Driver, RegistryOptions } from '../../index.ts';
import type { OptionalMethod } from '../suite/options.ts';

/**
 * A request. In its path, `{location}` stands for the last `Location` of a reply, `{upload}` for the last `Location` of an upload
 * without its query, and `{other}` for the same upload in another repository.
 */
export interface Sent {
  readonly method: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  /** Sends the body with `Transfer-Encoding: chunked`, without announcing its length. */
  readonly chunked?: boolean;
  /** Follows a redirect: what is expected is then expected of the reply at its `Location`. */
  readonly follow?: boolean;
}

/** The reply that is expected. A part that is left out may be anything that the table allows. */
export interface Expected {
  readonly status: number;
  /** The code of the first error. */
  readonly code?: ErrorCode;
  /** The message of the first error. */
  readonly message?: RegExp;
  /** The detail of the first error, compared as JSON. */
  readonly detail?: unknown;
  /** The digests in the details of all errors, in their order. */
  readonly missing?: readonly string[];
  /** By name. A text must be equal, an expression must match; null means that the header must be absent. */
  readonly headers?: Readonly<Record<string, string | RegExp | null>>;
  /** A text must be equal, an expression must match; anything else is compared with the JSON of the body. */
  readonly body?: unknown;
}

/** One request and the reply that is expected. */
export interface Step {
  readonly send: Sent;
  readonly expect: Expected;
}

/** A sentence about the registry, and the steps that show it on an empty one. */
export interface Exchange {
  /** The sentence. */
  readonly name: string;
  /** The options of the registry. */
  readonly options?: RegistryOptions;
  /** Optional methods without which the steps would fail; the exchange is then skipped. */
  readonly needs?: readonly OptionalMethod[];
  /** The library answers every step by itself: no method of the driver is called, so it shows nothing of the driver. */
  readonly driverless?: true;
  /** Wraps the driver before the registry gets it. */
  readonly over?: (driver: Driver) => Driver;
  readonly steps: readonly Step[];
}
