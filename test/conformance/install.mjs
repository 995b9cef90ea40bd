// @ts-check
/** The OCI conformance program: where it is, or how it gets there. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const version = 'v0.0.0-20260831232431-97274622c111';
const module = `github.com/opencontainers/distribution-spec/conformance@${version}`;
const folder = fileURLToPath(new URL(`../../.cache/bin/conformance-${version}`, import.meta.url));

/** The path of the program; installs it where it is missing, or ends the process with 2 where that cannot be done. */
export function installProgram() {
  const program = `${folder}/conformance`;
  if (existsSync(program)) return program;
  mkdirSync(folder, { recursive: true });
  try {
    execFileSync('go', ['install', module], { env: { ...process.env, GOBIN: folder }, stdio: ['ignore', 'inherit', 'inherit'] });
  } catch (error) {
    const missing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    console.error(
      missing ? 'go is missing: install it (Debian: golang-go, 1.24 or newer), then try again' : `go install ${module} failed`,
    );
    process.exit(2);
  }
  return program;
}
