/** What the suite is told about a driver. */
import type { Driver } from '../../driver.ts';
import type { Amounts, Level } from './definition.ts';
import type { OptionalMethod } from './optional.ts';

export type { OptionalMethod } from './optional.ts';

/** Storage that fails when it is told to. */
export interface Faults {
  /** How many calls the driver, and others on its storage, have made to the storage so far. */
  calls(): number;
  /** Makes one call fail, 1 for the next one; with `forever`, all that follow it as well, as if the process had died. */
  fail(call: number, how: 'once' | 'forever'): void;
  /** From now on no call fails. */
  heal(): void;
}

/** How the suite gets at a driver. What is left out makes the cases that need it skipped, which is told. */
export interface DriverUnderTest {
  /** What the cases are headed with: `fsDriver`. */
  readonly name: string;
  /** A driver over storage of its own, which holds nothing. */
  create(): Driver | Promise<Driver>;
  /** Another driver over the storage of a driver that `create` gave and that was closed. */
  reopen?(driver: Driver): Driver | Promise<Driver>;
  /** A second driver over the storage of a driver that `create` gave and that goes on. */
  peer?(driver: Driver): Driver | Promise<Driver>;
  /** Removes the storage of a driver that `create` gave. All drivers on it are closed by then. */
  dispose?(driver: Driver): void | Promise<void>;
  /** Makes the storage of a driver that `create` gave fail. Such a driver may be another one for these cases alone. */
  faults?(driver: Driver): Faults;
  /**
   * The machine of a driver that `create` gave loses power: of what its storage did not vouch for, each change survives if
   * `survives` says so. Then all calls work again, and `reopen` is asked for a driver. Left out where the storage forgets
   * nothing, or everything.
   */
  losePower?(driver: Driver, survives: () => boolean): void;
  /**
   * What lies in the storage of a driver that `create` gave and belongs to no blob, manifest, tag or referrer: temporary files,
   * parts, bytes of uploads. After each case, when every upload has ended, there has to be none; where the storage failed, what
   * the driver clears away later is not counted.
   */
  staged?(driver: Driver): readonly string[] | Promise<readonly string[]>;
  /** The optional methods that the driver does not have. It is a failure to name one that it has, or to name one too few. */
  readonly lacks?: readonly OptionalMethod[];
  /** Which parts to run. All but `scale`, if left out. */
  readonly levels?: readonly Level[];
  /** Other amounts than a million tags, a gibibyte, 10,000 uploads, 300 sequences, and a seed that is always the same. */
  readonly amounts?: Partial<Amounts>;
}
