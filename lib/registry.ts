/**
 * A registry behind any number of doors: its settings, what serves its requests, its upkeep and its end. Each kind of
 * server has a door of its own; two doors over one registry share one timer and one end.
 */
import { takeVisit } from './access/visits.ts';
import { createDispatch, type Dispatch, type Lifecycle } from './dispatch.ts';
import type { Driver } from './driver.ts';
import { guarded } from './events/guarded.ts';
import type { Recording } from './events/recording.ts';
import type { OnResponse } from './events/response.ts';
import { createLegacy } from './legacy/index.ts';
import { type Logger, type RegistryOptions, readOptions, type Settings } from './options.ts';
import { within } from './timers.ts';
import { expireUploads, type OnFault, type Upkeep } from './upkeep/expiry.ts';
import { createUploads } from './uploads/uploads.ts';

/** A registry, whichever servers it is reached through. */
export interface Registry {
  readonly settings: Settings;
  readonly dispatch: Dispatch;
  /** Tells of a response that has ended those who want to know; undefined where nobody does. It never throws. */
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
  const { limits, legacy, uploadExpiry, logger, throttle, events } = settings;
  const stores = { blobs: driver.blobs, uploads: driver.uploads, manifests: driver.manifests };
  const services = {
    driver: stores,
    settings,
    uploads: createUploads(stores, Math.min(limits.blobBytes, driver.largestBlob ?? limits.blobBytes)),
    legacy: createLegacy(stores, legacy),
    recording: events?.(driver, logger),
  };
  const doors: Door[] = [];
  const listening = new Set<Promise<unknown>>();
  const tell = reportOf(settings, listening);
  const upkeep = expireUploads(stores, uploadExpiry, reportTo(logger));
  const lifecycle: { phase: Lifecycle['phase'] } = { phase: 'open' };
  const dispatch = createDispatch(services, lifecycle);
  let closed: Promise<void> | undefined;

  const close = (): Promise<void> => {
    lifecycle.phase = 'closed';
    closed ??= end(doors, upkeep, services.recording, driver);
    return closed;
  };
  return {
    settings,
    dispatch: settings.cors.origins === undefined ? dispatch : withCors(dispatch, settings),
    report: throttle ? endingVisits(tell, logger) : tell,
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

/** Serves pages of other origins as well, by what is imported with the first request. */
function withCors(dispatch: Dispatch, settings: Settings): Dispatch {
  let cors: Dispatch | undefined;
  return async (incoming) => {
    cors ??= (await import('./cors.ts')).createCors(dispatch, settings);
    return cors(incoming);
  };
}

async function end(
  doors: readonly Door[],
  upkeep: Upkeep | undefined,
  recording: Recording | undefined,
  driver: Driver,
): Promise<void> {
  await Promise.all([...doors.map((door) => door.cut()), upkeep?.stop()]);
  await recording?.stop();
  await driver.close?.();
}

/**
 * Made outside `createRegistry`: the closure holds only the logger. One made inside would hold the driver too, and the timer would
 * keep an unused registry from being collected.
 */
const reportTo =
  (logger: Logger): OnFault =>
  (err) =>
    logger.error({ err }, 'expiring abandoned uploads failed');

/** Ends the visits that a throttle counts, and then tells whoever listens. */
function endingVisits(tell: OnResponse | undefined, logger: Logger): OnResponse {
  const fail = (err: unknown): void => logger.error({ err }, 'throttle failed');
  return (given) => {
    const [visit, event] = takeVisit(given);
    guarded(() => visit?.end(event), fail);
    return tell?.(event);
  };
}

/** What tells `onResponse`, and the hooks that observe, of a response. */
function reportOf({ onResponse, hooks, logger }: Settings, pending: Set<Promise<unknown>>): OnResponse | undefined {
  const heard = onResponse && safely(onResponse, logger, pending);
  if (!Object.values(hooks).some(Boolean)) return heard;
  const observe: OnResponse = async (event) => (await import('./hooks/index.ts')).observe(hooks, event, logger);
  const observed = safely(observe, logger, pending);
  return (event) => {
    heard?.(event);
    observed(event);
  };
}

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
