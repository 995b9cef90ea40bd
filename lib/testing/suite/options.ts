/** The options of the suite: how it creates, reopens and disposes of a driver. */
import type { Driver } from '../../driver.ts';
import type { Amounts, Level } from './definition.ts';
import type { OptionalMethod } from './optional-methods.ts';

export type { OptionalMethod } from './optional-methods.ts';

/** A storage whose calls can be made to fail. */
export interface Faults {
  /** How many calls to the storage were made so far, by the driver and by others on the same storage. */
  calls(): number;
  /** Makes a future call fail: 1 is the next one. With `forever`, all calls after it fail too, as if the process had died. */
  fail(call: number, how: 'once' | 'forever'): void;
  /** From now on no call fails. */
  heal(): void;
}

/**
 * How the suite gets a driver. Only `name` and `create` are required; cases that need a function that was left out are skipped,
 * and say so. What one of the functions throws fails the case, with the name of the function.
 */
export interface DriverUnderTest {
  /** The heading of the cases: `fsDriver`. */
  readonly name: string;
  /** Creates a driver over an empty storage of its own. Called at least once for each case. */
  create(): Driver | Promise<Driver>;
  /** Another driver over the storage of a driver that `create` gave. The driver before was closed. */
  reopen?(driver: Driver): Driver | Promise<Driver>;
  /** A second driver over the storage of a driver that `create` gave. The first one stays in use. */
  peer?(driver: Driver): Driver | Promise<Driver>;
  /** Removes the storage of a driver that `create` gave. All drivers on it are closed by then. */
  dispose?(driver: Driver): void | Promise<void>;
  /** Gives control over the failures of the storage of a driver that `create` gave. */
  faults?(driver: Driver): Faults;
  /**
   * Simulates a loss of power: `survives` is called once for each change that was not made durable, the oldest first, and the
   * changes for which it gives false are undone. Afterwards all calls work again, and `reopen` is asked for a driver.
   * `'forgets nothing'` states that the storage keeps all that it has acknowledged, as a server does that the driver has sync each
   * commit; the cases about a loss of power are then left out.
   */
  readonly losePower?: ((driver: Driver, survives: () => boolean) => void) | 'forgets nothing' | undefined;
  /**
   * Lists what is in the storage of a driver that `create` gave and belongs to no blob, manifest, tag or referrer: temporary
   * files, parts, bytes of uploads. It is called after each case, when every upload has ended, and must then be empty. Leave out
   * of the list what the driver removes later because a call of the storage failed.
   */
  staged?(driver: Driver): readonly string[] | Promise<readonly string[]>;
  /** The optional methods that the driver lacks; none if left out. A case fails if the list is not exactly those. */
  readonly lacks?: readonly OptionalMethod[] | undefined;
  /** The levels to run; all but `scale` if left out. */
  readonly levels?: readonly Level[] | undefined;
  /** Overrides the defaults: 1,000,000 tags, 2 ** 30 blob bytes, 10,000 uploads, 300 sequences, 20 rounds, the seed `stowage`. */
  readonly amounts?: Partial<Amounts> | undefined;
}
