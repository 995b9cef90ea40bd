// @ts-check
/**
 * Mounts the registry in every host of docs/hosts.md, as a user would, and checks each with real clients.
 *
 *     npm run hosts [-- NAME…]
 *
 * Prints the matrix, and fails where the page shows another one.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startCounting } from '../../support/counting.ts';
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

const { add, attempt, finish } = startCounting();

/** @type {Record<string, number>} */
const passed = {};
for (const name of names.length > 0 ? names : Object.keys(hosts)) {
  const failures = await check(name);
  console.log(`${failures.length === 0 ? 'ok    ' : 'FAILED'} ${name}`);
  for (const failure of failures) console.log(`       ${failure.slice(0, 2_000)}`);
  add([...Array(passed[name]).fill('passed'), ...failures.map(() => /** @type {const} */ ('failed'))]);
}
if (names.length === 0) {
  await attempt('msw', () => execFileSync(process.execPath, ['msw.mjs'], { cwd: folder, stdio: 'ignore', timeout: 60_000 }));
  const matrix = matrixOf(passed);
  console.log(`\n${matrix}\n`);
  await attempt('docs/hosts.md shows this matrix', () => {
    assert.ok(readFileSync(new URL('../../../docs/hosts.md', import.meta.url), 'utf8').includes(matrix), 'it shows another one');
  });
}
finish();

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
