/** What a client of the registry sees over a driver: the exchanges as cases. */
import type { Driver } from '../../driver.ts';
import { altered } from '../altered.ts';
import type { Exchange } from '../exchange.ts';
import { exchanges } from '../exchanges/index.ts';
import { play } from '../wire/play.ts';
import { type DriverCase, type Runner, register } from './case.ts';
import type { DriverUnderTest } from './options.ts';
import { leavingNothing, usual, whyNot, withStorage } from './running.ts';

/** The exchanges as cases for a driver, those that show nothing on it among them. `levels` and `amounts` do not matter here. */
export function wireCases(options: DriverUnderTest): DriverCase[] {
  return Object.entries(exchanges).flatMap(([area, list]) => list.map((exchange) => wireCase(options, area, exchange)));
}

/** Registers the exchanges for a driver with a test runner: `testWire({ name, create }, { describe, it })`. */
export function testWire(options: DriverUnderTest, runner: Runner): void {
  register(`${options.name} over HTTP`, wireCases(options), runner);
}

function wireCase(options: DriverUnderTest, area: string, exchange: Exchange): DriverCase {
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
          await play(exchange, needs.includes('blob.url') ? driver : withoutUrls(driver));
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
