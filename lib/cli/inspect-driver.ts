/** Finds out the name and the optional methods of a driver by creating one and pushing a blob. */
import type { Blob, Driver } from '../driver.ts';
import type { DriverUnderTest } from '../testing/suite/index.ts';
import { type OptionalMethod, optionalMethods, optionalMethodsOf } from '../testing/suite/optional-methods.ts';
import { pushBlob, repo, sample } from '../testing/suite/samples.ts';
import { withTimeout } from '../testing/suite/timeout.ts';
import { moduleTimeoutMs } from './default-export.ts';
import type { Output } from './environment.ts';
import type { Given } from './load-module.ts';
import { messageOf, StartError } from './start-error.ts';

/** The methods that every driver must have. */
const required = {
  blobs: ['get', 'delete'],
  uploads: ['create', 'get', 'append', 'read', 'commit', 'delete'],
  manifests: ['get', 'put', 'delete', 'resolve', 'tag', 'untag', 'tags', 'referrers', 'repositories'],
} as const satisfies { readonly [Store in 'blobs' | 'uploads' | 'manifests']: readonly (keyof Driver[Store])[] };

/**
 * Completes the options of a module: where `name` or `lacks` were left out, they are read off a driver that it creates. Throws a
 * {@link StartError} if what it creates is no driver, or one of its functions throws.
 */
export async function inspectDriver(given: Given, stderr: Output): Promise<DriverUnderTest> {
  const driver = await callModule('create()', () => given.create());
  const missing = missingMethods(driver);
  if (missing.length > 0) throw new StartError(`create() gave no driver: it has no ${missing.join(', ')}`);
  try {
    return { ...given, name: given.name ?? String(driver.name), lacks: given.lacks ?? (await findLacks(driver, stderr)) };
  } finally {
    await callModule('close()', () => driver.close?.());
    await callModule('dispose()', () => given.dispose?.(driver));
  }
}

/** Calls a function of the module, within the time limit. */
async function callModule<T>(what: string, work: () => T | Promise<T>): Promise<T> {
  try {
    return await withTimeout(moduleTimeoutMs, `took longer than ${moduleTimeoutMs} milliseconds`, work);
  } catch (error) {
    throw new StartError(`${what} of the module fails: ${messageOf(error)}`);
  }
}

/** The required methods that a value lacks; none if it is a driver. */
function missingMethods(driver: unknown): string[] {
  return Object.entries(required).flatMap(([store, names]) => {
    const part = memberOf(driver, store);
    if (typeof part !== 'object' || part === null) return [store];
    return names.filter((name) => typeof memberOf(part, name) !== 'function').map((name) => `${store}.${name}()`);
  });
}

function memberOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}

async function findLacks(driver: Driver, stderr: Output): Promise<OptionalMethod[]> {
  const has = optionalMethodsOf(driver, await pushSample(driver, stderr));
  return optionalMethods.filter((method) => !has.includes(method));
}

/** Pushes a blob: only a blob shows whether blobs have `url()`. Undefined if that fails; the suite will say why. */
async function pushSample(driver: Driver, stderr: Output): Promise<Blob | undefined> {
  try {
    const blob = await callModule('a push through the driver', async () => {
      const digest = await pushBlob(driver, repo, sample(1000));
      return driver.blobs.get(repo, digest);
    });
    if (blob !== undefined) return blob;
    stderr.write('stowage: cannot tell whether blobs have url(): a blob that was pushed is absent\n');
  } catch (error) {
    stderr.write(`stowage: cannot tell whether blobs have url(): ${messageOf(error)}\n`);
  }
  return undefined;
}
