/** `stowage init-driver`: writes an empty driver and what it takes to compile it and to run the suite on it. */
import { constants } from 'node:fs';
import { copyFile, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { basename, join, relative, resolve } from 'node:path';
import manifest from '../../package.json' with { type: 'json' };
import { isObject } from '../checks/check.ts';
import type { CliEnvironment } from './environment.ts';
import { dependencyIn, ownPackage } from './own-package.ts';
import { messageOf, StartError } from './start-error.ts';

/** The files that are copied, as this package brings them. */
const template = join(ownPackage, 'examples/drivers/empty');
const copied = ['driver.ts', 'suite.ts', 'tsconfig.json'];

/** What a project of a driver needs beside its files. */
const project = {
  type: 'module',
  scripts: { build: 'tsc', test: 'tsc && stowage test-driver dist/suite.js' },
  devDependencies: {
    '@types/node': `^${manifest.devDependencies['@types/node']}`,
    typescript: `^${manifest.devDependencies.typescript}`,
  },
};

/**
 * Writes the project to a folder, which is made if it is not there, and prints the next step; gives exit code 0. Throws a
 * {@link StartError}, and writes nothing, if one of its files is there already.
 */
export async function initDriver(folder: string, { stdout }: CliEnvironment): Promise<number> {
  try {
    await mkdir(folder, { recursive: true });
    const there = await readdir(folder);
    const taken = copied.filter((name) => there.includes(name));
    if (taken.length > 0) throw new StartError(`${folder} has ${taken.join(', ')} already; nothing was written`);
    const needed = { ...project, dependencies: { [manifest.name]: await dependencyIn(folder) } };
    const completed = there.includes('package.json')
      ? complete(folder, await readFile(join(folder, 'package.json'), 'utf8'), needed)
      : { name: basename(resolve(folder)).toLowerCase(), version: '0.0.0', private: true, ...needed };
    for (const name of copied) await copyFile(join(template, name), join(folder, name), constants.COPYFILE_EXCL);
    await writeFile(join(folder, 'package.json'), `${JSON.stringify(completed, undefined, 2)}\n`);
  } catch (error) {
    throw error instanceof StartError ? error : new StartError(`cannot write to ${folder}: ${messageOf(error)}`);
  }
  stdout.write(nextSteps(folder));
  return 0;
}

/** What `npm init -y` has for a test. */
const noTest = /^echo "Error: no test specified"/;

/** A package.json as `npm init` or `npm install` leaves it, with what the project needs. One with scripts is of a project of its own. */
function complete(folder: string, text: string, needed: typeof project & { readonly dependencies: object }): object {
  const given: unknown = JSON.parse(text);
  if (!isObject(given)) throw new StartError(`${folder} has a package.json that is no object; nothing was written`);
  const { scripts = {}, dependencies, devDependencies } = given;
  const own = Object.entries(scripts as object).filter(([name, line]) => name !== 'test' || !noTest.test(String(line)));
  if (own.length > 0) {
    const names = own.map(([name]) => name).join(', ');
    throw new StartError(`${folder} has a package.json with scripts (${names}); choose a folder of its own, nothing was written`);
  }
  return {
    ...given,
    ...needed,
    dependencies: { ...needed.dependencies, ...(isObject(dependencies) ? dependencies : {}) },
    devDependencies: { ...needed.devDependencies, ...(isObject(devDependencies) ? devDependencies : {}) },
  };
}

function nextSteps(folder: string): string {
  const enter = relative('.', folder) === '' ? '' : `cd ${folder} && `;
  return `package.json, ${copied.join(', ')} are written

Next:  ${enter}npm install && npm test -- --bail
       compiles the driver and runs the suite up to the first failure, which is the method to write next;
       node_modules/stowage/docs/drivers.md is the guide
`;
}
