/** Where this package lies, and how another project can ask for it. */
import { readFile } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import manifest from '../../package.json' with { type: 'json' };
import { isObject } from '../checks/check.ts';

/** The folder of this package. What is built lies in `dist` below it. */
export const ownPackage = fileURLToPath(new URL('..', import.meta.url));

/**
 * What a project in a folder has to name as its dependency to get this very package: the tarball or the folder that it was installed
 * from, if it was, and its version otherwise.
 */
export async function dependencyIn(folder: string): Promise<string> {
  const fromFolder = (path: string): string => `file:${relative(resolve(folder), path).split(sep).join('/')}`;
  const modules = dirname(resolve(ownPackage));
  if (basename(modules) !== 'node_modules') return fromFolder(ownPackage);
  const [, path] = /^file:(.+)/.exec(await dependencyOf(dirname(modules))) ?? [];
  return path === undefined ? `^${manifest.version}` : fromFolder(join(dirname(modules), path));
}

/** How the project in a folder asks for this package; empty where it does not say. */
async function dependencyOf(project: string): Promise<string> {
  try {
    const { dependencies, devDependencies }: { readonly [name: string]: unknown } = JSON.parse(
      await readFile(join(project, 'package.json'), 'utf8'),
    );
    const asked = [dependencies, devDependencies].map((each) => (isObject(each) ? each[manifest.name] : undefined));
    return String(asked.find((each) => each !== undefined) ?? '');
  } catch {
    // A package can lie in node_modules without any project.
    return '';
  }
}
