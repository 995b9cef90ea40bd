/** `stowage test-driver` on drivers that are right, wrong, slow or not to be loaded. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { blockWith } from '../../support/code-blocks.ts';
import { startProgram } from '../../support/command.ts';

const dist = join(import.meta.dirname, '../../../dist');
const built = (name: string): string => JSON.stringify(pathToFileURL(join(dist, name)).href);
const importMemory = `import { memoryDriver } from ${built('drivers/memory.js')};`;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'stowage-test-driver-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** Writes a module and runs the suite on it. */
async function tested(name: string, code: string, ...flags: string[]) {
  const path = join(folder, name);
  await writeFile(path, code);
  return startProgram(['test-driver', path, ...flags]).ended;
}

/** The report, which follows the lines of the progress and an empty one. */
const reportIn = (stdout: string): string => stdout.slice(stdout.indexOf('\n\n') + 2);

/** The lines of a text, without what they are indented by. */
const linesOf = (text: string): string[] => text.split('\n').map((line) => line.trim());

describe('stowage test-driver', { timeout: 120_000 }, () => {
  test('reports what a driver can do and how it did, for a function alone', async () => {
    const { code, stdout, stderr } = await tested('right.mjs', `${importMemory} export default () => memoryDriver();`);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const [progress = ''] = stdout.split('\n\n');
    for (const line of progress.split('\n')) expect(line).toMatch(/^[a-z]+, [a-z ]+: [0-9]+ passed, 0 failed, [0-9]+ skipped$/);
    expect(progress).toMatch(/^contract, blobs: /m);
    expect(linesOf(reportIn(stdout)).slice(0, 3)).toEqual([
      'memory',
      'optional methods  blobs.mount yes, blobs.put yes, blob.url no, uploads.complete yes, uploads.expire yes, manifests.describe yes, manifests.putTagged yes, outbox yes, inventory yes, inventory.withdraw yes',
      'given             reopen no, peer no, faults no, losePower no',
    ]);
    for (const level of ['contract', 'concurrency', 'durability', 'wire']) {
      expect(stdout).toMatch(new RegExp(`^ {2}${level} +[0-9]+ passed, 0 failed, [0-9]+ skipped$`, 'm'));
    }
    expect(stdout).toMatch(/^ *[1-9][0-9]* skipped: no peer\(\) was given$/m);
    expect(stdout).toMatch(/\n\n[1-9][0-9]+ passed, 0 failed, [1-9][0-9]* skipped\n$/);
  });

  test('says what fails as it happens, the first of an area once more in full, and ends with 1', async () => {
    const code = `${importMemory}
      export default async () => {
        const driver = memoryDriver();
        return { ...driver, manifests: { ...driver.manifests, untag: async () => true } };
      };`;
    const ended = await tested('wrong.mjs', code, '--level', 'concurrency');
    expect(ended).toMatchObject({ code: 1, stderr: '' });
    const name = 'FAILED concurrency, races: of a tag and an untag at once that expect the same, one wins';
    const found = "in round 1 of the seed 'stowage': of a tag and two untags that expect the same exactly one must win";
    expect(linesOf(ended.stdout)).toContain(`${name}: ${found}`);
    const [, inFull = ''] = reportIn(ended.stdout).split(`\n${name}\n`);
    expect(inFull).toContain('3 !== 1');
    expect(inFull).toContain('ManifestStore.untag: False if there was none or, with `expected`, if it points elsewhere.');
    expect(inFull).toMatch(/^ +at /m);
    expect(ended.stdout).toMatch(/\n[0-9]+ passed, 1 failed, [0-9]+ skipped\n$/);
  });

  test('runs a driver without optional methods, and says why the rest is skipped', async () => {
    const code = `${importMemory}
      export default () => {
        const { blobs: { get, delete: remove }, uploads: { complete, expire, ...uploads }, manifests: { describe, putTagged, ...manifests }, outbox, inventory } = memoryDriver();
        return { name: 'plain', blobs: { get, delete: remove }, uploads, manifests };
      };`;
    const { code: exit, stdout, stderr } = await tested('plain.mjs', code, '--level', 'contract');
    expect({ exit, stderr }).toEqual({ exit: 0, stderr: '' });
    expect(linesOf(stdout)).toContain(
      'optional methods  blobs.mount no, blobs.put no, blob.url no, uploads.complete no, uploads.expire no, manifests.describe no, manifests.putTagged no, outbox no, inventory no, inventory.withdraw no',
    );
    for (const method of [
      'blobs.mount',
      'blobs.put',
      'blob.url',
      'uploads.complete',
      'uploads.expire',
      'manifests.describe',
      'manifests.putTagged',
      'outbox',
      'inventory',
      'inventory.withdraw',
    ]) {
      expect(stdout).toMatch(new RegExp(`^ +[0-9]+ skipped: this driver has no ${method}$`, 'm'));
    }
    expect(stdout).not.toContain('concurrency');
  });

  test('finds out that blobs have URLs', async () => {
    const code = `${importMemory}
      const urlOf = async (blob) => {
        const pieces = [];
        for await (const piece of await blob.open()) pieces.push(piece);
        return 'data:application/octet-stream;base64,' + Buffer.concat(pieces).toString('base64');
      };
      export default () => {
        const driver = memoryDriver();
        const get = async (repo, digest) => {
          const blob = await driver.blobs.get(repo, digest);
          return blob && { ...blob, url: () => urlOf(blob) };
        };
        return { ...driver, blobs: { ...driver.blobs, get } };
      };`;
    const { code: exit, stdout } = await tested('urls.mjs', code, '--level', 'contract');
    expect(linesOf(stdout)).toContain(
      'optional methods  blobs.mount yes, blobs.put yes, blob.url yes, uploads.complete yes, uploads.expire yes, manifests.describe yes, manifests.putTagged yes, outbox yes, inventory yes, inventory.withdraw yes',
    );
    expect(exit).toBe(0);
  });

  test('takes options from CommonJS, also from compiled modules, and what they say', async () => {
    const code = `
      const { mkdtempSync, rmSync } = require('node:fs');
      const { fsDriver } = require(${JSON.stringify(join(dist, 'drivers/fs.cjs'))});
      const roots = new Map();
      const again = (driver) => fsDriver({ root: roots.get(driver), durability: 'none' });
      const create = () => {
        const root = mkdtempSync(${JSON.stringify(join(folder, 'root-'))});
        const driver = fsDriver({ root, durability: 'none' });
        roots.set(driver, root);
        return driver;
      };
      const dispose = (driver) => rmSync(roots.get(driver), { recursive: true });
      const options = { name: 'files', create, reopen: again, peer: again, dispose, levels: ['concurrency'] };`;
    for (const [name, exports] of [
      ['options.cjs', 'module.exports = options;'],
      ['compiled.cjs', 'exports.__esModule = true; exports.default = options;'],
    ] as const) {
      const { code: exit, stdout, stderr } = await tested(name, `${code}\n${exports}`);
      expect({ exit, stderr }, name).toEqual({ exit: 0, stderr: '' });
      expect(linesOf(reportIn(stdout)).slice(0, 3)).toEqual([
        'files',
        'optional methods  blobs.mount yes, blobs.put yes, blob.url no, uploads.complete yes, uploads.expire yes, manifests.describe yes, manifests.putTagged yes, outbox yes, inventory yes, inventory.withdraw yes',
        'given             reopen yes, peer yes, faults no, losePower no',
      ]);
      expect(stdout).toMatch(/^ {2}concurrency +[0-9]+ passed, 0 failed, 0 skipped$/m);
      expect(stdout).not.toContain('contract');
    }
  });

  const forgetful = `${importMemory}
    export default () => {
      const driver = memoryDriver();
      const blobs = { ...driver.blobs, put: undefined };
      return { ...driver, blobs, manifests: { ...driver.manifests, resolve: async () => undefined } };
    };`;

  test('runs only what has a text in its level, area or name', async () => {
    const one = 'a tag is in the repository it was set in and in no other';
    const { code: exit, stdout } = await tested('only.mjs', forgetful, '--only', 'Set in and IN no');
    expect(exit).toBe(1);
    expect(stdout).toContain(`FAILED contract, manifests and tags: ${one}`);
    expect(stdout).toMatch(/\n0 passed, 1 failed, 0 skipped\n$/);
    const area = await tested('only.mjs', forgetful, '--only', 'contract, blobs');
    expect(area).toMatchObject({ code: 0 });
    expect(area.stdout).toMatch(/^contract, blobs: [1-9][0-9]+ passed, 0 failed, [0-9]+ skipped\n\n/);
  });

  test('ends after the first failure where that is asked for, and says how much is left', async () => {
    const { code: exit, stdout } = await tested('bail.mjs', forgetful, '--bail');
    expect(exit).toBe(1);
    expect(stdout.match(/^FAILED .+: .+$/gm)).toHaveLength(2);
    expect(stdout).toMatch(/\n[1-9][0-9]* passed, 1 failed, [0-9]+ skipped\n[1-9][0-9]+ not run, after the first failure\n$/);
  });

  test('prints one JSON document in the shape that the guide shows', async () => {
    const { code: exit, stdout, stderr } = await tested('json.mjs', forgetful, '--json', '--only', 'contract, ', '--bail');
    expect(exit).toBe(1);
    expect(stderr).toMatch(/^contract, blobs: [0-9]+ passed, 0 failed, [0-9]+ skipped$/m);
    const report = JSON.parse(stdout);
    const shown = JSON.parse(blockWith('docs/drivers.md', '"notRun"'));
    const shapeOf = (value: object) => Object.entries(value).map(([name, member]) => `${name}: ${typeof member}`);
    expect(shapeOf(report)).toEqual(shapeOf(shown));
    expect(Object.keys(report.optionalMethods)).toEqual(Object.keys(shown.optionalMethods));
    expect(Object.keys(report.given)).toEqual(Object.keys(shown.given));
    for (const outcome of ['passed', 'failed', 'skipped']) {
      const [each, example] = [report, shown].map(({ cases }) =>
        cases.find((one: { outcome: string }) => one.outcome === outcome),
      );
      expect(shapeOf(each)).toEqual(shapeOf(example));
    }
    expect(report).toMatchObject({ driver: 'memory', failed: 1, passed: report.cases.length - report.skipped - 1 });
    expect(report.notRun).toBeGreaterThan(10);
    expect(report.cases.at(-1)).toMatchObject({ outcome: 'failed', error: expect.stringContaining('The contract (') });
  });

  test('takes a statement that the storage forgets nothing', async () => {
    const code = `${importMemory} export default { create: memoryDriver, losePower: 'forgets nothing' };`;
    const { code: exit, stdout } = await tested('statement.mjs', code, '--level', 'durability');
    expect(exit).toBe(0);
    expect(stdout).toContain('losePower forgets nothing');
    expect(stdout).not.toContain('no losePower() was given');
  });

  test('compares as many sequences as it is told to, drawn from the seed that it is told', async () => {
    const flags = ['--level', 'contract', '--only', 'random', '--sequences', '7', '--seed', 'this and that'];
    const { code: exit, stdout } = await tested('forgetful.mjs', forgetful, ...flags);
    expect(exit).toBe(1);
    expect(stdout).toContain("seed 'this and that'");
  });

  test('blames the case for an error that nobody handles, and goes on', async () => {
    const code = `${importMemory}
      export default () => {
        const driver = memoryDriver();
        const repositories = async (page) => {
          setImmediate(() => { throw new Error('thrown aside'); });
          Promise.reject(new Error('rejected aside'));
          return driver.manifests.repositories(page);
        };
        return { ...driver, manifests: { ...driver.manifests, repositories } };
      };`;
    const { code: exit, stdout, stderr } = await tested('stray.mjs', code, '--level', 'concurrency');
    expect({ exit, stderr }).toEqual({ exit: 1, stderr: '' });
    expect(stdout).toContain(
      'repositories that are filled at once are all listed: an unhandled error occurred while the case ran',
    );
    expect(stdout).toContain('Error: thrown aside');
    expect(stdout).toContain('Error: rejected aside');
    expect(stdout).toMatch(/\n[1-9][0-9]+ passed, [1-9] failed, [0-9]+ skipped\n$/);
  });

  test('runs the suite on a driver that takes no blob, and says what it could not find out', async () => {
    const code = `${importMemory}
      export default () => {
        const driver = memoryDriver();
        return { ...driver, uploads: { ...driver.uploads, commit: async () => false } };
      };`;
    const { code: exit, stdout, stderr } = await tested('unwilling.mjs', code, '--level', 'concurrency');
    expect(exit).toBe(1);
    expect(stderr).toMatch(
      /^stowage: cannot tell whether blobs have url\(\): a push through the driver of the module fails: [^\n]+\n$/,
    );
    expect(stdout).toContain('FAILED concurrency, many at once: many pushes of one blob at once all succeed');
  });
});

