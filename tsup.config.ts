import { readdirSync, readFileSync } from 'node:fs';
import { relative, resolve } from 'node:path';
import { defineConfig, type Options } from 'tsup';
import ts from 'typescript';

const library = {
  index: 'lib/index.ts',
  fetch: 'lib/fetch.ts',
  auth: 'lib/auth/index.ts',
  throttle: 'lib/throttle/index.ts',
  metrics: 'lib/metrics/index.ts',
  upkeep: 'lib/upkeep/index.ts',
  events: 'lib/delivery/index.ts',
  transfer: 'lib/transfer/index.ts',
  'drivers/memory': 'drivers/memory.ts',
  'drivers/fs': 'drivers/fs.ts',
  'drivers/s3': 'drivers/s3.ts',
  'drivers/distribution': 'drivers/distribution.ts',
  testing: 'lib/testing/fixture/index.ts',
  'driver-suite': 'lib/testing/suite/index.ts',
};
const docs = { docs: 'lib/docs/index.ts' };
/** What a registry imports when it is first asked for. */
const loadedLater = [
  'lib/access/permission.ts',
  'lib/content/byteranges.ts',
  'lib/cors.ts',
  'lib/hooks/index.ts',
  'lib/legacy/schema1/index.ts',
  'lib/legacy/tarsum/index.ts',
  'lib/operations/blob-deletion.ts',
  'lib/operations/blob-ranges.ts',
  'lib/operations/catalog.ts',
  'lib/operations/manifest-push/schema1.ts',
  'lib/operations/referrers.ts',
  'lib/operations/shared/tag-changes.ts',
  'lib/operations/shared/upload-conflicts.ts',
  'lib/operations/shared/verified-reads.ts',
  'lib/routing/plain-path.ts',
];

type Plugin = NonNullable<Options['esbuildPlugins']>[number];

/** What only documents read of the table. */
const forDocuments = ['description', 'summary', 'spec', 'entity', 'schema', 'example'];

/** Leaves out of the table what only documents say of it: servers never read that, and each would load it. */
const withoutProse: Plugin = {
  name: 'without prose',
  setup: (build) =>
    build.onLoad({ filter: /\/lib\/api\/(?:bodies|errors|formats|parameters|routes)\.ts$/ }, ({ path }) => ({
      loader: 'ts',
      contents: leaveOut(forDocuments, readFileSync(path, 'utf8')),
    })),
};

function leaveOut(names: readonly string[], text: string): string {
  const source = ts.createSourceFile('table.ts', text, ts.ScriptTarget.ESNext);
  let rest = '';
  let from = 0;
  const visit = (node: ts.Node): void => {
    if (!ts.isPropertyAssignment(node) || !names.includes(node.name.getText(source))) {
      ts.forEachChild(node, visit);
      return;
    }
    rest += text.slice(from, node.getStart(source));
    from = node.end + (/^\s*,/.exec(text.slice(node.end))?.[0].length ?? 0);
  };
  visit(source);
  return rest + text.slice(from);
}

/** The documents have the whole table, and are built apart from those that have not. */
const documentsApart: Plugin = {
  name: 'documents apart',
  setup: (build) =>
    build.onResolve({ filter: /\/docs\/index\.ts$/ }, () => ({
      path: `./docs.${build.initialOptions.format === 'cjs' ? 'cjs' : 'js'}`,
      external: true,
    })),
};

const filesOf = (folder: string): string[] =>
  readdirSync(folder).flatMap((name) => (name.endsWith('.ts') ? [`${folder}/${name}`] : []));

/** What is to be one chunk: what drivers share with the registry, and the registry with what its doors share. `by` loads it. */
const together = [
  {
    files: [
      ...filesOf('lib/checks'),
      ...['errors', 'formats', 'known-media', 'read-descriptor'].map((name) => `lib/api/${name}.ts`),
      ...['access/credentials', 'concurrency', 'content/digest', 'driver', 'timers'].map((name) => `lib/${name}.ts`),
    ],
    by: [...Object.values(library), 'lib/cli.ts', 'lib/cli/init-driver.ts', ...loadedLater],
  },
  {
    files: ['lib/registry.ts', ...filesOf('lib/doors')],
    by: [
      'lib/index.ts',
      'lib/fetch.ts',
      'lib/transfer/index.ts',
      'lib/testing/fixture/index.ts',
      'lib/testing/suite/index.ts',
      ...loadedLater,
    ],
  },
];

/**
 * Puts what many entries load into few chunks: the bundler makes one for each set of entries that load something, and each file costs
 * half a millisecond to load.
 */
const fewChunks: Plugin = {
  name: 'few chunks',
  setup(build) {
    build.onLoad({ filter: /\.ts$/ }, ({ path }) => {
      const files = together.flatMap(({ files, by }) => (by.includes(relative('.', path)) ? files : []));
      if (files.length === 0) return undefined;
      const imports = files.map((file) => `import 'together:${file}';`);
      return { loader: 'ts', contents: [readFileSync(path, 'utf8'), ...imports].join('\n') };
    });
    build.onResolve({ filter: /^together:/ }, ({ path }) => ({
      path: resolve(path.slice('together:'.length)),
      sideEffects: true,
    }));
  },
};

/** Shared chunks in both formats, so that one process has one copy of each class however it imports the package. */
const shared: Options = {
  format: ['esm', 'cjs'],
  splitting: true,
  target: 'node20',
  platform: 'node',
  removeNodeProtocol: false,
};

export default defineConfig([
  {
    ...shared,
    entry: { ...library, cli: 'lib/cli.ts' },
    esbuildPlugins: [withoutProse, documentsApart, fewChunks],
    // What `await using` closes has a type of this library, which projects need not name: it comes with the types that have it.
    dts: {
      entry: { ...library, ...docs },
      banner: '/// <reference lib="esnext.disposable" />',
      compilerOptions: { ignoreDeprecations: '6.0' },
    },
  },
  { ...shared, entry: docs },
]);
