/** What a driver is called and what it can do, found out by looking at one. */
import type { Blob, Driver } from '../driver.ts';
import type { DriverUnderTest } from '../testing/suite/index.ts';
import { within } from '../testing/suite/limit.ts';
import { methodsOf, type OptionalMethod, optionalMethods } from '../testing/suite/optional.ts';
import { pushed, repo, sample } from '../testing/suite/samples.ts';
import type { Output } from './environment.ts';
import { type Given, patienceMilliseconds } from './load-module.ts';
import { messageOf, StartError } from './start-error.ts';

/** The methods that every driver has. */
const required = {
  blobs: ['get', 'delete'],
  uploads: ['create', 'get', 'append', 'read', 'commit', 'delete'],
  manifests: ['get', 'put', 'delete', 'resolve', 'tag', 'untag', 'tags', 'referrers', 'repositories'],
} as const satisfies { readonly [Store in 'blobs' | 'uploads' | 'manifests']: readonly (keyof Driver[Store])[] };

/** What was given, with the name and the lacks of its driver where they were left out. Throws a {@link StartError} if it gives none. */
export async function completed(given: Given, stderr: Output): Promise<DriverUnderTest> {
  const driver = await attempt('create()', () => given.create());
  const missing = missingIn(driver);
  if (missing.length > 0) throw new StartError(`create() gave no driver: it has no ${missing.join(', ')}`);
  try {
    return { ...given, name: given.name ?? String(driver.name), lacks: given.lacks ?? (await lacksOf(driver, stderr)) };
  } finally {
    await attempt('close()', () => driver.close?.());
    await attempt('dispose()', () => given.dispose?.(driver));
  }
}

/** Does what the module offers, for as long as that may take. */
async function attempt<T>(what: string, work: () => T | Promise<T>): Promise<T> {
  try {
    return await within(patienceMilliseconds, `took longer than ${patienceMilliseconds} milliseconds`, work);
  } catch (error) {
    throw new StartError(`${what} of the module fails: ${messageOf(error)}`);
  }
}

/** The methods that something has to have to be a driver, and does not have. */
function missingIn(driver: unknown): string[] {
  return Object.entries(required).flatMap(([store, names]) => {
    const part = memberOf(driver, store);
    if (typeof part !== 'object' || part === null) return [store];
    return names.filter((name) => typeof memberOf(part, name) !== 'function').map((name) => `${store}.${name}()`);
  });
}

function memberOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}

async function lacksOf(driver: Driver, stderr: Output): Promise<OptionalMethod[]> {
  const has = methodsOf(driver, await pushedBlob(driver, stderr));
  return optionalMethods.filter((method) => !has.includes(method));
}

/** A blob, which alone can tell whether blobs have URLs. Where none can be pushed the suite will say why. */
async function pushedBlob(driver: Driver, stderr: Output): Promise<Blob | undefined> {
  try {
    const blob = await attempt('a push through the driver', async () => {
      const digest = await pushed(driver, repo, sample(1000));
      return driver.blobs.get(repo, digest);
    });
    if (blob !== undefined) return blob;
    stderr.write('stowage: a blob that was pushed is not there, so whether blobs have url() is not known\n');
  } catch (error) {
    stderr.write(`stowage: ${messageOf(error)}, so whether blobs have url() is not known\n`);
  }
  return undefined;
}
