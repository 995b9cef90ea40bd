/** The level `wire`: the exchanges as cases. Each runs a registry over a new driver, on a server of its own. */
import type { Driver } from '../../driver.ts';
import type { Exchange } from '../exchanges/exchange.ts';
import { exchanges } from '../exchanges/index.ts';
import { overrideDriver } from '../override-driver.ts';
import { type Check, play } from '../wire/play.ts';
import { type DriverCase, type Runner, register } from './case.ts';
import type { DriverUnderTest } from './options.ts';
import { checkLeaks, defaultTimeout, skipReason, withStorage } from './run-case.ts';

/**
 * The exchanges over HTTP as cases for a driver, but those that never reach it. Those that need an optional method that it lacks
 * are included, with the reason in `skipped`. `levels` and `amounts` of the options are not used. `check` is called with every reply
 * and throws to fail the case.
 *
 * @example
 * import { runCases, wireCases } from 'stowage/driver-suite';
 * import { memoryDriver } from 'stowage/drivers/memory';
 *
 * const results = await runCases(wireCases({ name: 'memoryDriver', create: memoryDriver, lacks: ['blob.url'] }));
 * results.filter(({ outcome }) => outcome === 'failed'); // => []
 */
export function wireCases(options: DriverUnderTest, check?: Check): DriverCase[] {
  return exchangeCases(options, check, ({ driverless }) => !driverless);
}

/** The exchanges as cases: all of them, or those that are wanted. */
export function exchangeCases(
  options: DriverUnderTest,
  check?: Check,
  wanted: (exchange: Exchange) => boolean = () => true,
): DriverCase[] {
  return Object.entries(exchanges).flatMap(([area, list]) =>
    list.filter(wanted).map((exchange) => createWireCase(options, area, exchange, check)),
  );
}

/**
 * Registers the exchanges over HTTP for a driver with a test runner: `testWire({ name, create }, { describe, it })`. Takes what
 * {@link wireCases} takes.
 *
 * @example
 * import { describe, it } from 'node:test';
 * import { testWire } from 'stowage/driver-suite';
 * import { memoryDriver } from 'stowage/drivers/memory';
 *
 * testWire({ name: 'memoryDriver', create: memoryDriver, lacks: ['blob.url'] }, { describe, it });
 */
export function testWire(options: DriverUnderTest, runner: Runner, check?: Check): void {
  register(`${options.name} over HTTP`, wireCases(options, check), runner);
}

function createWireCase(options: DriverUnderTest, area: string, exchange: Exchange, check: Check | undefined): DriverCase {
  const { name, needs = [] } = exchange;
  return {
    name,
    level: 'wire',
    area,
    timeout: defaultTimeout,
    skipped: needs.map((need) => skipReason(options, need)).find((reason) => reason !== undefined),
    run: () =>
      checkLeaks(() =>
        withStorage(options, async (driver) => {
          await play(exchange, needs.includes('blob.url') ? driver : withoutBlobUrls(driver), check);
        }),
      ),
  };
}

/** The driver without `blob.url`, so that the registry serves blobs itself: a redirect has no content to check. */
function withoutBlobUrls(driver: Driver): Driver {
  return overrideDriver(driver, {
    blobs: {
      get: async (repo, digest) => {
        const blob = await driver.blobs.get(repo, digest);
        return blob && { size: blob.size, open: (range) => blob.open(range) };
      },
    },
  });
}
