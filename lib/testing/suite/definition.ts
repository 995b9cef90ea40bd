/** What a case is, before it is known which driver it is run on. */
import type { Driver } from '../../driver.ts';
import type { Faults, OptionalMethod } from './options.ts';
import type { PromiseName } from './promises.ts';

/**
 * Which part of the suite: `contract`, what one caller at a time may rely on; `concurrency`, what many may; `durability`,
 * what outlives the driver, its process and failures of its storage; `scale`, a million tags and a gibibyte.
 */
export type Level = 'contract' | 'concurrency' | 'durability' | 'scale';

/** What a driver may lack, or whoever runs the suite may not have given. A case that needs it is skipped then. */
export type Need = 'blobs.mount' | 'blobs.put' | 'blob.url' | 'uploads.expire' | 'reopen' | 'peer' | 'faults' | 'losePower';

/** How many of each the cases of the level `scale` take, and how much chance the random ones have. */
export interface Amounts {
  readonly tags: number;
  readonly blobBytes: number;
  readonly uploads: number;
  /** How many random sequences of commands are compared with the model. */
  readonly sequences: number;
  /** Decides what they are. */
  readonly seed: string;
}

/** The storage that a case runs on. */
export interface Storage {
  /** Lets go of the driver, and gives another one over the same storage. */
  reopen(): Promise<Driver>;
  /** A second driver on the same storage, as in another process. */
  peer(): Promise<Driver>;
  /** What makes the storage fail. */
  readonly faults: Faults;
  /** The machine loses power: each change that the storage did not vouch for survives if `survives` says so. `reopen` follows. */
  losePower(survives: () => boolean): void;
  /** Does something with another storage, which holds nothing. */
  another<T>(use: (driver: Driver, storage: Storage) => Promise<T>): Promise<T>;
  readonly amounts: Amounts;
  /** The optional methods that the driver is said not to have. */
  readonly lacks: readonly OptionalMethod[];
}

/** A rule, and how to find out whether a driver keeps it. */
export interface Definition {
  /** The rule, as a sentence. */
  readonly name: string;
  /** The sentences of the contract that the rule follows from. */
  readonly promises: readonly [PromiseName, ...PromiseName[]];
  readonly needs?: readonly Need[];
  /** How long it may take, in milliseconds, where that is more than usual. */
  readonly timeout?: number;
  /** Fails if the rule is broken. The driver holds nothing yet. */
  run(driver: Driver, storage: Storage): Promise<void>;
}
