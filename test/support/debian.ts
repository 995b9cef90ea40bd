/** Programs of Debian packages, for tests that need them. */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/**
 * The paths of programs, each named with the package that it comes in. Installs what is missing where this process may, and
 * ends it with 2 where not.
 */
export function installPrograms<Name extends string>(packages: Readonly<Record<Name, string>>): Record<Name, string> {
  const names = Object.keys(packages) as Name[];
  const missing = names.filter((name) => find(name) === undefined).map((name) => packages[name]);
  if (missing.length > 0) install(missing);
  const found = names.map((name) => [name, find(name) ?? stop([packages[name]])]);
  return Object.fromEntries(found) as Record<Name, string>;
}

/** The path of a program, or undefined. */
function find(name: string): string | undefined {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/bin', '/usr/bin', '/usr/sbin', ...foldersOfPostgresql()];
  return folders.map((folder) => join(folder, name)).find((path) => existsSync(path));
}

/** Where Debian has the programs of the PostgreSQL server, the newest version first: several may be installed. */
function foldersOfPostgresql(): string[] {
  const parent = '/usr/lib/postgresql';
  const versions = existsSync(parent) ? readdirSync(parent) : [];
  return versions.sort((one, other) => Number(other) - Number(one)).map((version) => join(parent, version, 'bin'));
}

function install(packages: readonly string[]): void {
  if (process.getuid?.() !== 0 || find('apt-get') === undefined) stop(packages);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const allow = forbidServices();
  try {
    for (const words of [
      ['update', '-q'],
      ['install', '-qy', '--no-install-recommends', ...packages],
    ]) {
      execFileSync('apt-get', words, { env, stdio: ['ignore', 'ignore', 'inherit'] });
    }
  } catch {
    // apt-get has said on stderr what was wrong.
    stop(packages);
  } finally {
    allow();
  }
}

/** Keeps the servers that are being installed from being started as services. Gives the function that ends this. */
function forbidServices(): () => void {
  const policy = '/usr/sbin/policy-rc.d';
  if (existsSync(policy)) return () => undefined;
  // 101: forbidden by the policy.
  writeFileSync(policy, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  return () => rmSync(policy);
}

function stop(packages: readonly string[]): never {
  process.stderr.write(`install these Debian packages, then try again: ${packages.join(' ')}\n`);
  process.exit(2);
}
