// @ts-check
/**
 * All that the package is for: the packed package on each Node, in Bun and in Deno, what users write in TypeScript under each
 * compiler, and on each Node the tests that meet a socket, a disk or a process.
 *
 *     npm run matrix [-- NAME…]
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { startCounting } from '../../support/counting.ts';
import { project } from '../../support/install-beside.ts';
import { compilers, folder, folderOfNode, installAll, nodes } from './install.ts';

/** @typedef {{ passed: number, failed: number }} Counts */

const names = process.argv.slice(2);
const isWanted = (/** @type {string} */ name) => names.length === 0 || names.some((each) => name.includes(each));
let ran = 0;
installAll();
const { add, finish } = startCounting();

const runtimes = {
  ...Object.fromEntries(Object.entries(nodes).map(([name, version]) => [name, [join(folderOfNode(version), 'node')]])),
  Bun: ['node_modules/.bin/bun'],
  Deno: ['node_modules/.bin/deno', 'run', '--allow-all'],
};
// Deno keeps what it has read of a file by its time, and in packages all have the same one.
const caches = join(folder, 'deno');
rmSync(caches, { recursive: true, force: true });
const programs = { 'the package': 'packed.mjs', 'a registry in a test': 'fixture.mjs' };
for (const [name, words] of Object.entries(runtimes)) {
  for (const [what, program] of Object.entries(programs))
    await count(`${name}: ${what}`, [...words, program], { cwd: folder, env: { DENO_DIR: caches } });
}

const uses = {
  'as a module': ['module'],
  'as CommonJS': ['commonjs'],
  'for a bundler': ['module', '--module', 'esnext', '--moduleResolution', 'bundler'],
};
for (const [name, packageName] of Object.entries(compilers)) {
  for (const [how, words] of Object.entries(uses)) {
    const program = [process.execPath, `node_modules/${packageName}/bin/tsc`, '-p'];
    await count(`${name}: a user, ${how}`, [...program, ...words], { cwd: folder });
  }
}

// What meets a socket, a disk or a process: all else is the same on each.
const folders = ['test/http', 'test/programs', 'test/drivers/fs', 'test/drivers/suite-over-http'];
const tests = ['node_modules/vitest/vitest.mjs', 'run', '--typecheck.enabled=false', ...folders];
for (const [name, version] of Object.entries(nodes)) {
  const env = { PATH: `${folderOfNode(version)}${delimiter}${process.env.PATH}` };
  await count(`${name}: the tests`, ['node', ...tests], { cwd: project, env });
}
if (ran === 0) throw new Error(`nothing is named ${names.join(' or ')}`);
finish();

/**
 * Runs a program, and counts what it says has passed and failed; one that counts nothing is counted by its exit code.
 * @param {string} title
 * @param {readonly string[]} words
 * @param {{ cwd: string, env?: NodeJS.ProcessEnv }} options
 */
async function count(title, [program = '', ...words], options) {
  if (!isWanted(title)) return;
  ran += 1;
  const started = Date.now();
  const env = { ...process.env, NO_COLOR: '1', ...options.env };
  const child = spawn(program, words, { ...options, env, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => (output += text));
  const [code] = await once(child, 'close');
  const { passed, failed } = countsIn(output) ?? { passed: code === 0 ? 1 : 0, failed: 0 };
  // What ends badly and says nothing of a failure has failed all the same.
  const failures = code === 0 ? failed : Math.max(failed, 1);
  add([...Array(passed).fill('passed'), ...Array(failures).fill('failed')]);
  const seconds = Math.round((Date.now() - started) / 1_000);
  console.log(`${failures === 0 ? 'ok    ' : 'FAILED'} ${title}: ${passed} passed, ${failures} failed, ${seconds} s`);
  if (failures > 0) console.log(output.replaceAll(/^/gm, '       '));
}

/**
 * The counts of vitest, or those of a script; undefined where there are none.
 * @param {string} output
 * @returns {Counts | undefined}
 */
function countsIn(output) {
  const line = /^ *Tests +\d+ .*$|^\d+ passed, \d+ failed$/m.exec(output)?.[0];
  if (line === undefined) return undefined;
  const number = (/** @type {string} */ word) => Number(new RegExp(`(\\d+) ${word}`).exec(line)?.[1] ?? 0);
  return { passed: number('passed'), failed: number('failed') };
}
