/** Collections, again and again. */
import { callable, positive } from '../../checks/check.ts';
import { type OptionRules, parseOptions } from '../../checks/options.ts';
import type { Driver } from '../../driver.ts';
import { clearTimeout, longestMs, setTimeout } from '../../timers.ts';
import { inventoryOf } from '../listings.ts';
import { type CollectionReport, type CollectOptions, collect } from './collect.ts';

/** What is told of collections. */
export interface CollectEveryOptions extends Omit<CollectOptions, 'dryRun' | 'signal'> {
  /** How long to wait behind one before the next, in milliseconds. */
  readonly every: number;
  readonly onReport?: ((report: CollectionReport) => void) | undefined;
  /** What a collection failed with; the next is made all the same. Default: it is a warning of the process. */
  readonly onFault?: ((error: unknown) => void) | undefined;
}

/** Collections that go on until they are stopped. */
export interface Collections {
  /** Breaks off one that is under way, and begins no other. Resolves when it has ended. */
  stop(): Promise<void>;
}

const rules = {
  every: { check: positive, required: true },
  onReport: { check: callable },
  onFault: { check: callable },
} as const satisfies OptionRules<Pick<CollectEveryOptions, 'every' | 'onReport' | 'onFault'>>;

/**
 * Collects garbage from time to time, for as long as the process lives, which it does not keep alive.
 *
 * @throws {TypeError} that lists everything that is wrong with the options, or says that the driver has no inventory
 * @example
 * import { memoryDriver } from 'stowage/drivers/memory';
 * import { collectEvery } from 'stowage/upkeep';
 *
 * const collections = collectEvery(memoryDriver(), { every: 3_600_000, onReport: console.log });
 * await collections.stop();
 */
export function collectEvery(driver: Driver, options: CollectEveryOptions): Collections {
  const { every, onReport, onFault, ...collecting } = options;
  parseOptions('collectEvery', { every, onReport, onFault }, rules);
  inventoryOf(driver);
  const stopping = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> = Promise.resolve();

  const run = async (): Promise<void> => {
    try {
      const report = await collect(driver, { ...collecting, signal: stopping.signal });
      onReport?.(report);
    } catch (error) {
      if (!stopping.signal.aborted) (onFault ?? warn)(error);
    }
    schedule();
  };
  const begin = (): void => {
    running = run();
  };
  const schedule = (): void => {
    if (!stopping.signal.aborted) timer = setTimeout(begin, Math.min(every, longestMs)).unref();
  };
  schedule();
  return {
    stop: () => {
      stopping.abort();
      clearTimeout(timer);
      return running;
    },
  };
}

const warn = (error: unknown): void =>
  process.emitWarning(`a collection failed: ${error instanceof Error ? error.message : String(error)}`, 'StowageWarning');
