/** Builds the package before the tests that run it as its users get it, if the sources are newer than the last build. */
import { execFileSync } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

const project = join(import.meta.dirname, '../..');
const sources = ['lib', 'drivers', 'package.json', 'tsup.config.ts'];
const products = [
  'dist/cli.js',
  'dist/index.cjs',
  'dist/index.d.ts',
  'dist/drivers/fs.d.cts',
  'dist/driver-suite.d.cts',
  'dist/docs.d.cts',
];

/** Called by vitest, once. */
export function setup(): void {
  const built = products.map((path) => statSync(join(project, path), { throwIfNoEntry: false })?.mtimeMs ?? 0);
  if (Math.max(...sources.map((path) => changed(join(project, path)))) < Math.min(...built)) return;
  execFileSync('npm', ['run', 'build', '--silent'], { cwd: project, stdio: ['ignore', 'ignore', 'inherit'] });
}

/** When a file, or the newest file of a folder, was changed. */
function changed(path: string): number {
  const found = statSync(path);
  if (!found.isDirectory()) return found.mtimeMs;
  return Math.max(...readdirSync(path).map((name) => changed(join(path, name))));
}
