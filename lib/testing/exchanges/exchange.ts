/** Exchanges: what is sent to a registry and what comes back, as data. */
import type { ErrorCode } from '../../api/errors.ts';
import type { Driver, RegistryOptions } from '../../index.ts';
import type { OptionalMethod } from '../suite/options.ts';

/**
 * A request. In its path, `{location}` stands for the last `Location` that came, and `{upload}` for the last one of an
 * upload, without its query; `{other}` is the same in another repository.
 */
export interface Sent {
  readonly method: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  /** Sends the body without announcing its length. */
  readonly chunked?: boolean;
  /** Goes on to where the reply redirects, if it does; what is there is then expected. */
  readonly follow?: boolean;
}

/** What has to come back; what is not named may be anything that the table allows. */
export interface Expected {
  readonly status: number;
  readonly code?: ErrorCode;
  /** The message of the first error. */
  readonly message?: RegExp;
  /** The detail of the first error, compared as JSON. */
  readonly detail?: unknown;
  /** The digests in the details, for several errors, as they were named. */
  readonly missing?: readonly string[];
  /** Null: the header must not be there. */
  readonly headers?: Readonly<Record<string, string | RegExp | null>>;
  /** Text is compared letter by letter, an expression has to match, anything else is compared as JSON. */
  readonly body?: unknown;
}

/** One request and its reply. */
export interface Step {
  readonly send: Sent;
  readonly expect: Expected;
}

/** A sentence about the registry, and the steps that show it on one that holds nothing. */
export interface Exchange {
  readonly name: string;
  readonly options?: RegistryOptions;
  /** What the driver must have, or the steps show nothing. */
  readonly needs?: readonly OptionalMethod[];
  /** Puts something between the registry and its driver. */
  readonly over?: (driver: Driver) => Driver;
  readonly steps: readonly Step[];
}
