/** From the path of a module to what it says about a driver. */
import { statSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Check, callable, list, must, object, text } from '../checks/check.ts';
import { wrongIn } from '../checks/options.ts';
import type { DriverUnderTest } from '../testing/suite/index.ts';
import { defaultExport } from './default-export.ts';
import { StartError } from './start-error.ts';

/** What a module exports: all that is known of a driver, but perhaps neither its name nor what it lacks. */
export type Given = Omit<DriverUnderTest, 'name'> & Partial<Pick<DriverUnderTest, 'name'>>;

const expected = 'a function that gives a new empty driver, or an object with such a function as its create';

/** What the options of a module have to be. */
const options: Readonly<Record<keyof DriverUnderTest, { readonly check: Check }>> = {
  name: { check: text },
  create: { check: callable },
  reopen: { check: callable },
  peer: { check: callable },
  dispose: { check: callable },
  faults: { check: callable },
  losePower: {
    check: must("be a function or 'forgets nothing'", (value) => typeof value === 'function' || value === 'forgets nothing'),
  },
  staged: { check: callable },
  lacks: { check: list },
  levels: { check: list },
  amounts: { check: object },
};

/** Imports a module that gives drivers. Throws a {@link StartError} that says what is wrong with it. */
export async function load(module: string): Promise<Given> {
  const path = module.startsWith('file:') ? fileURLToPath(module) : resolve(module);
  if (!isFile(path)) throw new StartError(`there is no file ${path}; expected a module (.js, .mjs or .cjs) that gives drivers`);
  return read(basename(path), await defaultExport(path));
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
}

function read(file: string, given: unknown): Given {
  if (isCreate(given)) return { create: given };
  const wrong =
    typeof given === 'object' && given !== null ? wrongWith(given) : [`it is ${given === undefined ? 'missing' : typeof given}`];
  if (wrong.length > 0) throw new StartError(`the default export of ${file} is not ${expected}: ${wrong.join('; ')}`);
  return given as Given;
}

function isCreate(given: unknown): given is Given['create'] {
  return typeof given === 'function';
}

/** All that is wrong with what is no function. */
function wrongWith(given: object): string[] {
  if ('blobs' in given) return ['it is a driver itself, and each case needs a new one'];
  return [...(Reflect.get(given, 'create') === undefined ? ['it has no create'] : []), ...wrongIn(given, options)];
}
