// @ts-check
/**
 * Tools that others wrote, tested with `stowage/testing` as their authors would, from the packed package: pushes and pulls, logins and faults.
 *
 *     npm run tools [-- NAME…]
 */
import { spawnSync } from 'node:child_process';
import { cpSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { makeCertificate } from '../../support/certificate.ts';
import { startCounting } from '../../support/counting.ts';
import { dependenciesIn, installBeside, project } from '../../support/install-beside.ts';

const here = fileURLToPath(new URL('.', import.meta.url));
const folder = join(project, '.cache/tools');
const names = process.argv.slice(2);

installBeside(folder, dependenciesIn(here));
cpSync(join(here, 'tests'), join(folder, 'tests'), { recursive: true });
makeCertificate(folder);

const { add, finish } = startCounting();
for (const file of readdirSync(join(here, 'tests'))) {
  const name = file.replace('.test.mjs', '');
  if (names.length > 0 && !names.includes(name)) continue;
  const started = performance.now();
  const { stdout, stderr } = spawnSync(process.execPath, ['--test', '--test-reporter=tap', `tests/${file}`], {
    cwd: folder,
    encoding: 'utf8',
    timeout: 120_000,
  });
  const seconds = ((performance.now() - started) / 1_000).toFixed(1);
  const [passed = 0, ...others] = ['pass', 'fail', 'cancelled'].map((word) =>
    Number(new RegExp(`^# ${word} (\\d+)$`, 'm').exec(stdout)?.[1] ?? 0),
  );
  // A file that ends without a count has failed.
  const failures = passed === 0 ? 1 : others.reduce((sum, count) => sum + count);
  add([...Array(passed).fill('passed'), ...Array(failures).fill('failed')]);
  console.log(`${failures === 0 ? 'ok    ' : 'FAILED'} ${name}: ${passed} passed, ${failures} failed, ${seconds} s`);
  if (failures > 0) console.log(`${stdout}\n${stderr}`.replaceAll(/^/gm, '       '));
}
finish();
