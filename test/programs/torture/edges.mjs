// @ts-check
/**
 * Hostile requests, refusals, contention, aborts and exhaustion at ten times the usual counts, and contention between
 * processes: two servers on one directory, and one server of two workers.
 */
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startProgram, startServer } from '../../support/command.ts';
import { limited } from './descriptors.mjs';
import { full } from './full.mjs';
import { refusals } from './refusals.mjs';

const project = fileURLToPath(new URL('../../..', import.meta.url));
const vitest = join(project, 'node_modules/vitest/vitest.mjs');

/** @typedef {{ passed: number, failed: number }} Counts */

/**
 * Runs everything and prints what each part found.
 * @param {{ times: number, seed: string }} options
 * @returns {Promise<Counts>}
 */
export async function edges({ times, seed }) {
  const chance = { STOWAGE_TIMES: String(times), STOWAGE_SEED: seed };
  /** @type {readonly [title: string, part: () => Promise<Counts>][]} */
  const parts = [
    ['hostile requests', () => tests(['test/http/hostile'], chance)],
    ['bodies that are refused on their way', () => refusals({ tries: 100 * times })],
    ['contention', () => tests(['test/http/contention'], chance)],
    ['aborts', () => tests(['test/http/aborts'], chance)],
    ['10,000 registries in tests', () => tests(['test/http/fixture/leaks'], { ...chance, STOWAGE_TIMES: '20' })],
    ['exhaustion', () => tests(['test/http/exhaustion'], chance)],
    [
      'two servers on one directory',
      () =>
        withRoot((root) =>
          between(
            [
              ['--root', root],
              ['--root', root],
            ],
            chance,
          ),
        ),
    ],
    ['one server of two workers', () => workers(chance)],
    ['a full disk', () => full(seed)],
    ['few descriptors', () => limited(seed)],
  ];
  const sum = { passed: 0, failed: 0 };
  for (const [title, part] of parts) {
    const start = Date.now();
    const { passed, failed } = await part();
    console.log(`${title}: ${passed} passed, ${failed} failed, ${((Date.now() - start) / 1000).toFixed(1)} s`);
    sum.passed += passed;
    sum.failed += failed;
  }
  return sum;
}

/** @param {Record<string, string>} chance */
async function workers(chance) {
  const { stdout } = await startProgram(['--help']).ended;
  if (!stdout.includes('--workers')) {
    console.log('one server of two workers: skipped, this build has no --workers');
    return { passed: 0, failed: 0 };
  }
  return withRoot((root) => between([['--root', root, '--workers', '2']], chance));
}

/**
 * Contention over servers that share a store.
 * @param {readonly (readonly string[])[]} flags those of each server
 * @param {Record<string, string>} chance
 */
async function between(flags, chance) {
  const servers = [];
  try {
    for (const words of flags) servers.push(await startServer(words));
    return await tests(['test/http/contention'], { ...chance, STOWAGE_ORIGINS: servers.map(({ url }) => url).join() });
  } finally {
    for (const { end } of servers) {
      const { code, stderr } = await end();
      if (code !== 0 || stderr !== '') console.log(`a server ended with ${code} and wrote: ${stderr}`);
    }
  }
}

/**
 * Runs test files; prints what failed.
 * @param {readonly string[]} files
 * @param {Record<string, string>} surroundings
 * @returns {Promise<Counts>}
 */
async function tests(files, surroundings) {
  const folder = await mkdtemp(join(tmpdir(), 'stowage-torture-'));
  const report = join(folder, 'report.json');
  const words = [vitest, 'run', ...files, '--typecheck.enabled=false', '--reporter=json', `--outputFile=${report}`];
  const child = spawn(process.execPath, words, {
    cwd: project,
    env: { ...process.env, ...surroundings },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  await new Promise((resolve) => child.once('close', resolve));
  const { numPassedTests: passed, numFailedTests, testResults, success } = JSON.parse(await readFile(report, 'utf8'));
  await rm(folder, { recursive: true });
  for (const { assertionResults } of testResults) {
    for (const { status, fullName, failureMessages } of assertionResults) {
      if (status === 'failed') console.log(`  FAILED ${fullName}\n    ${String(failureMessages[0]).slice(0, 1500)}`);
    }
  }
  return { passed, failed: numFailedTests || (success ? 0 : 1) };
}

/**
 * Does something with a new directory.
 * @template T
 * @param {(root: string) => Promise<T>} use
 */
async function withRoot(use) {
  const root = await mkdtemp(join(tmpdir(), 'stowage-torture-'));
  try {
    return await use(root);
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}
