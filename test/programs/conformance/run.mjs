// @ts-check
/**
 * Runs the OCI conformance program against `stowage serve`, on every driver, as stable and as strict as it can be.
 *
 *     npm run conformance [-- --workers N] [-- --host NAME]…
 *
 * With hosts, against those of `npm run hosts`, in memory, instead. Workers are for fs and s3, which is on a real S3 server; the memory driver is always of one process.
 * Its exit code is 0 also where nothing was tested, so what counts here are the numbers that it prints.
 */
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startServer } from '../../support/command.ts';
import { startCounting } from '../../support/counting.ts';
import { installGoProgram } from '../../support/go.ts';
import { startGateway } from '../../support/s3/gateway.ts';
import { installHosts, startHost } from '../hosts/install.ts';
import { failuresIn, readCounts } from './output.mjs';

/**
 * @typedef {object} Run
 * @property {string} title
 * @property {Record<string, string>} environment
 * @property {string[]} flags of the server
 * @property {object} [options] the same for a host
 * @property {number} pass how many must pass
 * @property {number} disabled how many the options turn off
 * @property {boolean} [more] whether more may pass
 */

/** @type {readonly Run[]} */
const runs = [
  { title: 'version 1.1', environment: { OCI_VERSION: '1.1' }, flags: [], pass: 860, disabled: 2 },
  {
    title: 'version dev, sparse',
    environment: { OCI_VERSION: 'dev', OCI_DATA_SPARSE: 'true' },
    flags: ['--allow-missing-references'],
    options: { allowMissingReferences: true },
    pass: 1032,
    disabled: 0,
    more: true,
  },
];

const options = /** @type {const} */ ({ workers: { type: 'string', default: '1' }, host: { type: 'string', multiple: true } });
const { workers, host: named } = parseArgs({ options }).values;
const program = installGoProgram('github.com/opencontainers/distribution-spec/conformance', 'v0.0.0-20260831232431-97274622c111');
const folder = await mkdtemp(join(tmpdir(), 'stowage-conformance-'));
const { add, finish } = startCounting();
if (named) await againstHosts(named);
else await againstDrivers();
console.log(`results in ${folder}`);
finish();

/** Runs all on `stowage serve`, on every driver. */
async function againstDrivers() {
  const gateway = await startGateway();
  const { accessKeyId, secretAccessKey } = gateway.clientConfig.credentials;
  // The SDK warns on stderr of the end of old versions of Node.
  Object.assign(process.env, { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey, NODE_NO_WARNINGS: '1' });
  /** @param {string} place */
  const flagsOf = (place) => ({
    memory: [],
    fs: ['--root', `${join(folder, place)}-root`, '--workers', workers],
    s3: ['--bucket', gateway.bucket, '--endpoint', gateway.origin, '--prefix', place, '--workers', workers],
  });
  for (const driver of /** @type {const} */ (['memory', 'fs', 's3'])) {
    for (const [index, run] of runs.entries()) {
      const name = `${driver}-${index}`;
      const server = await startServer(['--driver', driver, ...flagsOf(name)[driver], ...run.flags]);
      await against(driver, run, server.host, async () => {
        const { code, stderr } = await server.end();
        return code === 0 ? stderr : `${stderr} (exit code ${code})`;
      });
      if (driver === 'fs') await rm(`${join(folder, name)}-root`, { recursive: true });
    }
  }
  await gateway.close();
}

/**
 * Runs all on hosts.
 * @param {readonly string[]} names
 */
async function againstHosts(names) {
  installHosts();
  for (const name of names) {
    for (const run of runs) {
      const { origin, end } = await startHost(name, run.options);
      await against(name, run, new URL(origin).host, end);
    }
  }
}

/**
 * Runs the program on a registry that listens, ends that, and says how it went.
 * @param {string} name
 * @param {Run} run
 * @param {string} host
 * @param {() => Promise<string>} end gives what the server wrote to its error output
 */
async function against(name, run, host, end) {
  const output = await runProgram(host, run, join(folder, `${name}-${run.title}`));
  const written = await end();
  const problems = judge(run, output);
  if (written !== '') problems.push(`the server wrote: ${written}`);
  console.log(`${problems.length === 0 ? 'ok    ' : 'FAILED'} ${name}, ${run.title}: ${summary(output)}`);
  for (const problem of problems) console.log(`       ${problem}`);
  add([problems.length === 0 ? 'passed' : 'failed']);
}

/**
 * What the program prints about the registry at `host`.
 * @param {string} host
 * @param {Run} run
 * @param {string} results
 * @returns {Promise<string>}
 */
function runProgram(host, run, results) {
  const environment = { OCI_REGISTRY: host, OCI_TLS: 'disabled', OCI_RESULTS_DIR: results, ...run.environment };
  const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith('OCI_'));
  const env = { ...Object.fromEntries(inherited), ...environment };
  // In the temporary folder, where no configuration file lies about.
  const child = spawn(program, [], { cwd: folder, env, stdio: ['ignore', 'pipe', 'ignore'], timeout: 300_000 });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text) => {
    output += text;
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', () => resolve(output));
  });
}

/**
 * Everything that is not as it must be.
 * @param {Run} run
 * @param {string} output
 */
function judge(run, output) {
  const counts = readCounts(output);
  if (counts === undefined) return [`the program printed no result; the end of what it printed: ${output.slice(-500)}`];
  const problems = [];
  if (counts.result !== 'Pass') problems.push(`the result is ${counts.result}`);
  if (run.more ? counts.Pass < run.pass : counts.Pass !== run.pass) problems.push(`${counts.Pass} passed, not ${run.pass}`);
  if (counts.Disabled !== run.disabled) problems.push(`${counts.Disabled} were disabled, not ${run.disabled}`);
  for (const name of /** @type {const} */ (['Skip', 'FAIL', 'Error'])) {
    if (counts[name] !== 0) problems.push(`${name}: ${counts[name]}`);
  }
  return [...problems, ...failuresIn(output)];
}

/** @param {string} output */
function summary(output) {
  const counts = readCounts(output);
  if (counts === undefined) return 'no result';
  return `Pass ${counts.Pass}, Disabled ${counts.Disabled}, Skip ${counts.Skip}, FAIL ${counts.FAIL}, Error ${counts.Error}`;
}
