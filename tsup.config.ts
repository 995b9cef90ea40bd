import { defineConfig } from 'tsup';

const library = {
  index: 'lib/index.ts',
  fetch: 'lib/fetch.ts',
  'drivers/memory': 'drivers/memory.ts',
  'drivers/fs': 'drivers/fs.ts',
  'drivers/s3': 'drivers/s3.ts',
  'driver-suite': 'lib/testing/suite/index.ts',
  docs: 'lib/docs/index.ts',
};

/** Shared chunks in both formats, so that one process has one copy of each class however it imports the package. */
export default defineConfig({
  entry: { ...library, cli: 'lib/cli.ts' },
  format: ['esm', 'cjs'],
  splitting: true,
  target: 'node20',
  platform: 'node',
  clean: true,
  removeNodeProtocol: false,
  dts: { entry: library, compilerOptions: { ignoreDeprecations: '6.0' } },
});
