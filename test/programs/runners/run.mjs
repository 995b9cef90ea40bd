// @ts-check
/**
 * The driver suite under vitest, Jest, node:test and mocha: each has to count the same, show what was skipped and why, wait for
 * slow cases, and fail for drivers that are wrong or leave something behind. Then the recipes for a registry in a test, which
 * Playwright has as well.
 *
 *     npm run runners
 */
import { isDeepStrictEqual } from 'node:util';
import { driverCases, wireCases } from 'stowage/driver-suite';
import { fsDriver } from 'stowage/drivers/fs';
import { memoryDriver } from 'stowage/drivers/memory';
import { installPlaywright, run, runners } from './runners.mjs';
import { drivers, leaks } from './subjects.cjs';

/** @typedef {import('./runners.mjs').Run} Run */

/**
 * What a run on each subject has to be; each gives what is wrong with it.
 * @type {Record<string, (run: Run) => string[]>}
 */
const judges = {
  memory: judgeRight(drivers.memory),
  fs: judgeRight(drivers.fs),
  slow: (run) => [...judgeCounts(run, { passed: 1, skipped: 0, failed: 0 }), ...judgeCode(run, true)],
  forgetful: (run) => [...((run.counts?.failed ?? 0) > 0 ? [] : ['nothing failed']), ...judgeCode(run, false)],
  leaking(run) {
    const told = run.output.split('\n').filter((line) => line.includes('the process holds more than before: '));
    const missed = Object.keys(leaks).filter((what) => !told.some((line) => line.includes(leaks[what].named)));
    return [
      ...judgeCounts(run, { passed: 0, skipped: 0, failed: Object.keys(leaks).length }),
      ...missed.map((what) => `it does not name the ${what} that was left`),
      ...judgeCode(run, false),
    ];
  },
};

const tally = { passed: 0, failed: 0 };
print(['runner', 'subject', 'passed', 'skipped', 'failed', 'seconds']);
for (const [subject, judge] of Object.entries(judges)) {
  // What a driver does is the same under each of them: fs, which takes long, runs under one.
  for (const runner of subject === 'fs' ? runners.slice(0, 1) : runners)
    if (runner.suite) await play(runner, subject, () => run(runner, runner.suite ?? '', { STOWAGE_SUBJECT: subject }), judge);
}
installPlaywright();
for (const runner of runners)
  await play(
    runner,
    runner.recipe,
    () => run(runner, runner.folder ? runner.recipe : `examples/testing/${runner.recipe}`),
    judgeRecipe,
  );
console.log(`${tally.passed} passed, ${tally.failed} failed`);
process.exitCode = tally.failed === 0 ? 0 : 1;

/** @param {Run} run */
function judgeRecipe(run) {
  return [...judgeCounts(run, { passed: 3, skipped: 0, failed: 0 }), ...judgeCode(run, true)];
}

/**
 * @param {import('./runners.mjs').Runner} runner
 * @param {string} subject
 * @param {() => Promise<Run>} start
 * @param {(run: Run) => string[]} judge
 */
async function play(runner, subject, start, judge) {
  const done = await start();
  const { passed = '?', skipped = '?', failed = '?' } = done.counts ?? {};
  print([runner.name, subject, passed, skipped, failed, done.seconds.toFixed(1)]);
  const problems = judge(done);
  tally[problems.length === 0 ? 'passed' : 'failed'] += 1;
  for (const problem of problems) console.log(`FAILED ${runner.name}, ${subject}: ${problem}`);
  if (problems.length > 0) console.log(done.output.replaceAll(/^/gm, '  | '));
}

/** @param {readonly (string | number)[]} cells */
function print([runner, subject, ...numbers]) {
  const cells = [String(runner).padEnd(10), String(subject).padEnd(19), ...numbers.map((number) => String(number).padStart(7))];
  console.log(cells.join(' | '));
}

/**
 * For a driver that keeps the contract: all that can be run passes, and the rest is shown with its reason.
 * @param {typeof drivers[string]} driver
 * @returns {(run: Run) => string[]}
 */
function judgeRight(driver) {
  const options = driver({ memoryDriver, fsDriver });
  const cases = [...driverCases(options), ...wireCases(options)];
  const skips = cases.filter(({ skipped }) => skipped !== undefined);
  return (run) => {
    const hidden = skips.filter(({ name, skipped }) => !run.output.includes(`${name} (${skipped})`));
    return [
      ...judgeCounts(run, { passed: cases.length - skips.length, skipped: skips.length, failed: 0 }),
      ...hidden.map(({ name }) => `it does not say why this was skipped: ${name}`),
      ...judgeCode(run, true),
    ];
  };
}

/**
 * @param {Run} run
 * @param {import('./runners.mjs').Counts} expected
 */
function judgeCounts({ counts }, expected) {
  return isDeepStrictEqual(counts, expected) ? [] : [`it counted ${JSON.stringify(counts)}, not ${JSON.stringify(expected)}`];
}

/**
 * @param {Run} run
 * @param {boolean} good
 */
function judgeCode({ code }, good) {
  return (code === 0) === good ? [] : [`its exit code is ${code}`];
}
