/**
 * A registry behind any number of doors: its settings, what serves its requests, its upkeep and its end. Each kind of
 * server has a door of its own; two doors over one registry share one timer and one end.
 */
import { createDispatch, type Dispatch, type Lifecycle } from './dispatch.ts';
import type { Driver } from './driver.ts';
import { guarded } from './events/guarded.ts';
import type { OnResponse } from './events/response.ts';
import { createLegacy } from './legacy/index.ts';
import { type Logger, type RegistryOptions, readOptions, type Settings } from './options.ts';
import { clearTimeout, longestMs, setTimeout } from './timers.ts';
import { expireUploads, type OnFault, type Upkeep } from './upkeep/expiry.ts';
import { createUploads } from './uploads/uploads.ts';

/** A registry, whichever servers it is reached through. */
export interface Registry {
  readonly settings: Settings;
  readonly dispatch: Dispatch;
  /** Tells `onResponse` of a response that has ended; undefined without that option. It never throws. */
  readonly report: OnResponse | undefined;
  readonly lifecycle: Lifecycle;
  /** Makes a door part of the registry's end. */
  join(door: Door): void;
  /**
   * Refuses what begins an upload and lets requests that are under way finish, and what `onResponse` does with them, for at
   * most `deadlineMs` milliseconds, which may be Infinity; then closes.
   */
  drain(deadlineMs: number): Promise<void>;
  /**
   * Refuses requests, breaks off those that are under way, stops the upkeep, and then closes the driver. Resolves when
   * nothing uses the driver any longer. Further calls give the same promise.
   */
  close(): Promise<void>;
}

/** What a registry has to know of a door to end. */
export interface Door {
  /** Resolves when no request is under way. */
  idle(): Promise<void>;
  /** Breaks off the requests that are under way, and resolves when none is left. */
  cut(): Promise<void>;
}

/** Makes a registry. Throws a TypeError that lists everything that is wrong with driver and options, as given to `maker`. */
export function createRegistry(driver: Driver, options: RegistryOptions = {}, maker = 'createRegistryHandler'): Registry {
  const settings = readOptions(driver, options, maker);
  const { limits, legacy, uploadExpiry, logger, onResponse } = settings;
  const services = {
    driver,
    settings,
    uploads: createUploads(driver, Math.min(limits.blobBytes, driver.largestBlob ?? limits.blobBytes)),
    legacy: createLegacy(driver, legacy),
  };
  const doors: Door[] = [];
  const listening = new Set<Promise<unknown>>();
  const upkeep = expireUploads(driver, uploadExpiry, reportTo(logger));
  const lifecycle: { phase: Lifecycle['phase'] } = { phase: 'open' };
  let closed: Promise<void> | undefined;

  const close = (): Promise<void> => {
    lifecycle.phase = 'closed';
    closed ??= end(doors, upkeep, driver);
    return closed;
  };
  return {
    settings,
    dispatch: createDispatch(services, lifecycle),
    report: onResponse && safely(onResponse, logger, listening),
    lifecycle,
    join: (door) => {
      doors.push(door);
    },
    drain: async (deadlineMs) => {
      if (lifecycle.phase === 'open') lifecycle.phase = 'draining';
      const finished = Promise.all(doors.map((door) => door.idle())).then(() => Promise.all(listening));
      await within(deadlineMs, finished);
      return close();
    },
    close,
  };
}

async function end(doors: readonly Door[], upkeep: Upkeep | undefined, driver: Driver): Promise<void> {
  await Promise.all([...doors.map((door) => door.cut()), upkeep?.stop()]);
  await driver.close?.();
}

/** Waits for work, but not for longer than so many milliseconds. */
async function within(milliseconds: number, work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise((resolve) => {
    timer = setTimeout(resolve, Math.min(milliseconds, longestMs));
  });
  await Promise.race([work, late]);
  clearTimeout(timer);
}

/**
 * Made outside `createRegistry`: the closure holds only the logger. One made inside would hold the driver too, and the timer would
 * keep an unused registry from being collected.
 */
const reportTo =
  (logger: Logger): OnFault =>
  (err) =>
    logger.error({ err }, 'expiring abandoned uploads failed');

/** A listener whose failures are logged, and change nothing; `pending` has the calls that have not settled yet. */
function safely(listener: OnResponse, logger: Logger, pending: Set<Promise<unknown>>): OnResponse {
  const fail = (err: unknown): void => logger.error({ err }, 'onResponse failed');
  return (event) => {
    const call = guarded(() => listener(event), fail);
    if (call === undefined) return;
    pending.add(call);
    void call.finally(() => pending.delete(call));
  };
}
