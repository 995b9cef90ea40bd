/** The packed package, installed offline as its users get it. */
import { existsSync } from 'node:fs';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { builtinModules } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import manifest from '../../package.json' with { type: 'json' };
import { type Installed, installPackage } from '../support/installed-package.ts';

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

test('its command runs', async () => {
  expect(await run('npx', '--no', '--', 'stowage', '--version')).toBe(`${manifest.version}\n`);
});

test('what was built imports Node, itself, and the SDK of object stores only', async () => {
  const dist = installed.at('dist');
  const files = (await readdir(dist, { recursive: true })).filter((name) => /\.[cm]?js$/.test(name));
  const imported = new Set<string>();
  for (const file of files) for (const name of namesIn(await readFile(join(dist, file), 'utf8'))) imported.add(name);
  const own = [...imported].filter((name) => name.startsWith('.'));
  const others = [...imported].filter((name) => !name.startsWith('.')).map((name) => name.replace(/^node:/, ''));
  expect(own).not.toEqual([]);
  expect(others).toContain('crypto');
  const sdk = ['@aws-sdk/client-s3', '@aws-sdk/s3-request-presigner'];
  expect(others.filter((name) => !builtinModules.includes(name)).sort()).toEqual(sdk);
});

describe.each(['js', 'cjs'])('what was built as .%s', (form) => {
  const entries = ['index', 'drivers/memory', 'drivers/fs', 'driver-suite', 'docs', 'cli'];

  test('loads what legacy options need only when it is asked for', async () => {
    const { files } = await loadedBy(entries, form);
    const built = (await readdir(installed.at('dist'))).filter(
      (name) => /^(?:schema1|tarsum)-/.test(name) && name.endsWith(`.${form}`),
    );
    expect(built).toHaveLength(2);
    expect([...files].filter((name) => built.includes(basename(name)))).toEqual([]);
  });

  test('loads the SDK of object stores only for their driver', async () => {
    expect([...(await loadedBy(entries, form)).packages].filter((name) => !name.startsWith('node:'))).toEqual([]);
    expect((await loadedBy(['drivers/s3'], form)).packages).toContain('@aws-sdk/client-s3');
  });
});

describe('a bundle', () => {
  /** The files that a bundle of this entry is made of, and the packages that it leaves outside. */
  async function bundled(entry: string, external: string[] = []) {
    const { metafile } = await build({
      absWorkingDir: project,
      entryPoints: [`dist/${entry}.js`],
      bundle: true,
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
    return { files: Object.keys(metafile.inputs), outside: [...new Set(outside)] };
  }

  test.each(['index', 'drivers/memory', 'drivers/fs'])(
    'of %s holds nothing but what was built, and needs nothing but Node',
    async (entry) => {
      const { files, outside } = await bundled(entry);
      expect(files).toContain(`dist/${entry}.js`);
      expect(files.filter((file) => !file.startsWith('dist/'))).toEqual([]);
      expect(outside.filter((name) => !name.startsWith('node:'))).toEqual([]);
    },
  );

  test('of the driver of object stores needs their SDK as well', async () => {
    const { outside } = await bundled('drivers/s3', ['@aws-sdk/*']);
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
