// @ts-check
/**
 * Runs the OCI conformance program against `stowage serve`, on every driver, as stable and as strict as it can be.
 *
 *     npm run conformance [-- --workers N]
 *
 * Workers are for fs and s3, which is on a real S3 server; the memory driver is always of one process.
 * Its exit code is 0 also where nothing was tested, so what counts here are the numbers that it prints.
 */
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startServer } from '../../support/command.ts';
import { installGoProgram } from '../../support/go.ts';
import { startGateway } from '../../support/s3/gateway.ts';
import { failuresIn, readCounts } from './output.mjs';

/**
 * @typedef {object} Run
 * @property {string} title
 * @property {Record<string, string>} environment
 * @property {string[]} flags of the server
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
    pass: 1032,
    disabled: 0,
    more: true,
  },
];

const { workers } = parseArgs({ options: { workers: { type: 'string', default: '1' } } }).values;
const program = installGoProgram('github.com/opencontainers/distribution-spec/conformance', 'v0.0.0-20260831232431-97274622c111');
const folder = await mkdtemp(join(tmpdir(), 'stowage-conformance-'));
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
let failed = 0;
for (const driver of /** @type {const} */ (['memory', 'fs', 's3'])) {
  for (const [index, run] of runs.entries()) {
    const place = join(folder, `${driver}-${index}`);
    const server = await startServer(['--driver', driver, ...flagsOf(`${driver}-${index}`)[driver], ...run.flags]);
    const output = await runProgram(server.host, run, place);
    const { code, stderr } = await server.end();
    const problems = judge(run, output);
    if (code !== 0 || stderr !== '') problems.push(`the server ended with ${code} and wrote: ${stderr || 'nothing'}`);
    console.log(`${problems.length === 0 ? 'ok    ' : 'FAILED'} ${driver}, ${run.title}: ${summary(output)}`);
    for (const problem of problems) console.log(`       ${problem}`);
    if (problems.length > 0) failed += 1;
    if (driver === 'fs') await rm(`${place}-root`, { recursive: true });
  }
}
console.log(`results in ${folder}`);
await gateway.close();
console.log(`${runs.length * 3 - failed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;

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
