/** The guides for authors of drivers: each piece of code in them is run, or stands in an example that is. */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { beforeAll, describe, expect, it } from 'vitest';
import { blocksOf, blockWith } from '../support/code-blocks.ts';
import { hostOf, startProgram } from '../support/command.ts';
import { pushAndPull } from '../support/images.ts';
import { startS3Double } from '../support/s3/double.ts';

const project = join(import.meta.dirname, '../..');
/** Within the project, so that programs find the package by its name. */
const place = join(project, '.cache/guides');

const driver = `import { fsDriver } from 'stowage/drivers/fs';
export const createDriver = (root: string) => fsDriver({ root, durability: 'none' });
`;

/** Compiles TypeScript as a driver's project does; what comes out lies in `dist`. */
async function compile(files: Readonly<Record<string, string>>): Promise<void> {
  await rm(place, { recursive: true, force: true });
  await mkdir(place, { recursive: true });
  for (const [name, code] of Object.entries(files)) await writeFile(join(place, name), code);
  await writeFile(join(place, 'tsconfig.json'), await readFile(join(project, 'examples/drivers/empty/tsconfig.json')));
  await promisify(execFile)(process.execPath, [join(project, 'node_modules/typescript/bin/tsc'), '-p', place]);
}

const at = (name: string): string => join(place, 'dist', name);

