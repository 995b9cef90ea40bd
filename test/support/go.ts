/** Programs in Go that the tests need, each in a folder of its own version. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const cache = fileURLToPath(new URL('../../.cache/bin', import.meta.url));

/**
 * The path of a program, by the path of its package; installs it where it is missing, or ends the process with 2 where that
 * cannot be done.
 */
export function installGoProgram(path: string, version: string): string {
  const name = basename(path);
  const folder = join(cache, `${name}-${version}`);
  const program = join(folder, name);
  if (existsSync(program)) return program;
  const module = `${path}@${version}`;
  mkdirSync(folder, { recursive: true });
  try {
    execFileSync('go', ['install', module], { env: { ...process.env, GOBIN: folder }, stdio: ['ignore', 'inherit', 'inherit'] });
  } catch (error) {
    const missing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    const advice = 'go is missing: install it (Debian: golang-go, 1.24 or newer), then try again';
    process.stderr.write(`${missing ? advice : `go install ${module} failed`}\n`);
    process.exit(2);
  }
  return program;
}
