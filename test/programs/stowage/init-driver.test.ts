/** `stowage init-driver`, from the packed package: what it writes compiles, and the suite says what is to be written. */
import { execFile } from 'node:child_process';
import { cp, mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import manifest from '../../../package.json' with { type: 'json' };
import { type Installed, installPackage } from '../../support/installed-package.ts';

const project = join(import.meta.dirname, '../../..');
const written = ['driver.ts', 'package.json', 'suite.ts', 'tsconfig.json'];

let installed: Installed;
beforeAll(async () => {
  installed = await installPackage();
  // What `npm install` would bring.
  const modules = join(installed.folder, 'node_modules');
  await mkdir(join(modules, '@types'));
  for (const name of ['typescript', '@types/node', 'undici-types'])
    await symlink(join(project, 'node_modules', name), join(modules, name));
  await symlink('../typescript/bin/tsc', join(modules, '.bin', 'tsc'));
}, 60_000);
afterAll(() => installed.remove());

/** Runs a program in a folder below the one with the package, however it ends. */
function runIn(folder: string, program: string, ...words: string[]) {
  return new Promise<{ code: unknown; stdout: string; stderr: string }>((resolve) => {
    const options = { cwd: join(installed.folder, folder), env: { ...process.env, npm_config_update_notifier: 'false' } };
    execFile(program, words, options, (error, stdout, stderr) => resolve({ code: error?.code ?? 0, stdout, stderr }));
  });
}
const init = (folder: string, ...words: string[]) => runIn(folder, 'npx', '--no', '--', 'stowage', 'init-driver', ...words);
const packageIn = async (folder: string) => JSON.parse(await readFile(join(installed.folder, folder, 'package.json'), 'utf8'));

describe('stowage init-driver', { timeout: 120_000 }, () => {
  test('writes a project that compiles, and whose test fails in words', async () => {
    const { code, stdout, stderr } = await init('.', 'My-Driver');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain('cd My-Driver && npm install && npm test -- --bail');
    expect((await readdir(join(installed.folder, 'My-Driver'))).sort()).toEqual(written);
    expect(await packageIn('My-Driver')).toMatchObject({
      name: 'my-driver',
      private: true,
      type: 'module',
      dependencies: { stowage: `file:../stowage-${manifest.version}.tgz` },
    });

    const tested = await runIn('My-Driver', 'npm', 'test', '--silent', '--', '--bail', '--level', 'contract');
    expect(tested.code).toBe(1);
    expect(tested.stderr).toBe('');
    expect(tested.stdout).toMatch(
      /^FAILED contract, uploads: [^\n]+: uploads\.\w+ is not written yet; it was given 'library\/[^\n]+\ncontract, uploads: /m,
    );
    expect(tested.stdout).toMatch(/\n[0-9]+ passed, 1 failed, [0-9]+ skipped\n[0-9]+ not run, after the first failure\n$/);
    expect(tested.stdout).not.toContain('error TS');

    const all = JSON.parse(
      (await runIn('My-Driver', 'npx', '--no', '--', 'stowage', 'test-driver', 'dist/suite.js', '--json')).stdout,
    );
    expect(all.failed).toBeGreaterThan(100);
    expect(all.passed).toBeLessThan(10);
    for (const { name, error, outcome } of all.cases)
      if (outcome === 'failed') expect(error, name).toContain('is not written yet');
  });

  test('asks for the version of this package where it was not installed from a file', async () => {
    const elsewhere = join(installed.folder, 'elsewhere');
    await mkdir(join(elsewhere, 'node_modules'), { recursive: true });
    await cp(installed.at(), join(elsewhere, 'node_modules', 'stowage'), { recursive: true });
    const command = join('node_modules', 'stowage', 'dist', 'cli.js');
    expect(await runIn('elsewhere', process.execPath, command, 'init-driver', 'mine')).toMatchObject({ code: 0 });
    expect((await packageIn('elsewhere/mine')).dependencies).toEqual({ stowage: `^${manifest.version}` });
  });

  test('writes nothing over a file that is there', async () => {
    await mkdir(join(installed.folder, 'taken'));
    await writeFile(join(installed.folder, 'taken', 'driver.ts'), 'mine');
    const { code, stdout, stderr } = await init('taken');
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toBe('stowage: . has driver.ts already; nothing was written\n');
    expect(await readdir(join(installed.folder, 'taken'))).toEqual(['driver.ts']);
  });

  test('leaves a project with scripts of its own alone, and says so', async () => {
    await mkdir(join(installed.folder, 'app'));
    const own = '{ "scripts": { "start": "node app.js" } }';
    await writeFile(join(installed.folder, 'app', 'package.json'), own);
    const { code, stderr } = await init('.', 'app');
    expect(code).toBe(1);
    expect(stderr).toMatch(/^stowage: app has a package\.json with scripts \(start\); [^\n]+\n$/);
    expect(await readdir(join(installed.folder, 'app'))).toEqual(['package.json']);
    expect(await readFile(join(installed.folder, 'app', 'package.json'), 'utf8')).toBe(own);
  });

  test('completes a package.json as npm leaves it, and keeps what is in it', async () => {
    await mkdir(join(installed.folder, 'begun'));
    const begun = {
      name: 'begun',
      type: 'commonjs',
      scripts: { test: 'echo "Error: no test specified" && exit 1' },
      dependencies: { stowage: 'file:../stowage.tgz', level: '^10.0.0' },
    };
    await writeFile(join(installed.folder, 'begun', 'package.json'), JSON.stringify(begun));
    const { code, stdout } = await init('begun');
    expect(code).toBe(0);
    expect(stdout).toContain('Next:  npm install && npm test -- --bail\n');
    expect(await packageIn('begun')).toMatchObject({
      name: 'begun',
      type: 'module',
      scripts: { test: 'tsc && stowage test-driver dist/suite.js' },
      dependencies: begun.dependencies,
      devDependencies: { typescript: expect.stringMatching(/^\^/) },
    });
  });

  test.each([
    ['that is a file', 'package.json', /^stowage: cannot write to package\.json: EEXIST[^\n]+\n$/],
    ['whose package.json is none', 'broken', /^stowage: cannot write to broken: [^\n]*JSON[^\n]*\n$/],
  ])('refuses a folder %s in one line', async (_, folder, message) => {
    await mkdir(join(installed.folder, 'broken'), { recursive: true });
    await writeFile(join(installed.folder, 'broken', 'package.json'), '{');
    const { code, stdout, stderr } = await init('.', folder);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(message);
  });
});
