// @ts-check
/**
 * Mounts the registry in every host of docs/hosts.md, as a user would, and checks each with real clients.
 *
 *     npm run hosts [-- NAME…]
 *
 * Prints the matrix, and fails where the page shows another one.
 */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { installPrograms } from '../../support/debian.ts';
import { installGoProgram } from '../../support/go.ts';
import { checks } from './checks.ts';
import { hosts } from './hosts.ts';
import { folder, installHosts, startHost } from './install.ts';
import { matrixOf } from './matrix.ts';

const names = process.argv.slice(2);
const crane = installGoProgram('github.com/google/go-containerregistry/cmd/crane', 'v0.22.1');
installPrograms({ nginx: 'nginx-light', caddy: 'caddy' });
installHosts();
const layer = makeLayer();

/** @type {Record<string, number>} */
const passed = {};
let failed = 0;
for (const name of names.length > 0 ? names : Object.keys(hosts)) {
  const failures = await check(name);
  failed += failures.length;
  console.log(`${failures.length === 0 ? 'ok    ' : 'FAILED'} ${name}`);
  for (const failure of failures) console.log(`       ${failure.slice(0, 2_000)}`);
}
if (names.length === 0) await answerForMsw();
const all = Object.values(passed).reduce((sum, count) => sum + count, 0);
if (names.length === 0) {
  const matrix = matrixOf(passed);
  console.log(`\n${matrix}\n`);
  if (!readFileSync(new URL('../../../docs/hosts.md', import.meta.url), 'utf8').includes(matrix)) {
    failed += 1;
    console.log('FAILED docs/hosts.md shows another matrix');
  }
}
console.log(`${all} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;

/** Runs what needs no server. */
async function answerForMsw() {
  const child = spawn(process.execPath, ['msw.mjs'], { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'], timeout: 60_000 });
  const [code] = await once(child, 'close');
  passed.msw = code === 0 ? 1 : 0;
  failed += code === 0 ? 0 : 1;
  console.log(`${code === 0 ? 'ok    ' : 'FAILED'} msw`);
}

/** An archive of one file, for crane. */
function makeLayer() {
  writeFileSync(join(folder, 'hello.txt'), 'hello\n'.repeat(10_000));
  execFileSync('tar', ['-cf', 'layer.tar', 'hello.txt'], { cwd: folder });
  return join(folder, 'layer.tar');
}

/**
 * Starts a host and checks it; gives what failed.
 * @param {string} name
 */
async function check(name) {
  passed[name] = 0;
  const started = await startHost(name).catch((error) => String(error));
  if (typeof started === 'string') return [started];
  const { without = [] } = hosts[name] ?? {};
  /** @type {string[]} */
  const failures = [];
  for (const [title, run] of Object.entries(checks)) {
    const failure = await run({ ...started, crane, folder, layer }).catch((error) => String(error));
    if (failure === undefined) passed[name] += 1;
    // What cannot pass has to fail, or the page says what does not hold any longer.
    if (without.includes(title)) {
      if (failure === undefined) failures.push(`${title}: it passes`);
    } else if (failure !== undefined) failures.push(`${title}: ${failure}`);
  }
  const written = await started.end();
  if (written !== '') failures.push(`it wrote: ${written}`);
  return failures;
}
