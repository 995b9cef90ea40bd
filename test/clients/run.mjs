// @ts-check
/**
 * A real client against `stowage serve`: skopeo pushes and pulls a real image, on every driver.
 *
 *     npm run clients [-- --workers N]
 *
 * Workers are for the fs driver only; the memory driver is always of one process.
 */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { startServer } from '../serving.mjs';
import { installPrograms } from './install.mjs';
import { writeLayout } from './layout.mjs';
import { scenarios } from './scenarios.mjs';

const { workers } = parseArgs({ options: { workers: { type: 'string', default: '1' } } }).values;
const programs = installPrograms();
const folder = await mkdtemp(join(tmpdir(), 'stowage-clients-'));
const source = join(folder, 'source');
await writeLayout(source, await readFile(programs.busybox), ['amd64', 'arm64']);
const counts = { passed: 0, failed: 0 };
for (const driver of ['memory', 'fs']) {
  const flags = driver === 'fs' ? ['--root', join(folder, 'root'), '--workers', workers] : [];
  const server = await startServer(['--driver', driver, ...flags]);
  for (const [title, scenario] of Object.entries(scenarios)) await attempt(`${driver}: ${title}`, server.host, scenario);
  const { code, stderr } = await server.end();
  if (code !== 0 || stderr !== '') fail(`${driver}: the server ended with ${code} and wrote: ${stderr || 'nothing'}`);
}
await rm(folder, { recursive: true });
console.log(`${counts.passed} passed, ${counts.failed} failed`);
process.exitCode = counts.failed === 0 ? 0 : 1;

/**
 * @param {string} title
 * @param {string} host
 * @param {import('./scenarios.mjs').Scenario} scenario
 */
async function attempt(title, host, scenario) {
  const work = await mkdtemp(join(folder, 'work-'));
  try {
    await scenario({ registry: `docker://${host}`, source, work, skopeo });
    counts.passed += 1;
    console.log(`ok     ${title}`);
  } catch (error) {
    fail(`${title}\n${error instanceof Error ? error.stack : error}`);
  }
}

/** @param {string} words */
function fail(words) {
  counts.failed += 1;
  console.log(`FAILED ${words}`);
}

/**
 * Runs skopeo and gives what it printed; throws what it wrote to stderr if it fails.
 * @param {...string} words
 */
async function skopeo(...words) {
  const home = join(folder, 'home');
  await mkdir(home, { recursive: true });
  // Nothing of this machine's own settings, and no credentials.
  const env = { PATH: process.env.PATH ?? '', HOME: home, XDG_RUNTIME_DIR: home, REGISTRY_AUTH_FILE: join(home, 'none.json') };
  const { stdout } = await promisify(execFile)(programs.skopeo, ['--insecure-policy', ...words], { env, timeout: 120_000 });
  return stdout;
}
