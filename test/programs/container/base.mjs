// @ts-check
/** A Debian with the Node and the npm of this machine: what an image of Node has, where none can be fetched. */
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Makes its file system in a folder, where it is not there yet.
 * @param {string} mmdebstrap
 * @param {string} folder
 */
export function makeBase(mmdebstrap, folder) {
  if (existsSync(folder)) return;
  const [, release = 'stable'] = /^VERSION_CODENAME=(\w+)$/m.exec(readFileSync('/etc/os-release', 'utf8')) ?? [];
  const unfinished = `${folder}.unfinished`;
  rmSync(unfinished, { recursive: true, force: true });
  execFileSync(mmdebstrap, ['--quiet', '--variant=minbase', '--include=libstdc++6', release, unfinished], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const at = (/** @type {string} */ path) => join(unfinished, 'usr/local', path);
  mkdirSync(at('lib/node_modules'), { recursive: true });
  cpSync(process.execPath, at('bin/node'), { dereference: true });
  const npm = join(execFileSync('npm', ['root', '--global'], { encoding: 'utf8' }).trim(), 'npm');
  cpSync(npm, at('lib/node_modules/npm'), { recursive: true });
  symlinkSync('../lib/node_modules/npm/bin/npm-cli.js', at('bin/npm'));
  renameSync(unfinished, folder);
}