describe('stowage test-driver, of a module that is of no use,', () => {
  const useless: [string, string, string, RegExp][] = [
    [
      'without a default export',
      'none.mjs',
      'export const driver = 1;',
      /default export of none\.mjs is not a function that gives [^\n]+: it is missing/,
    ],
    ['with an empty module.exports', 'empty.cjs', '', /default export of empty\.cjs is not [^\n]+: it has no create/],
    ['with something else by default', 'number.mjs', 'export default 1;', /it is number/],
    [
      'with a driver by default',
      'driver.mjs',
      `${importMemory} export default memoryDriver();`,
      /it is a driver itself, and each case needs a new one/,
    ],
    [
      'with options that do not exist',
      'odd.mjs',
      'export default { create() {}, reOpen() {} };',
      /there is no option 'reOpen'; use name, create, reopen,/,
    ],
    [
      'with options of the wrong kind',
      'kind.mjs',
      "export default { create: 1, lacks: 'blobs.put' };",
      /create must be a function, not 1; lacks must be an array, not "blobs\.put"/,
    ],
    [
      'with something else of a loss of power',
      'power.mjs',
      `${importMemory} export default { create: memoryDriver, losePower: 'never' };`,
      /losePower must be a function or 'forgets nothing', not "never"/,
    ],
    [
      'with no level',
      'levels.mjs',
      `${importMemory} export default { create: memoryDriver, levels: [] };`,
      /there is nothing to run/,
    ],
    ['that throws', 'throws.mjs', "throw new Error('no\\nserver');", /cannot import [^\n]+throws\.mjs: Error: no server/],
    ['that is malformed', 'malformed.mjs', 'export default (', /cannot import [^\n]+malformed\.mjs: SyntaxError: /],
    ['that is no JavaScript', 'text.txt', 'driver', /cannot import [^\n]+text\.txt: /],
    [
      'whose function throws',
      'refuses.mjs',
      "export default () => { throw new Error('no server'); };",
      /create\(\) of the module fails: no server/,
    ],
    [
      'whose function gives no driver',
      'nothing.mjs',
      'export default () => undefined;',
      /create\(\) gave no driver: it has no blobs, uploads, manifests/,
    ],
    [
      'whose driver is not whole',
      'half.mjs',
      `${importMemory} export default () => ({ ...memoryDriver(), blobs: { get() {} } });`,
      /it has no blobs\.delete\(\)/,
    ],
    [
      'whose driver does not close',
      'open.mjs',
      `${importMemory} export default () => ({ ...memoryDriver(), async close() { throw new Error('stuck'); } });`,
      /close\(\) of the module fails: stuck/,
    ],
  ];
  test.each(useless)('%s says so in one line, with exit code 1', async (_, name, code, message) => {
    const { code: exit, stdout, stderr } = await tested(name, code);
    expect({ exit, stdout }).toEqual({ exit: 1, stdout: '' });
    expect(stderr).toMatch(/^stowage: [^\n]+\n$/);
    expect(stderr).toMatch(message);
  });

  test('is said where no case has the text that was asked for', async () => {
    const { code, stdout, stderr } = await tested('right.mjs', `${importMemory} export default memoryDriver;`, '--only', 'blubs');
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/^stowage: no case has 'blubs' in its level, area or name; the areas are uploads, blobs, [^\n]+\n$/);
  });

  test('that is missing says so in one line, with exit code 1', async () => {
    const { code, stdout, stderr } = await startProgram(['test-driver', join(folder, 'missing.mjs')]).ended;
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/^stowage: there is no file [^\n]+missing\.mjs; expected a module[^\n]+\n$/);
  });
});

