/** The package as its users get it: packed, and installed offline into an empty folder. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import manifest from '../../package.json' with { type: 'json' };

const project = join(import.meta.dirname, '../..');

/** A folder with the package installed. */
export interface Installed {
  readonly folder: string;
  /** A path in the package. */
  at(...names: string[]): string;
  /** Runs a program in the folder; gives what it printed. Rejects if it ends with another exit code than 0. */
  run(program: string, ...words: string[]): Promise<string>;
  remove(): Promise<void>;
}

/** Packs what was built, and installs it. */
export async function installPackage(): Promise<Installed> {
  const folder = await mkdtemp(join(tmpdir(), 'stowage-package-'));
  const run = async (program: string, ...words: string[]): Promise<string> =>
    (await promisify(execFile)(program, words, { cwd: folder })).stdout;
  await run('npm', 'pack', project, '--ignore-scripts', '--silent');
  await writeFile(join(folder, 'package.json'), '{ "private": true }');
  await run('npm', 'install', '--offline', '--no-audit', '--no-fund', '--silent', `./stowage-${manifest.version}.tgz`);
  return {
    folder,
    at: (...names) => join(folder, 'node_modules', 'stowage', ...names),
    run,
    remove: () => rm(folder, { recursive: true }),
  };
}