describe('docs/drivers.md', { timeout: 120_000 }, () => {
  beforeAll(async () => {
    await compile({
      'driver.ts': driver,
      'suite.ts': blockWith('docs/drivers.md', 'const folders = new WeakMap'),
      'failures.ts': blockWith('docs/drivers.md', 'export function planFailures'),
    });
    await writeFile(at('suite.test.js'), blockWith('docs/drivers.md', 'testWire(suite'));
    const server = blockWith('docs/drivers.md', 'createServer(');
    const print = "function () { console.log('listening on 127.0.0.1:' + this.address().port) }";
    await writeFile(at('server.js'), server.replace(".listen(5000, '127.0.0.1')", `.listen(0, '127.0.0.1', ${print})`));
  }, 60_000);

  it('has a module for the suite that shows it all of the storage', async () => {
    const { code, stdout } = await startProgram(['test-driver', at('suite.js'), '--only', 'instance']).ended;
    expect(stdout).toMatch(/given {13}reopen yes, peer yes, /);
    expect(stdout).toMatch(/\n[1-9][0-9]* passed, 0 failed, 0 skipped\n$/);
    expect(code).toBe(0);
  });

  it('has a line that plays the races, in as many rounds as it says', async () => {
    const [, words = '', rounds = ''] = /^npm test -- (.* --rounds (\d+))$/m.exec(blockWith('docs/drivers.md', '--rounds')) ?? [];
    expect(Number(rounds)).toBeGreaterThan(100);
    const { code, stdout } = await startProgram(['test-driver', at('suite.js'), ...words.replace(rounds, '1').split(' ')]).ended;
    expect([code, stdout]).toEqual([0, expect.stringMatching(/\n[1-9][0-9]* passed, 0 failed, 0 skipped\n$/)]);
  });

  it('shows the failure of the driver that it describes, as the suite tells it', async () => {
    const failure = blockWith('docs/drivers.md', 'a commit that is repeated');
    const code = `import { memoryDriver } from 'stowage/drivers/memory';
    export default () => {
      const right = memoryDriver();
      const commit = async (repo, id, ...rest) => (await right.uploads.get(repo, id)) !== undefined && right.uploads.commit(repo, id, ...rest);
      return { ...right, uploads: { ...right.uploads, complete: undefined, commit } };
    };`;
    await writeFile(at('forgetful.js'), code);
    const [name = ''] = failure.split('\n');
    const { stdout } = await startProgram(['test-driver', at('forgetful.js'), '--only', name]).ended;
    const linesOf = (text: string): string[] =>
      text
        .split('\n')
        .map((line) => line.trim())
        .filter((line) => line !== '');
    const told = stdout.slice(stdout.lastIndexOf('FAILED')).replace('AssertionError [ERR_ASSERTION]: ', '');
    expect(linesOf(told).slice(1)).toEqual(expect.arrayContaining(linesOf(failure).slice(1)));
  });

  it('has a file that a test runner runs', async () => {
    const words = ['--test', '--test-reporter=tap', '--test-name-pattern=comes back as it went in', at('suite.test.js')];
    const env = { ...process.env, NODE_OPTIONS: '', NODE_TEST_CONTEXT: undefined };
    const { stdout } = await promisify(execFile)(process.execPath, words, { env, maxBuffer: 2 ** 26 });
    expect(stdout).toMatch(/^# fail 0$/m);
    expect(stdout).toMatch(/^# pass [1-9]/m);
  });

  it('has clients of one storage that fail as it is told', async () => {
    const { planFailures } = await import(pathToFileURL(at('failures.js')).href);
    const { faults, over } = planFailures();
    const store = { name: 'store', get: async (key: string) => `${key}!`, close: () => 'closed' };
    const [one, other] = [over(store), over(store)];
    const ask = (client: typeof store) => client.get('a').catch(({ message }: Error) => message);
    expect([one.name, await ask(one), await ask(other), faults.calls()]).toEqual(['store', 'a!', 'a!', 2]);
    faults.fail(2, 'once');
    expect([await ask(one), await ask(other), await ask(one)]).toEqual(['a!', 'call 4 was made to fail', 'a!']);
    faults.fail(1, 'forever');
    expect([await ask(one), await ask(other), one.close()]).toEqual([
      'call 6 was made to fail',
      'call 7 was made to fail',
      'closed',
    ]);
    faults.heal();
    expect([await ask(one), faults.calls()]).toEqual(['a!', 8]);
  });

  it('has a server that clients push to and pull from', async () => {
    const child = spawn(process.execPath, [at('server.js')], { cwd: place, stdio: ['ignore', 'pipe', 'inherit'] });
    const closed = once(child, 'close');
    try {
      await pushAndPull(`http://${await hostOf(child)}/v2`, 'library/busybox');
    } finally {
      child.kill();
      await closed;
    }
  });

  it('begins with the commands that init-driver is about, and has no code that is not run', () => {
    const [first, ...others] = blocksOf('docs/drivers.md');
    expect(first?.code).toBe('npx stowage init-driver my-driver\ncd my-driver && npm install && npm test -- --bail\n');
    // The shape of the JSON is asked for where the command prints it.
    expect(others.map(({ language }) => language).sort()).toEqual(['js', 'js', 'json', 'sh', 'text', 'ts', 'ts']);
  });
});

describe('docs/driver-on-object-store.md', () => {
  it('has an update that loses nothing, of many at once', async () => {
    const double = await startS3Double();
    const [block, ...others] = blocksOf('docs/driver-on-object-store.md');
    expect(others).toEqual([]);
    await mkdir(place, { recursive: true });
    await writeFile(join(place, 'update.mjs'), block?.code ?? '');
    const { update } = await import(pathToFileURL(join(place, 'update.mjs')).href);
    const client = new S3Client(double.clientConfig);
    const object = { Bucket: double.bucket, Key: 'count' };
    await client.send(new PutObjectCommand({ ...object, Body: '0' }));
    const add = () => update(client, object, (text: string) => String(Number(text) + 1));
    await Promise.all([add(), add(), add(), add()]);
    expect(await add()).toBe('5');
    client.destroy();
    await double.close();
  });
});

describe.each(['docs/driver-on-transactions.md', 'docs/driver-on-key-value-store.md'])('%s', (document) => {
  /** Text without the indentation of its lines. */
  const flush = (text: string): string => text.replaceAll(/^ +/gm, '');

  it('quotes what stands in the examples', async () => {
    const folder = join(project, 'examples/drivers');
    const files = (await readdir(folder, { recursive: true })).filter((name) => name.endsWith('.ts'));
    const examples = (await Promise.all(files.map((name) => readFile(join(folder, name), 'utf8')))).map(flush);
    for (const { code } of blocksOf(document))
      expect(
        examples.some((text) => text.includes(flush(code))),
        code,
      ).toBe(true);
  });
});
