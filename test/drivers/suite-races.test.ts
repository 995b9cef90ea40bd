/** How the driver suite has calls meet, and what it says of the round in which a driver is found to be wrong. */
import assert from 'node:assert/strict';
import { describe, expect, it } from 'vitest';
import { memoryDriver } from '../../drivers/memory.ts';
import type { Driver, UploadId } from '../../lib/driver.ts';
import { overrideDriver } from '../../lib/testing/override-driver.ts';
import { type DriverUnderTest, driverCases, runCases } from '../../lib/testing/suite/index.ts';
import { type Round, ruleOf } from '../../lib/testing/suite/race.ts';
import { withStorage } from '../../lib/testing/suite/run-case.ts';
import { chunkOf, listAll, sample } from '../../lib/testing/suite/samples.ts';
import { nextTurn } from '../../lib/timers.ts';
import { oneAtATime } from './wrong/material.ts';

const empty = new Uint8Array(0);

/** Plays rounds of a race by itself. */
async function play(
  options: Partial<DriverUnderTest>,
  run: (one: Driver, two: Driver, round: Round) => Promise<void>,
): Promise<void> {
  const rule = ruleOf({ name: 'a race', promises: ['one step'], run });
  await withStorage({ name: 'any', create: memoryDriver, ...options }, (driver, storage) => rule.run(driver, storage));
}

describe('a race', () => {
  it('holds each chunk before its end until all have come, and makes the calls without a chunk then', async () => {
    const ends: string[][] = [];
    await play({ amounts: { rounds: 10 } }, async (_one, _two, round) => {
      const events: string[] = [];
      const reading = async (turns: number) => {
        const steps = chunkOf(empty, [
          [sample(10)],
          async () => events.push('comes'),
          round.barrier(),
          async () => events.push('goes on'),
        ]);
        for (let turn = 0; turn < turns; turn++) await nextTurn();
        await listAll(steps);
      };
      await round.meet([reading(0), reading(3), reading(1), round.call(async () => events.push('is called'))]);
      ends.push([events.slice(0, 3).join(), events.slice(3).sort().join()]);
    });
    expect(ends).toEqual(Array(10).fill(['comes,comes,comes', 'goes on,goes on,goes on,is called']));
  });

  it('goes on without those that do not come: a driver may take the appends to one upload in turn', async () => {
    const create = (): Driver => {
      const driver = memoryDriver();
      const queues = new Map<UploadId, ReturnType<typeof oneAtATime>>();
      const append: Driver['uploads']['append'] = (repo, id, from, chunk) => {
        const queue = queues.get(id) ?? oneAtATime();
        queues.set(id, queue);
        return queue(() => driver.uploads.append(repo, id, from, chunk));
      };
      return overrideDriver(driver, { uploads: { append } });
    };
    const cases = driverCases({ name: 'in turn', create, lacks: ['blob.url'] });
    const races = cases.filter(({ area, skipped }) => area === 'races' && skipped === undefined);
    const results = await runCases(races.map((each) => ({ ...each, timeout: 10_000 })));
    expect(results.filter(({ outcome }) => outcome !== 'passed')).toEqual([]);
    expect(results.length).toBeGreaterThan(15);
  }, 60_000);

  it('waits for a call that has failed until the others have ended, and tells of the failure', async () => {
    let hasEnded = false;
    const running = play({}, async (_one, _two, round) => {
      const late = async () => {
        for (let turn = 0; turn < 20; turn++) await nextTurn();
        hasEnded = true;
      };
      await round.meet([round.call(late), round.call(() => Promise.reject(new Error('the storage failed')))]);
    });
    await expect(running).rejects.toThrow("in round 1 of the seed 'stowage': the storage failed");
    expect(hasEnded).toBe(true);
  });

  it('plays most rounds on two drivers where there can be two, and says so', async () => {
    const played: string[] = [];
    const options = { peer: (driver: Driver) => overrideDriver(driver, {}), amounts: { rounds: 6, seed: 'words' } };
    await play(options, async (one, two) => void played.push(one === two ? 'one' : 'two'));
    expect(played).toEqual(['one', 'two', 'two', 'one', 'two', 'two']);
    const failing = play(options, async (one, two) => assert.ok(one === two, 'they differ'));
    await expect(failing).rejects.toThrow("in round 2 of the seed 'words', at two instances: they differ");
  });

  it('is the same for the same seed', async () => {
    const drawn = async (seed: string): Promise<number[]> => {
      const numbers: number[] = [];
      await play({ amounts: { seed } }, async (_one, _two, { random }) => void numbers.push(random.between(0, 1000)));
      return numbers;
    };
    expect(await drawn('words')).toEqual(await drawn('words'));
    expect(await drawn('words')).not.toEqual(await drawn('other words'));
  });
});
