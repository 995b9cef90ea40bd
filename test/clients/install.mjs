// @ts-check
/** The Debian packages that the client tests need. */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

const needed = { skopeo: 'skopeo', busybox: 'busybox-static' };

/**
 * The path of a program, or undefined.
 * @param {string} name
 */
function find(name) {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/bin', '/usr/bin'];
  return folders.map((folder) => join(folder, name)).find((path) => existsSync(path));
}

/**
 * The paths of skopeo and busybox. Installs what is missing where this process may, and ends it with 2 where not.
 * @returns {Record<keyof typeof needed, string>}
 */
export function installPrograms() {
  const missing = Object.entries(needed).filter(([name]) => find(name) === undefined);
  if (missing.length > 0) install(missing.map(([, debianPackage]) => debianPackage));
  const [skopeo, busybox] = [find('skopeo'), find('busybox')];
  if (skopeo === undefined || busybox === undefined) return stop(Object.values(needed));
  return { skopeo, busybox };
}

/** @param {string[]} packages */
function install(packages) {
  if (process.getuid?.() !== 0 || find('apt-get') === undefined) stop(packages);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  try {
    execFileSync('apt-get', ['update', '-q'], { env, stdio: ['ignore', 'ignore', 'inherit'] });
    execFileSync('apt-get', ['install', '-qy', '--no-install-recommends', ...packages], {
      env,
      stdio: ['ignore', 'ignore', 'inherit'],
    });
  } catch {
    // apt-get has said on stderr what was wrong.
    stop(packages);
  }
}

/**
 * @param {string[]} packages
 * @returns {never}
 */
function stop(packages) {
  console.error(`install these Debian packages, then try again: ${packages.join(' ')}`);
  process.exit(2);
}
