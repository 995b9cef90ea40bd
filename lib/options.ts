/** From the options of a registry to its settings: checked, and with all defaults. */
import { isObject } from './checks/check.ts';
import { type Filled, parseOptions } from './checks/options.ts';
import { synchronous } from './checks/synchronous.ts';
import { type Trust, trustOf } from './doors/trust.ts';
import type { Driver, RepositoryName, Tag } from './driver.ts';
import { guarded } from './events/guarded.ts';
import { type Advise, createAdvise } from './options/advice.ts';
import { type Logger, type RegistryOptions, registryOptions } from './options/table.ts';

export type { CorsOptions, Hooks, LegacyOptions, Limits, Logger, RegistryOptions, Timeouts } from './options/table.ts';

type FilledOptions = Filled<RegistryOptions, typeof registryOptions>;

/** Options with all defaults filled in. */
export interface Settings extends Omit<FilledOptions, 'immutableTags' | 'trustProxy' | 'logger'> {
  isImmutable(repository: RepositoryName, tag: Tag): boolean;
  readonly trust: Trust | undefined;
  readonly logger: Logger;
  readonly advise: Advise;
}

/** Fills in the defaults. Throws a TypeError that lists everything that is wrong with driver and options, as given to `maker`, with the fix. */
export function readOptions(driver: Driver, options: RegistryOptions, maker: string): Settings {
  const filled = parseOptions(maker, options, registryOptions, [...wrongInDriver(driver), ...wrongInCors(options)]);
  const { immutableTags, trustProxy, logger, ...settings } = filled;
  const heard = logger && calm(logger);
  return {
    ...settings,
    isImmutable: typeof immutableTags === 'function' ? synchronous('immutableTags', immutableTags) : () => immutableTags,
    trust: trustOf(trustProxy),
    logger: heard ?? silent,
    advise: createAdvise(heard),
  };
}

function wrongInDriver(driver: unknown): string[] {
  const parts = ['blobs', 'uploads', 'manifests'].filter((part) => !isObject(driver) || !isObject(driver[part]));
  return parts.length > 0
    ? [`the driver has no ${parts.join(', no ')}; pass what a driver's function gives, as in memoryDriver()`]
    : [];
}

function wrongInCors(options: RegistryOptions): string[] {
  // What is no options at all is said by the table.
  const { cors }: RegistryOptions = options ?? {};
  return cors?.origins === '*' && cors.credentials
    ? ["cors.credentials needs cors.origins to name some: no browser takes it with '*'"]
    : [];
}

const silent: Logger = { error: () => {}, warn: () => {} };

/** Every method of a logger, caught: one that fails must not take a request along, nor the process where it is async. */
function calm(logger: Logger): Logger {
  const warn = (error: unknown): void => process.emitWarning(`the logger failed: ${error}`, 'StowageWarning');
  const safely =
    (method: keyof Logger) =>
    (details: object, message: string): void => {
      guarded(() => logger[method]?.(details, message), warn);
    };
  const { debug, ...always }: Required<Logger> = { error: safely('error'), warn: safely('warn'), debug: safely('debug') };
  return logger.debug ? { ...always, debug } : always;
}
