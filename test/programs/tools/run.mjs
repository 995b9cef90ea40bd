// @ts-check
/**
 * Tools that others wrote, tested with `stowage/testing` as their authors would, from the packed package: pushes and pulls, logins and faults.
 * Beside them runs a spec with mocked replies, as its package has it, which one of the tests says again with a registry.
 *
 *     npm run tools [-- NAME…]
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { makeCertificate } from '../../support/certificate.ts';
import { blocksOf } from '../../support/code-blocks.ts';
import { startCounting } from '../../support/counting.ts';
import { dependenciesIn, installBeside, project } from '../../support/install-beside.ts';

const here = fileURLToPath(new URL('.', import.meta.url));
const folder = join(project, '.cache/tools');
const names = process.argv.slice(2);

installBeside(folder, dependenciesIn(here));
cpSync(join(here, 'tests'), join(folder, 'tests'), { recursive: true });
makeCertificate(folder);

const { add, attempt, finish } = startCounting();
const isWanted = (/** @type {string} */ name) => names.length === 0 || names.includes(name);
const spec = 'node_modules/nodegistry/src/lib/modem.spec.js';
for (const file of readdirSync(join(here, 'tests'))) {
  const name = file.replace('.test.mjs', '');
  if (!isWanted(name)) continue;
  const titles = run(name, ['--test', '--test-reporter=tap', `tests/${file}`]);
  if (name === 'nodegistry') await compare(`tests/${file}`, titles);
}
finish();

/**
 * Runs tests that print TAP, and counts them.
 * @param {string} name
 * @param {readonly string[]} words of Node
 * @returns {readonly string[]} the names of those that passed
 */
function run(name, words) {
  const started = performance.now();
  const { stdout, stderr } = spawnSync(process.execPath, words, { cwd: folder, encoding: 'utf8', timeout: 120_000 });
  const seconds = ((performance.now() - started) / 1_000).toFixed(1);
  const [passed = 0, ...others] = ['pass', 'fail', 'cancelled'].map((word) =>
    Number(new RegExp(`^# ${word} (\\d+)$`, 'm').exec(stdout)?.[1] ?? 0),
  );
  // A file that ends without a count has failed.
  const failures = passed === 0 ? 1 : others.reduce((sum, count) => sum + count);
  add([...Array(passed).fill('passed'), ...Array(failures).fill('failed')]);
  console.log(`${failures === 0 ? 'ok    ' : 'FAILED'} ${name}: ${passed} passed, ${failures} failed, ${seconds} s`);
  if (failures > 0) console.log(`${stdout}\n${stderr}`.replaceAll(/^/gm, '       '));
  return [...stdout.matchAll(/^ok \d+ (?:- )?(.*)$/gm)].map(([, title = '']) => title);
}

/**
 * Runs the spec with mocked replies, and prints how long it is and how long what says it again, which has to be what docs/testing.md shows.
 * @param {string} again
 * @param {readonly string[]} said the tests in there, which have the names of the spec
 */
async function compare(again, said) {
  const mocked = run(spec, ['node_modules/.bin/mocha', '--reporter', 'tap', spec]);
  const left = mocked.filter((title) => !said.some((each) => title.endsWith(each)));
  const lines = [about(spec, mocked.length), about(again, said.length), ...left.map((title) => `not said again: ${title}`)];
  console.log(lines.join('\n'));
  await attempt('each test says again one of the spec', () => assert.equal(said.length + left.length, mocked.length));
  await attempt('docs/testing.md shows these lines', () => {
    const shown = blocksOf('docs/testing.md').map(({ code }) => code.trim());
    assert.ok(shown.includes(lines.join('\n')));
  });
}

/**
 * @param {string} path
 * @param {number} tests
 */
function about(path, tests) {
  const text = readFileSync(join(folder, path), 'utf8');
  const counts = { tests, lines: text.split('\n').length - 1, 'characters of code': text.replaceAll(/\s/g, '').length };
  const replies = [...text.matchAll(/\.reply\(/g)].length;
  return `${path}: ${Object.entries({ ...counts, 'replies written by hand': replies })
    .map(([what, count]) => `${count} ${what}`)
    .join(', ')}`;
}
