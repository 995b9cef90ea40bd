/** Interrupts work at one call of the storage, checks what must hold then, and repeats the work. */
import assert from 'node:assert/strict';
import type { Driver } from '../../../driver.ts';
import type { Storage } from '../definition.ts';
import type { Faults } from '../options.ts';
import { assertAcknowledgedKept, assertNothingHalf, storeAcknowledged } from './consistency.ts';
import type { Scenario } from './scenarios.ts';
import { assertUploadIntact, type Work } from './work.ts';

/** A call of the storage at which work is interrupted. */
export interface Moment {
  readonly scenario: Scenario;
  /** Counted from 1; `calls + 1` means after the last call. */
  readonly call: number;
  /** How many calls the work makes if nothing fails. */
  readonly calls: number;
}

/** What was lost: one call, the process, or the process and all changes that were not durable. */
export type Loss = 'call' | 'process' | 'power';

/** Work after its interruption. */
export interface Interrupted {
  readonly work: Work;
  /** Whether the driver reported success all the same. */
  readonly done: boolean;
}

/** Counts the calls to the storage that a kind of work makes. Fails if the work fails although the storage does not. */
export async function countCalls(scenario: Scenario, { another }: Storage): Promise<number> {
  return another(async (driver, { faults }) => {
    const work = await prepareWork(scenario, driver);
    const before = faults.calls();
    assert.ok(await work.act(driver), `${scenario.name} fails although no call of the storage does`);
    const calls = faults.calls() - before;
    assert.ok(calls > 0, `faults().calls() counted no call during ${scenario.name}`);
    await assertConsistent({ work, done: true }, driver, 'call');
    return calls;
  });
}

async function prepareWork(scenario: Scenario, driver: Driver): Promise<Work> {
  const work = scenario.begin();
  await storeAcknowledged(driver);
  await work.prepare?.(driver);
  return work;
}

/** Does work of a kind while one of its calls fails. */
export async function interrupt(
  { scenario, call }: Moment,
  driver: Driver,
  faults: Faults,
  how: 'once' | 'forever',
): Promise<Interrupted> {
  const work = await prepareWork(scenario, driver);
  faults.fail(call, how);
  const said = await attempt(work, driver);
  assert.notEqual(said, false, 'the driver did not throw: it answered that something is absent, which is there');
  return { work, done: said === true };
}

/** What the driver answered; undefined if it threw, as it may when its storage fails. */
async function attempt(work: Work, driver: Driver): Promise<boolean | undefined> {
  try {
    return await work.act(driver);
  } catch {
    return undefined;
  }
}

/** Fails if the storage is inconsistent after the interruption, or if the work cannot be repeated successfully. */
export async function assertRecovers(interrupted: Interrupted, driver: Driver, loss: Loss): Promise<void> {
  const { work } = interrupted;
  const wasDone = await assertConsistent(interrupted, driver, loss);
  if (loss === 'power' && work.upload !== undefined) await assertUploadIntact(driver, work.upload);
  await prepareAgain(interrupted, driver, loss);
  const said = await work.act(driver);
  assert.ok(said || wasDone, 'when the work was repeated, the driver answered that something is absent, which is there');
  await assertStepOrder({ work, done: true }, driver, 'call');
  await work.after?.(driver);
}

/**
 * Fails if anything that was acknowledged before is missing, if an object is there in part, or if a step was done before an
 * earlier one. Gives whether all steps are done.
 */
async function assertConsistent(interrupted: Interrupted, driver: Driver, loss: Loss): Promise<boolean> {
  await assertNothingHalf(driver);
  await assertAcknowledgedKept(driver);
  return assertStepOrder(interrupted, driver, loss);
}

/** Fails unless everything that was acknowledged, before the work and by it, has survived the loss of power. */
export async function assertKept({ work }: Interrupted, driver: Driver): Promise<void> {
  await assertAcknowledgedKept(driver);
  await assertStepOrder({ work, done: true }, driver, 'power');
  await work.after?.(driver);
}

/** Fails if the work was reported as done and a step is not, or if a step was done before an earlier one. Gives whether all are. */
async function assertStepOrder({ work, done }: Interrupted, driver: Driver, loss: Loss): Promise<boolean> {
  let missing: string | undefined;
  for (const step of work.steps) {
    if (step.ofUpload && loss === 'power') continue;
    const isDone = await step.done(driver);
    assert.ok(isDone || !done, `it was reported as done, but this does not hold: ${step.what}`);
    assert.ok(!isDone || missing === undefined, `steps are out of order: ${step.what}, but not yet: ${missing}`);
    if (!isDone) missing ??= step.what;
  }
  return missing === undefined;
}

/** Repeats the work without reading anything before or after: reading may make a change durable. */
export async function repeatUnobserved(interrupted: Interrupted, driver: Driver, loss: Loss): Promise<void> {
  await prepareAgain(interrupted, driver, loss);
  await interrupted.work.act(driver);
}

/** Prepares the work again if the upload that it needs has ended, or may have. */
async function prepareAgain({ work, done }: Interrupted, driver: Driver, loss: Loss): Promise<void> {
  const ended = loss === 'call' && !done && work.threw !== undefined && !(await work.threw(driver));
  if (ended || (loss === 'power' && work.upload !== undefined)) await work.prepare?.(driver);
}

/** Runs `use`; the message of what it throws begins with `where`. */
export async function withLocation(where: string, use: () => Promise<void>): Promise<void> {
  try {
    await use();
  } catch (error) {
    throw new Error(`${where}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}
