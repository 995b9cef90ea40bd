/** What a client of the registry sees over a driver: the exchanges as cases. */
import type { Driver } from '../../driver.ts';
import type { Exchange } from '../exchanges/exchange.ts';
import { exchanges } from '../exchanges/index.ts';
import { altered } from '../override-driver.ts';
import { type Check, play } from '../wire/play.ts';
import { type DriverCase, type Runner, register } from './case.ts';
import type { DriverUnderTest } from './options.ts';
import { leavingNothing, usual, whyNot, withStorage } from './running.ts';

/**
 * The exchanges as cases for a driver, those that show nothing on it among them. `levels` and `amounts` do not matter here.
 * `check` looks at every reply as well.
 */
export function wireCases(options: DriverUnderTest, check?: Check): DriverCase[] {
  return Object.entries(exchanges).flatMap(([area, list]) => list.map((exchange) => wireCase(options, area, exchange, check)));
}

/** Registers the exchanges for a driver with a test runner: `testWire({ name, create }, { describe, it })`. */
export function testWire(options: DriverUnderTest, runner: Runner, check?: Check): void {
  register(`${options.name} over HTTP`, wireCases(options, check), runner);
}

function wireCase(options: DriverUnderTest, area: string, exchange: Exchange, check: Check | undefined): DriverCase {
  const { name, needs = [] } = exchange;
  return {
    name,
    level: 'wire',
    area,
    timeout: usual,
    skipped: needs.map((need) => whyNot(options, need)).find((reason) => reason !== undefined),
    run: () =>
      leavingNothing(() =>
        withStorage(options, async (driver) => {
          await play(exchange, needs.includes('blob.url') ? driver : withoutUrls(driver), check);
        }),
      ),
  };
}

/** The driver, whose blobs the registry serves itself: it redirects wherever it can, and then there is no content to look at. */
function withoutUrls(driver: Driver): Driver {
  return altered(driver, {
    blobs: {
      get: async (repo, digest) => {
        const blob = await driver.blobs.get(repo, digest);
        return blob && { size: blob.size, open: (range) => blob.open(range) };
      },
    },
  });
}
