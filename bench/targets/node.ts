/** The binary of Node that servers run on: this process's own, or that of another version, from npm's package `node`. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** A binary of Node, and its version. */
export interface NodeBinary {
  readonly path: string;
  /** As in `v24.1.0`. */
  readonly version: string;
}

/** The binary that a path or a major version names; installs the latter where it is missing. */
export function nodeBinary(asked: string | undefined): NodeBinary {
  if (asked === undefined) return { path: process.execPath, version: process.version };
  const path = /^[0-9.]+$/.test(asked) ? installed(asked) : asked;
  return { path, version: execFileSync(path, ['--version'], { encoding: 'utf8' }).trim() };
}

function installed(version: string): string {
  const folder = fileURLToPath(new URL(`../../.cache/bench/node-${version}`, import.meta.url));
  const path = join(folder, 'node_modules/node/bin/node');
  if (existsSync(path)) return path;
  mkdirSync(folder, { recursive: true });
  execFileSync('npm', ['install', '--prefix', folder, '--no-save', '--no-audit', '--no-fund', `node@${version}`], {
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  return path;
}
