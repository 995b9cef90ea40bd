/** The package as it is packed, installed beside others in a folder that is kept. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** The folder of the project. */
export const project = join(import.meta.dirname, '../..');

/**
 * Packs what was built, and installs it in a folder with these packages, where they are not there yet: names and ranges, as in
 * `package.json`.
 */
export function installBeside(folder: string, packages: Readonly<Record<string, string>>): void {
  mkdirSync(folder, { recursive: true });
  const run = (...words: readonly string[]) =>
    execFileSync('npm', words, { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] });
  run('pack', project, '--ignore-scripts', '--silent');
  const { version } = JSON.parse(readFileSync(join(project, 'package.json'), 'utf8'));
  const dependencies = { ...packages, stowage: `file:./stowage-${version}.tgz` };
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ private: true, type: 'module', dependencies }));
  // Of a package that has the same version, npm keeps what it has.
  rmSync(join(folder, 'node_modules/stowage'), { recursive: true, force: true });
  run('install', '--silent', '--no-audit', '--no-fund', '--no-package-lock');
}

/** The packages that a folder's `package.json` names. */
export function dependenciesIn(folder: string): Record<string, string> {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')).dependencies;
}

/** The package that has a version of Node for this machine: that of the name `node` fetches it in a script, which npm may not run. */
export const nodeForHere = (version: string): string =>
  `npm:node-${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}@${version}`;
