/** The driver suite is held against drivers that are deliberately wrong: each has to be found, by the case that is about it. */
import assert from 'node:assert/strict';
import { afterAll, describe, expect, it } from 'vitest';
import { definitions } from '../../lib/testing/suite/cases/index.ts';
import type { Definition } from '../../lib/testing/suite/definition.ts';
import { type DriverCase, type DriverUnderTest, driverCases, runCases } from '../../lib/testing/suite/index.ts';
import { skipReason, withStorage } from '../../lib/testing/suite/run-case.ts';
import { withTimeout } from '../../lib/testing/suite/timeout.ts';
import { failOnUnhandledErrors } from '../../lib/testing/suite/unhandled-errors.ts';
import { wrongDrivers } from './wrong/index.ts';
import { onMemory, type WrongDriver } from './wrong/wrong-driver.ts';

/** How long a driver may keep a case waiting, the one that is about it and the others, in milliseconds. */
const patience = { named: 15_000, others: 1000 };

/** In which share of its runs a mistake that shows by chance has to be found. It is more, but this test must not fail by chance. */
const surely = 0.7;

/** The cases that are about one rule each, and can be run. Random sequences of commands would find most faults as well. */
const casesFor = (driver: DriverUnderTest): DriverCase[] =>
  driverCases(driver).filter(({ skipped, area }) => skipped === undefined && area !== 'everything');

/** What a case that fails says; undefined if it passes. */
async function complaint(each: DriverCase): Promise<string | undefined> {
  const [result] = await runCases([{ ...each, timeout: patience.named }]);
  if (result?.outcome !== 'failed') return undefined;
  return result.error instanceof Error ? result.error.message : String(result.error);
}

/** What the case says that is about the mistake, in each run in which it fails. */
async function messagesOf(driver: DriverUnderTest, { caughtBy, runs = 1, clearUp }: WrongDriver): Promise<string[]> {
  const messages: string[] = [];
  for (let run = 0; run < runs; run++) {
    const named = casesFor({ ...driver, amounts: { seed: `run ${run}` } }).find(({ name }) => name === caughtBy);
    assert.ok(named, `there is no case: ${caughtBy}`);
    const message = await complaint(named);
    if (message !== undefined) messages.push(message);
    clearUp?.();
  }
  return messages;
}

/** The cases that wait for a clock or for a quiet moment, or take megabytes. */
const slow: ReadonlySet<string> = new Set([
  'a closed driver holds nothing, not even a blob that was left half read',
  'an upload that was appended to since is not expired',
  'a blob that is deleted while it is read whole comes to its end, or its reader is told',
  'a blob that is deleted while it is read in a range comes to its end, or its reader is told',
  'a blob that is put whole is not swept while its bytes come',
  'an upload is not expired while an append is under way, however long its bytes take',
  'an expiry that meets an append leaves its upload alone',
  'of an append that begins and an expiry that meet, one wins',
  'a blob of 1000003 bytes comes back as it went in',
  'a range of a blob is exactly those bytes',
  'a blob can be opened many times, also at once',
  'a reader may stop before the end of a blob, or before its beginning',
  'many pushes of one blob at once all succeed',
  'a manifest that is put, deleted and put again is read whole or not at all',
  `a manifest comes back byte for byte: ${JSON.stringify(`{"long":"${'x'.repeat(21)}`)}`,
]);

/** `STOWAGE_COUNT=1` counts which other cases find each mistake, too. It takes five minutes, and is for whoever works on the suite. */
const isCounting = process.env.STOWAGE_COUNT !== undefined;

/** How many cases fail of those that take no time of their own. They are only counted: what they leave behind is not looked at. */
async function countFailures(driver: DriverUnderTest, { caughtBy, clearUp }: WrongDriver): Promise<number> {
  let failed = 0;
  for (const { level, area, definition } of definitions) {
    const { name, needs = [] } = definition;
    if (level === 'scale' || area === 'everything' || slow.has(name) || name === caughtBy) continue;
    if (needs.every((need) => skipReason(driver, need) === undefined) && (await fails(driver, definition))) failed++;
    clearUp?.();
  }
  return failed;
}

async function fails(driver: DriverUnderTest, definition: Definition): Promise<boolean> {
  const run = () => withStorage(driver, (each, storage) => definition.run(each, storage));
  return failOnUnhandledErrors(() => withTimeout(patience.others, 'too late', run)).then(
    () => false,
    () => true,
  );
}

const heading = 'wrong drivers: fault | caught by | in how many of its runs | how many other cases fail too';
const rows: string[] = [];

describe('the driver suite', () => {
  it('passes the right driver that the wrong ones are made of', async () => {
    const cases = casesFor(onMemory('right', () => () => ({})));
    for (const each of cases) expect(await complaint(each), each.name).toBeUndefined();
    expect([...slow].filter((name) => !cases.some((each) => each.name === name))).toEqual([]);
  }, 60_000);

  it.each(wrongDrivers)('finds that $fault', async (wrong) => {
    const driver = wrong.make();
    const messages = await messagesOf(driver, wrong);
    const { fault, caughtBy, runs = 1 } = wrong;
    const often = `${messages.length} of ${runs}`;
    if (isCounting)
      rows.push([fault, messages.length > 0 ? caughtBy : 'nothing', often, await countFailures(driver, wrong)].join(' | '));
    expect(messages.length, `found in ${often} runs`).toBeGreaterThanOrEqual(Math.ceil(runs * surely));
    for (const message of messages) expect(message).toContain('The contract (lib/driver.ts in the package stowage) says:');
  });

  it('is held against each fault once', () => {
    const faults = wrongDrivers.map(({ fault }) => fault);
    expect(faults.length).toBe(new Set(faults).size);
  });
});

afterAll(() => {
  // biome-ignore lint/suspicious/noConsole: the table is for whoever works on the suite.
  if (isCounting) console.log([`${rows.length} ${heading}`, ...rows].join('\n'));
});
