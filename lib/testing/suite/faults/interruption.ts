/** Work that is interrupted at one call of the storage, what has to be so then, and how it is done once more. */
import assert from 'node:assert/strict';
import type { Driver } from '../../../driver.ts';
import type { Storage } from '../definition.ts';
import type { Faults } from '../options.ts';
import type { Scenario } from './scenarios.ts';
import { acknowledge, acknowledgedIsThere, nothingIsHalf } from './standing.ts';
import { isRight, type Work } from './work.ts';

/** One call of work, counted from 1. One call more than there are means: after the last. */
export interface Moment {
  readonly scenario: Scenario;
  readonly call: number;
  readonly calls: number;
}

/** What was lost: the call alone, the process, or with it what its machine did not vouch for. */
export type Loss = 'call' | 'process' | 'power';

/** Work that was interrupted, or was not. */
export interface Interrupted {
  readonly work: Work;
  /** Whether the driver reported it as done. */
  readonly done: boolean;
}

/** How many calls of the storage a kind of work takes. Fails if it does not work where nothing fails. */
export async function callsOf(scenario: Scenario, { another }: Storage): Promise<number> {
  return another(async (driver, { faults }) => {
    const work = await prepared(scenario, driver);
    const before = faults.calls();
    assert.ok(await work.act(driver), `${scenario.name} does not work where nothing fails`);
    const calls = faults.calls() - before;
    assert.ok(calls > 0, `${scenario.name} made no call that faults().calls() has counted`);
    await stands({ work, done: true }, driver, 'call');
    return calls;
  });
}

async function prepared(scenario: Scenario, driver: Driver): Promise<Work> {
  const work = scenario.begin();
  await acknowledge(driver);
  await work.prepare?.(driver);
  return work;
}

/** Does work of a kind, and one of its calls fails. */
export async function interrupted(
  { scenario, call }: Moment,
  driver: Driver,
  faults: Faults,
  how: 'once' | 'forever',
): Promise<Interrupted> {
  const work = await prepared(scenario, driver);
  faults.fail(call, how);
  const said = await attempt(work, driver);
  assert.notEqual(said, false, 'the driver did not throw, but said that something is not there, which is there');
  return { work, done: said === true };
}

/** What the driver said; undefined if it threw, which it may: what it threw is nobody's. */
async function attempt(work: Work, driver: Driver): Promise<boolean | undefined> {
  try {
    return await work.act(driver);
  } catch {
    return undefined;
  }
}

/** Fails if something is wrong after the work was interrupted, or if it cannot be repeated to its end. */
export async function recovers(interrupted: Interrupted, driver: Driver, loss: Loss): Promise<void> {
  const { work } = interrupted;
  const wasDone = await stands(interrupted, driver, loss);
  if (loss === 'power' && work.upload !== undefined) await isRight(driver, work.upload);
  await prepareAgain(interrupted, driver, loss);
  const said = await work.act(driver);
  assert.ok(said || wasDone, 'when it was repeated, the driver said that something is not there, which is there');
  await inOrder({ work, done: true }, driver, 'call');
  await work.after?.(driver);
}

/**
 * Fails if something that was acknowledged is not there, if something is half there, or if a step came before an earlier one.
 * Says whether all steps are done.
 */
async function stands(interrupted: Interrupted, driver: Driver, loss: Loss): Promise<boolean> {
  await nothingIsHalf(driver);
  await acknowledgedIsThere(driver);
  return inOrder(interrupted, driver, loss);
}

/** Fails if the work was done, and what was acknowledged before and what it changed is not there after the power went. */
export async function isKept({ work }: Interrupted, driver: Driver): Promise<void> {
  await acknowledgedIsThere(driver);
  await inOrder({ work, done: true }, driver, 'power');
  await work.after?.(driver);
}

/** Fails if a step is not done and the work is, or if a step came before an earlier one. Says whether all steps are done. */
async function inOrder({ work, done }: Interrupted, driver: Driver, loss: Loss): Promise<boolean> {
  let missing: string | undefined;
  for (const step of work.steps) {
    if (step.ofUpload && loss === 'power') continue;
    const isDone = await step.done(driver);
    assert.ok(isDone || !done, `it was reported as done, but it is not so that ${step.what}`);
    assert.ok(!isDone || missing === undefined, `${step.what} before ${missing}`);
    if (!isDone) missing ??= step.what;
  }
  return missing === undefined;
}

/** Does the work once more and looks at nothing, before or after: to look at something may make it durable. */
export async function repeatBlindly(interrupted: Interrupted, driver: Driver, loss: Loss): Promise<void> {
  await prepareAgain(interrupted, driver, loss);
  await interrupted.work.act(driver);
}

/** Prepares the work once more, where the upload that it needs has ended, or may have. */
async function prepareAgain({ work, done }: Interrupted, driver: Driver, loss: Loss): Promise<void> {
  const ended = loss === 'call' && !done && work.threw !== undefined && !(await work.threw(driver));
  if (ended || (loss === 'power' && work.upload !== undefined)) await work.prepare?.(driver);
}

/** Does something; what it throws says where that was. */
export async function located(where: string, use: () => Promise<void>): Promise<void> {
  try {
    await use();
  } catch (error) {
    throw new Error(`${where}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}
