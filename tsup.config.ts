import { readFileSync } from 'node:fs';
import { defineConfig, type Options } from 'tsup';
import ts from 'typescript';

const library = {
  index: 'lib/index.ts',
  fetch: 'lib/fetch.ts',
  'drivers/memory': 'drivers/memory.ts',
  'drivers/fs': 'drivers/fs.ts',
  'drivers/s3': 'drivers/s3.ts',
  testing: 'lib/testing/fixture/index.ts',
  'driver-suite': 'lib/testing/suite/index.ts',
};
const docs = { docs: 'lib/docs/index.ts' };

type Plugin = NonNullable<Options['esbuildPlugins']>[number];

/** Leaves out of the table what only documents say of it: servers never read that, and each would load it. */
const withoutProse: Plugin = {
  name: 'without prose',
  setup: (build) =>
    build.onLoad({ filter: /\/lib\/api\/(?:bodies|errors|parameters|routes)\.ts$/ }, ({ path }) => ({
      loader: 'ts',
      contents: leaveOutProse(readFileSync(path, 'utf8')),
    })),
};

function leaveOutProse(text: string): string {
  const source = ts.createSourceFile('table.ts', text, ts.ScriptTarget.ESNext);
  let rest = '';
  let from = 0;
  const visit = (node: ts.Node): void => {
    if (!ts.isPropertyAssignment(node) || !['description', 'summary'].includes(node.name.getText(source))) {
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
    esbuildPlugins: [withoutProse, documentsApart],
    dts: { entry: { ...library, ...docs }, compilerOptions: { ignoreDeprecations: '6.0' } },
  },
  { ...shared, entry: docs },
]);