describe('the command line of test-driver', () => {
  const wrong: [string, RegExp][] = [
    ['test-driver', /needs a module/],
    ['test-driver one.mjs two.mjs', /takes one MODULE, not 'two\.mjs' as well/],
    ['test-driver one.mjs --level most', /--level is one of contract, concurrency, durability, scale, wire and all, not 'most'/],
    ['test-driver one.mjs --sequences 0', /--sequences is a number from 1 to 99999, not '0'/],
    ['test-driver one.mjs --seed=', /--seed is empty/],
    ['test-driver one.mjs --only=', /--only is empty/],
    ['serve --bail', /'serve' takes no --bail/],
    ['test-driver one.mjs --port 1', /'test-driver' takes no --port/],
    ['serve --level all', /'serve' takes no --level/],
  ];
  test.each(wrong)('is refused in one line, with exit code 2: "%s"', async (line, message) => {
    const { code, stdout, stderr } = await startProgram(line.split(' ')).ended;
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/^stowage: [^\n]+\n$/);
    expect(stderr).toMatch(message);
  });

  test('is in the help', async () => {
    const { stdout } = await startProgram(['test-driver', '--help']).ended;
    for (const words of ['stowage test-driver MODULE', '--level', '--only', '--bail', '--json', '--seed'])
      expect(stdout).toContain(words);
  });
});

test('whoever serves does not load the suite', async () => {
  const seen = new Set<string>();
  const follow = async (file: string): Promise<void> => {
    if (seen.has(file)) return;
    seen.add(file);
    const code = await readFile(join(dist, file), 'utf8');
    expect(code, file).not.toContain('a blob that no repository holds is absent');
    for (const [, name = ''] of code.matchAll(/(?:from|^import) "\.\/([^"]+)"/gm)) await follow(name);
  };
  await follow('cli.js');
  expect(seen.size).toBeGreaterThan(2);
});
