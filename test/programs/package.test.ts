/** The packed package, installed offline as its users get it. */
import { type ChildProcess, execFile, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { cp, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { builtinModules } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { routes } from '../../lib/api/routes.ts';
import { image } from '../../lib/testing/fixture/index.ts';
import manifest from '../../package.json' with { type: 'json' };
import { blocksOf } from '../support/code-blocks.ts';
import { type Installed, installPackage } from '../support/installed-package.ts';
import { writeContents } from '../support/layout.ts';

const project = join(import.meta.dirname, '../..');
let installed: Installed;
let folder: string;
const run: Installed['run'] = (...words) => installed.run(...words);

beforeAll(async () => {
  installed = await installPackage();
  folder = installed.folder;
}, 60_000);
afterAll(() => installed.remove());

test('the package installs offline, and brings no other', async () => {
  const packages = await readdir(join(folder, 'node_modules'));
  expect(packages.filter((name) => !name.startsWith('.'))).toEqual(['stowage']);
  expect(await readdir(installed.at())).not.toContain('node_modules');
});

test('the package holds what was built, its licence, the documents and examples of its users, and nothing else', async () => {
  const documents = ['CHANGELOG.md', 'LICENSE', 'README.md', 'SECURITY.md', 'UPGRADING.md'];
  expect((await readdir(installed.at())).sort()).toEqual([...documents, 'dist', 'docs', 'examples', 'lib', 'package.json']);
  expect(await readdir(installed.at('lib'), { recursive: true })).toEqual(['driver.ts']);
  const docs = await readdir(installed.at('docs'));
  expect(docs.filter((name) => ['architecture.md', 'history.md'].includes(name))).toEqual([]);
});

test('each link and each path in its documents leads to a file that the package holds', async () => {
  const files = await readdir(installed.at(), { recursive: true });
  const broken: string[] = [];
  for (const document of files.filter((name) => name.endsWith('.md'))) {
    const text = (await readFile(installed.at(document), 'utf8')).replaceAll(/^```.*?^```/gms, '');
    const links = [...text.matchAll(/\]\((?!https?:|#)([^)#\s]+)/g)].map(([, path = '']) => join(dirname(document), path));
    const named = [...text.matchAll(/`node_modules\/stowage\/([^`]+)`/g)].map(([, path = '']) => path);
    for (const path of [...links, ...named]) if (!existsSync(installed.at(path))) broken.push(`${document}: ${path}`);
  }
  expect(broken).toEqual([]);
});

test('the contract lies where a failure of the suite says', async () => {
  const lines = [
    "import { driverCases } from 'stowage/driver-suite'",
    "import { memoryDriver } from 'stowage/drivers/memory'",
    'const create = () => ({ ...memoryDriver(), name: undefined })',
    "const cases = driverCases({ name: 'nameless', create, lacks: ['blob.url'] })",
    "await cases.find(({ area }) => area === 'the driver').run().catch(({ message }) => console.log(message))",
  ];
  await writeFile(join(folder, 'fails.mjs'), lines.join('\n'));
  const message = await run(process.execPath, 'fails.mjs');
  const [, path = '', sentence = ''] = /The contract \((\S+) in the package stowage\) says:\n {2}\S+: (.+)/.exec(message) ?? [];
  expect(await readFile(installed.at(path), 'utf8')).toContain(sentence);
});

const names = 'createRegistryHandler, createFetchHandler, memoryDriver, fsDriver, testDriver, markdown';
const report = `console.log([${names}].map((value) => typeof value).join())`;

test('it can be imported', async () => {
  const lines = [
    "import { createRegistryHandler } from 'stowage'",
    "import { createFetchHandler } from 'stowage/fetch'",
    "import { memoryDriver } from 'stowage/drivers/memory'",
    "import { fsDriver } from 'stowage/drivers/fs'",
    "import { testDriver } from 'stowage/driver-suite'",
    "import { markdown } from 'stowage/docs'",
  ];
  await writeFile(join(folder, 'imports.mjs'), [...lines, report].join('\n'));
  expect(await run(process.execPath, 'imports.mjs')).toBe('function,function,function,function,function,function\n');
});

test('it can be required', async () => {
  const lines = [
    "const { createRegistryHandler } = require('stowage')",
    "const { createFetchHandler } = require('stowage/fetch')",
    "const { memoryDriver } = require('stowage/drivers/memory')",
    "const { fsDriver } = require('stowage/drivers/fs')",
    "const { testDriver } = require('stowage/driver-suite')",
    "const { markdown } = require('stowage/docs')",
  ];
  await writeFile(join(folder, 'requires.cjs'), [...lines, report].join('\n'));
  expect(await run(process.execPath, 'requires.cjs')).toBe('function,function,function,function,function,function\n');
});

test.each([
  [
    'tokens',
    `$scrypt$ln=15,r=8,p=1$${'A'.repeat(22)}$${'A'.repeat(43)}`,
    ['--anonymous-pull'],
    'cannot give tokens: tokens',
    'jose',
  ],
  ['hashes of bcrypt', `$2y$04$${'.'.repeat(53)}`, [], 'cannot use the file of --htpasswd: hashes of bcrypt', 'bcryptjs'],
])('stowage serve says which package has to be installed for %s', async (_, hash, flags, what, name) => {
  await writeFile(join(folder, 'htpasswd'), `ann:${hash}\n`);
  const words = ['serve', '--driver', 'memory', '--port', '0', '--htpasswd', 'htpasswd', ...flags];
  const stderr = `stowage: ${what} need the package ${name}: npm install ${name}\n`;
  await expect(run(process.execPath, installed.at('dist/cli.js'), ...words)).rejects.toMatchObject({ code: 1, stderr });
});

test('Jest can require every entry', async () => {
  const lines = [
    "const names = Object.keys(require('stowage/package.json').exports).filter((name) => !name.endsWith('.json'));",
    "test.each(names)('%s', (name) => expect(Object.keys(require('stowage' + name.slice(1)))).not.toEqual([]));",
  ];
  await writeFile(join(folder, 'entries.test.cjs'), lines.join('\n'));
  // The entry of object stores wants their SDK.
  await symlink(join(project, 'node_modules/@aws-sdk'), join(folder, 'node_modules/@aws-sdk'));
  const jest = join(project, 'node_modules/jest/bin/jest.js');
  const { stderr } = await promisify(execFile)('node', [jest, '--rootDir', folder, '--testMatch', '**/entries.test.cjs'], {
    cwd: folder,
  });
  await rm(join(folder, 'node_modules/@aws-sdk'));
  expect(stderr).toMatch(/^Tests: +15 passed, 15 total$/m);
});

test('a process waits for a body that stands still without a connection, until it is given up', async () => {
  const code = `
    import { createFetchHandler } from 'stowage/fetch';
    import { memoryDriver } from 'stowage/drivers/memory';
    const registry = createFetchHandler(memoryDriver(), { timeouts: { bodyIdle: 200 } });
    const { headers } = await registry(new Request('http://registry/v2/a/blobs/uploads/', { method: 'POST' }));
    const body = new ReadableStream({ start: (controller) => controller.enqueue(new Uint8Array(9)) });
    const location = new URL(headers.get('location'), 'http://registry');
    const { status } = await registry(new Request(location, { method: 'PATCH', body, duplex: 'half' }));
    console.log(status);
  `;
  expect(await installed.run('node', '--input-type=module', '-e', code)).toBe('408\n');
});

// A fast machine starts Node in 40 to 60 ms: 15 more for a registry, and 30 for one in a test, which are shares of 0.25 and 0.5 where
// nothing else runs. Beside the rest of a suite, with which they share caches, they rise by a third.
test.each([
  ['stowage', 0.4],
  ['stowage/testing', 0.8],
])('to import %s takes less than %d of the processor that Node itself takes to start', async (name, share) => {
  const code = `
    import { createServer } from 'node:http';
    createServer();
    const begun = process.cpuUsage();
    await import('${name}');
    const { user, system } = process.cpuUsage(begun);
    console.log((user + system) / (begun.user + begun.system));
  `;
  const shares: number[] = [];
  for (let turn = 0; turn < 10; turn++) shares.push(Number(await run('node', '--input-type=module', '-e', code)));
  expect(Math.min(...shares)).toBeLessThan(share);
});

test('its command runs', async () => {
  expect(await run('npx', '--no', '--', 'stowage', '--version')).toBe(`${manifest.version}\n`);
});

describe('its command, with a registry for as long as another command runs,', () => {
  /** How `stowage fixture` ended, what its command printed, and what is left in the folder of temporary files. */
  async function fixtureOf(starter: readonly string[], code: string, onLine: (child: ChildProcess) => void = () => {}) {
    const temporary = await mkdtemp(join(folder, 'temporary-'));
    const [program = '', ...words] = [...starter, 'fixture', '--auth', 'basic', '--user', 'ann:secret', '--', 'node'];
    const env = { ...process.env, TMPDIR: temporary, MINE: 'mine' };
    const args = [...words, '--input-type=module', '-e', code];
    const child = spawn(program, args, { cwd: folder, env, stdio: ['ignore', 'pipe', 'inherit'] });
    child.stdout.once('data', () => onLine(child));
    const [[exit, signal], printed] = await Promise.all([once(child, 'exit'), text(child.stdout)]);
    return { exit, signal, printed, left: await readdir(temporary) };
  }

  const npx = ['npx', '--no', '--', 'stowage'];

  test('sets the environment, and leaves nothing behind', async () => {
    const code = `
      import { existsSync } from 'node:fs';
      const { TEST_REGISTRY_URL: url, TEST_REGISTRY: host, DOCKER_CONFIG: logins, REGISTRY_AUTH_FILE: file, MINE } = process.env;
      const authorization = 'Basic ' + btoa('ann:secret');
      const statuses = [await fetch(url + '/v2/'), await fetch(url + '/v2/', { headers: { authorization } })].map(({ status }) => status);
      console.log(JSON.stringify({ statuses, url, host, there: [logins, file].map((each) => existsSync(each)), MINE }));`;
    const { printed, ...ended } = await fixtureOf(npx, code);
    expect(ended).toEqual({ exit: 0, signal: null, left: [] });
    const told = JSON.parse(printed);
    const port = told.host.replace('localhost:', '');
    expect(told).toMatchObject({ statuses: [401, 200], url: `http://127.0.0.1:${port}`, there: [true, true], MINE: 'mine' });
    await expect(fetch(`${told.url}/v2/`)).rejects.toMatchObject({ cause: { code: 'ECONNREFUSED' } });
  });

  test.each([
    ['its exit code', 'process.exit(3)', 3],
    ['143 where SIGTERM ended it', "process.kill(process.pid, 'SIGTERM'); setTimeout(() => {}, 60_000)", 143],
    ['137 where SIGKILL ended it', "process.kill(process.pid, 'SIGKILL')", 137],
  ])('ends with what that ended with: %s', async (_, code, exit) => {
    expect(await fixtureOf(npx, code)).toEqual({ exit, signal: null, printed: '', left: [] });
  });

  test('passes SIGTERM on, and cleans up when that has ended', async () => {
    const code = `
      process.once('SIGTERM', () => process.exit(5));
      console.log('waiting');
      setInterval(() => {}, 1_000);`;
    const ended = await fixtureOf(['node_modules/.bin/stowage'], code, (child) => child.kill('SIGTERM'));
    expect(ended).toEqual({ exit: 5, signal: null, printed: 'waiting\n', left: [] });
  });
});

describe('the commands of docs/testing.md run as they stand, with the examples that the package has:', () => {
  const page = readFileSync(join(project, 'docs/testing.md'), 'utf8');
  const lines = blocksOf('docs/testing.md').flatMap(({ language, code }) => (language === 'sh' ? code.trim().split('\n') : []));
  const flags = [...page.matchAll(/`(--\w+ [^`A-Z]+)`/g)].map(([, flag]) => `npx stowage fixture ${flag} -- true`);
  beforeAll(async () => {
    await cp(installed.at('examples/testing'), folder, { recursive: true });
    await writeContents(join(folder, 'layout'), { '1.0': image({ layers: [{ one: 'one' }, { two: 'two' }] }) });
  });

  // The archives of Go are unpacked there, which not every PATH knows.
  const env = { ...process.env, PATH: `${process.env.PATH}:/usr/local/go/bin` };
  const isThere = (program: string) => spawnSync(program, ['--version'], { env, stdio: 'ignore' }).error === undefined;

  test.for([...lines, ...flags])('%s', { timeout: 120_000 }, async (line, { skip }) => {
    const [needed] = /\b(?:go|python3|curl)\b/.exec(line.split(' -- ')[1] ?? '') ?? ['curl'];
    skip(!isThere(needed), `${needed} is not installed`);
    await promisify(execFile)('sh', ['-c', line], { cwd: folder, env });
  });

  test('all of them', () => expect([lines.length, flags.length]).toEqual([4, 2]));
});

test('what was built imports Node, itself, and its optional peers only', async () => {
  const dist = installed.at('dist');
  const files = (await readdir(dist, { recursive: true })).filter((name) => /\.[cm]?js$/.test(name));
  const imported = new Set<string>();
  for (const file of files) for (const name of namesIn(await readFile(join(dist, file), 'utf8'))) imported.add(name);
  const own = [...imported].filter((name) => name.startsWith('.'));
  const others = [...imported].filter((name) => !name.startsWith('.')).map((name) => name.replace(/^node:/, ''));
  expect(own).not.toEqual([]);
  expect(others).toContain('crypto');
  const peers = ['@aws-sdk/client-s3', '@aws-sdk/s3-request-presigner', 'bcryptjs', 'jose'];
  expect(others.filter((name) => !builtinModules.includes(name)).sort()).toEqual(peers);
});

describe.each(['js', 'cjs'])('what was built as .%s', (form) => {
  const entries = ['index', 'drivers/memory', 'drivers/fs', 'driver-suite', 'docs', 'cli'];

  test('loads what legacy options need only when it is asked for', async () => {
    const { files } = await loadedBy(entries, form);
    const built = (await readdir(installed.at('dist'))).filter(
      (name) => /^(?:schema1|tarsum)-/.test(name) && name.endsWith(`.${form}`),
    );
    // The parser of schema 1, what pushes do with it, and tarsums.
    expect(built).toHaveLength(3);
    expect([...files].filter((name) => built.includes(basename(name)))).toEqual([]);
  });

  test('loads the SDK of object stores only for their driver', async () => {
    expect([...(await loadedBy(entries, form)).packages].filter((name) => !name.startsWith('node:'))).toEqual([]);
    expect((await loadedBy(['drivers/s3'], form)).packages).toContain('@aws-sdk/client-s3');
  });
});

describe('a bundle', () => {
  /** The files that a bundle of these entries is made of, the packages that it leaves outside, and the bytes that it loads at once. */
  async function bundled(entries: readonly string[], external: string[] = []) {
    const { metafile } = await build({
      absWorkingDir: project,
      stdin: { contents: entries.map((entry) => `export * from './dist/${entry}.js';`).join('\n'), resolveDir: project },
      bundle: true,
      minify: true,
      platform: 'node',
      format: 'esm',
      splitting: true,
      external,
      metafile: true,
      logLevel: 'error',
      write: false,
      outdir: folder,
    });
    const imports = Object.values(metafile.outputs).flatMap((output) => output.imports);
    const outside = imports.filter((each) => each.external).map(({ path }) => path);
    const atOnce = new Set(Object.keys(metafile.outputs).filter((name) => name.endsWith('stdin.js')));
    for (const name of atOnce) {
      const statics = metafile.outputs[name]?.imports.filter(({ kind, external }) => kind === 'import-statement' && !external);
      for (const { path } of statics ?? []) atOnce.add(path);
    }
    const outputs = [...atOnce].map((name) => metafile.outputs[name]);
    return {
      files: Object.keys(metafile.inputs).filter((name) => name !== '<stdin>'),
      outside: [...new Set(outside)],
      bytes: outputs.reduce((sum, output) => sum + (output?.bytes ?? 0), 0),
      loaded: outputs.flatMap((output) => Object.keys(output?.inputs ?? {})),
    };
  }

  const textsOf = (files: readonly string[]) =>
    Promise.all(files.filter((file) => file.startsWith('dist/')).map((file) => readFile(join(project, file), 'utf8')));
  // What is built names the file of each part of it.
  const hasFixture = (text: string): boolean => text.includes('// lib/testing/fixture/');

  test('of a registry in memory loads 95 kB at most, and nothing of documents, of other stores, of legacy formats or of tests', async () => {
    const { bytes, loaded } = await bundled(['index', 'drivers/memory']);
    expect(bytes).toBeLessThan(95_000);
    expect(loaded.filter((file) => /schema1|tarsum|docs|drivers\/(?:fs|s3)/.test(file))).toEqual([]);
    const texts = await textsOf(loaded);
    expect(texts.filter(hasFixture)).toEqual([]);
    expect((await textsOf((await bundled(['testing'])).loaded)).filter(hasFixture)).not.toEqual([]);
    const prose = routes.flatMap(({ description, methods }) => [
      description,
      ...methods.flatMap(({ requests }) =>
        requests.flatMap(({ summary, successes }) => [summary, ...successes.map((each) => each.description)]),
      ),
    ]);
    expect(prose.filter((sentence) => texts.some((text) => text.includes(sentence)))).toEqual([]);
  });

  test.each(['index', 'drivers/memory', 'drivers/fs'])(
    'of %s holds nothing but what was built, and needs nothing but Node',
    async (entry) => {
      const { files, outside } = await bundled([entry]);
      expect(files).toContain(`dist/${entry}.js`);
      expect(files.filter((file) => !file.startsWith('dist/'))).toEqual([]);
      expect(outside.filter((name) => !name.startsWith('node:'))).toEqual([]);
    },
  );

  test('of the driver of object stores needs their SDK as well', async () => {
    const { outside } = await bundled(['drivers/s3'], ['@aws-sdk/*']);
    expect(outside.filter((name) => !name.startsWith('node:')).sort()).toEqual([
      '@aws-sdk/client-s3',
      '@aws-sdk/s3-request-presigner',
    ]);
  });
});

/** What is loaded with these entries: built files, and the names of what is not built here. */
async function loadedBy(entries: readonly string[], form: string) {
  const files = new Set(entries.map((name) => `./${name}.${form}`));
  const packages = new Set<string>();
  for (const file of files) {
    const code = await readFile(join(installed.at('dist'), file), 'utf8');
    const names = [...code.matchAll(/^(?:(?:import|export)\b[^;'"]*?|(?:var \w+ = )?require\()['"]([^'"]+)['"]/gm)];
    for (const [, name = ''] of names) {
      if (name.startsWith('.')) files.add(`./${join(dirname(file), name)}`);
      else packages.add(name);
    }
  }
  expect(files.size).toBeGreaterThan(entries.length);
  return { files, packages };
}

/** The modules that a built file imports or requires. */
function namesIn(code: string): string[] {
  const forms = [/^(?:import|export)\b[^;'"]*?['"]([^'"]+)['"]/gm, /\b(?:require|import)\(\s*['"]([^'"]+)['"]\s*\)/g];
  return forms.flatMap((form) => [...code.matchAll(form)].map((match) => match[1] ?? ''));
}

test('a project without the types of Node compiles with a registry of a test, and takes its bytes for a body', async () => {
  const lines = [
    "import { image, startRegistry } from 'stowage/testing';",
    'export async function use(): Promise<void> {',
    '  await using registry = await startRegistry();',
    "  await fetch(registry.url, { method: 'PUT', body: image().manifest.bytes });",
    '}',
  ];
  await writeFile(join(folder, 'without-node.ts'), lines.join('\n'));
  const options = ['--target', 'es2022', '--module', 'nodenext', '--strict', '--skipLibCheck', '--noEmit'];
  await run(process.execPath, join(project, 'node_modules/typescript/bin/tsc'), ...options, 'without-node.ts');
}, 30_000);
