// @ts-check
/** The test runners: how each is started on the suite, and how its own words are read. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

/**
 * @typedef {{ passed: number, skipped: number, failed: number }} Counts
 *
 * @typedef {object} Runner
 * @property {string} name
 * @property {readonly string[]} words what Node is given, in the folder of the project
 * @property {(output: string) => Counts | undefined} read what the runner itself counted
 *
 * @typedef {object} Run
 * @property {number | null} code
 * @property {string} output
 * @property {Counts | undefined} counts
 * @property {number} seconds
 */

const project = join(import.meta.dirname, '../../..');
/** How long a run may take, in milliseconds. */
const patience = 600_000;

/** @type {readonly Runner[]} */
export const runners = [
  {
    name: 'vitest',
    words: [
      'node_modules/vitest/vitest.mjs',
      'run',
      '--config',
      'test/programs/runners/vitest.config.cjs',
      '--reporter',
      'verbose',
    ],
    read: (output) => numbersBefore(/^ *Tests {2}(.+)$/m.exec(output)?.[1]),
  },
  {
    name: 'Jest',
    words: ['node_modules/jest/bin/jest.js', '--config', 'test/programs/runners/jest.config.cjs', '--verbose'],
    read: (output) => numbersBefore(/^Tests: +(.+)$/m.exec(output)?.[1]),
  },
  {
    name: 'node:test',
    words: ['--test', '--test-reporter', 'spec', 'test/programs/runners/suite.node.mjs'],
    read(output) {
      const after = (/** @type {string} */ word) => new RegExp(`^ℹ ${word} (\\d+)$`, 'm').exec(output)?.[1];
      const [passed, skipped, failed] = ['pass', 'skipped', 'fail'].map(after).map(Number);
      return counts(passed, skipped, failed);
    },
  },
  {
    name: 'mocha',
    words: ['node_modules/mocha/bin/mocha.js', 'test/programs/runners/suite.mocha.mjs'],
    read: (output) => numbersBefore(/^ *\d+ passing[\s\S]*?(?=\n\n)/m.exec(output)?.[0]),
  },
];

/**
 * The numbers before `passed`, `skipped` and `failed`, or mocha's words for them; what is not named is none.
 * @param {string | undefined} summary
 */
function numbersBefore(summary) {
  const before = (/** @type {string} */ words) => Number(new RegExp(`(\\d+) (${words})`).exec(summary ?? '')?.[1] ?? 0);
  return summary === undefined ? undefined : counts(before('pass(ed|ing)'), before('skipped|pending'), before('fail(ed|ing)'));
}

/** @param {(number | undefined)[]} numbers */
function counts(...numbers) {
  const [passed = Number.NaN, skipped = Number.NaN, failed = Number.NaN] = numbers;
  return Number.isNaN(passed + skipped + failed) ? undefined : { passed, skipped, failed };
}

/**
 * Runs the suite on a subject.
 * @param {Runner} runner
 * @param {string} subject
 * @returns {Promise<Run>}
 */
export async function run({ words, read }, subject) {
  const started = performance.now();
  const env = { ...process.env, FORCE_COLOR: undefined, NO_COLOR: '1', STOWAGE_SUBJECT: subject };
  const child = spawn(process.execPath, words, { cwd: project, env, stdio: ['ignore', 'pipe', 'pipe'], timeout: patience });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text) => {
      output += text;
    });
  }
  const [code] = await once(child, 'close');
  return { code, output, counts: read(output), seconds: (performance.now() - started) / 1000 };
}
