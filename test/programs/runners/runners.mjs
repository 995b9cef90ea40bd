// @ts-check
/** The test runners: how each is started on a file, and how its own words are read. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { installBeside, project } from '../../support/install-beside.ts';

/**
 * @typedef {{ passed: number, skipped: number, failed: number }} Counts
 *
 * @typedef {object} Runner
 * @property {string} name
 * @property {readonly string[]} words what Node is given before the file, in the folder
 * @property {string} [folder] where it runs, if not in the folder of the project
 * @property {string} [suite] the file that runs the driver suite
 * @property {string} recipe the example of a registry in its tests, in examples/testing
 * @property {(output: string) => Counts | undefined} read what the runner itself counted
 *
 * @typedef {object} Run
 * @property {number | null} code
 * @property {string} output
 * @property {Counts | undefined} counts
 * @property {number} seconds
 */

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
    suite: 'test/programs/runners/suite.vitest.mjs',
    recipe: 'vitest.test.mjs',
    read: (output) => numbersBefore(/^ *Tests {2}(.+)$/m.exec(output)?.[1]),
  },
  {
    name: 'Jest',
    words: ['node_modules/jest/bin/jest.js', '--config', 'test/programs/runners/jest.config.cjs', '--verbose'],
    suite: 'test/programs/runners/suite.jest.cjs',
    recipe: 'jest.test.cjs',
    read: (output) => numbersBefore(/^Tests: +(.+)$/m.exec(output)?.[1]),
  },
  {
    name: 'node:test',
    words: ['--test', '--test-reporter', 'spec'],
    suite: 'test/programs/runners/suite.node.mjs',
    recipe: 'node.test.mjs',
    read(output) {
      const after = (/** @type {string} */ word) => new RegExp(`^ℹ ${word} (\\d+)$`, 'm').exec(output)?.[1];
      const [passed, skipped, failed] = ['pass', 'skipped', 'fail'].map(after).map(Number);
      return counts(passed, skipped, failed);
    },
  },
  {
    name: 'mocha',
    words: ['node_modules/mocha/bin/mocha.js'],
    suite: 'test/programs/runners/suite.mocha.mjs',
    recipe: 'mocha.test.mjs',
    read: (output) => numbersBefore(/^ *\d+ passing[\s\S]*?(?=\n\n)/m.exec(output)?.[0]),
  },
  {
    name: 'Playwright',
    words: ['node_modules/@playwright/test/cli.js', 'test'],
    folder: '.cache/playwright',
    recipe: 'playwright.spec.mjs',
    read: (output) => numbersBefore(/(?:^ +\d+ (?:passed|failed|skipped).*\n)+/m.exec(output)?.[0]),
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

/** Installs what no other test needs: Playwright without its browsers, beside the package and the recipe. */
export function installPlaywright() {
  const folder = join(project, '.cache/playwright');
  installBeside(folder, { '@playwright/test': '1.65.1' });
  for (const name of ['client.cjs', 'playwright.spec.mjs']) cpSync(join(project, 'examples/testing', name), join(folder, name));
}

/**
 * Runs a file.
 * @param {Runner} runner
 * @param {string} file
 * @param {NodeJS.ProcessEnv} [more] further variables
 * @returns {Promise<Run>}
 */
export async function run({ words, folder = '', read }, file, more = {}) {
  const started = performance.now();
  const env = { ...process.env, FORCE_COLOR: undefined, NO_COLOR: '1', ...more };
  const cwd = join(project, folder);
  const child = spawn(process.execPath, [...words, file], { cwd, env, stdio: ['ignore', 'pipe', 'pipe'], timeout: patience });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text) => {
      output += text;
    });
  }
  const [code] = await once(child, 'close');
  return { code, output, counts: read(output), seconds: (performance.now() - started) / 1000 };
}
