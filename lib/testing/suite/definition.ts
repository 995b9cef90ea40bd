/** A rule of the suite as it is written in `cases/`, before it is bound to a driver. */
import type { Driver } from '../../driver.ts';
import type { Faults, OptionalMethod } from './options.ts';
import type { PromiseName } from './promises.ts';

/**
 * A part of the suite. `contract`: one caller at a time. `concurrency`: many callers at once, also on two drivers. `durability`:
 * what outlives the driver, its process and failures of its storage. `scale`: a million tags, a gibibyte, 10,000 uploads.
 */
export type Level = 'contract' | 'concurrency' | 'durability' | 'scale';

/** An optional method of drivers, or an optional function of `DriverUnderTest`. A case that needs one is skipped without it. */
export type Need = OptionalMethod | 'reopen' | 'peer' | 'faults' | 'losePower';

/** The sizes of the cases of the level `scale`, and how many random sequences and rounds of races the others play. */
export interface Amounts {
  /** How many tags one repository gets. */
  readonly tags: number;
  /** The size of the large blob, in bytes. */
  readonly blobBytes: number;
  /** How many uploads are open at once. */
  readonly uploads: number;
  /** How many random sequences of commands are compared with the model. */
  readonly sequences: number;
  /** How many rounds each race is played: calls that meet at their last step. */
  readonly rounds: number;
  /** The seed that sequences and rounds are drawn from: the same seed gives the same ones. */
  readonly seed: string;
}

/** The storage that a case runs on. */
export interface Storage {
  /** Closes the driver and gives another one over the same storage. */
  reopen(): Promise<Driver>;
  /** A second driver on the same storage, as another process would have. */
  peer(): Promise<Driver>;
  /** Whether there can be such a second driver. */
  readonly hasPeer: boolean;
  /** Runs `use` with such a driver, and closes it then. */
  withPeer<T>(use: (driver: Driver) => Promise<T>): Promise<T>;
  /** Counts the calls to the storage and makes them fail. */
  readonly faults: Faults;
  /** The machine loses power: `survives` is asked for each change that was not made durable. Call `reopen` next. */
  losePower(survives: () => boolean): void;
  /** Runs `use` with a driver on another, empty storage, which is removed afterwards. */
  another<T>(use: (driver: Driver, storage: Storage) => Promise<T>): Promise<T>;
  readonly amounts: Amounts;
  /** The optional methods that the options say the driver lacks. */
  readonly lacks: readonly OptionalMethod[];
}

/** A rule, and the code that finds out whether a driver keeps it. */
export interface Definition {
  /** The rule, as a sentence. */
  readonly name: string;
  /** The sentences of the contract that the rule follows from; a failure quotes them. */
  readonly promises: readonly [PromiseName, ...PromiseName[]];
  /** What it needs; without one of these it is skipped. */
  readonly needs?: readonly Need[];
  /** How long it may take, in milliseconds, if that is more than the default. */
  readonly timeout?: number;
  /** Rejects if the rule is broken. The driver is on an empty storage. */
  run(driver: Driver, storage: Storage): Promise<void>;
}
