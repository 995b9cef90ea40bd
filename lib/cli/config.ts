/** The configuration file of `stowage serve`: what its flags say, and the options of the registry that no flag can say. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { extname, resolve } from 'node:path';
import { isObject } from '../checks/check.ts';
import { defaultExport } from './default-export.ts';
import { argumentOf, type Flag, type Flags, nameOf, renamed, UsageError } from './flag-values.ts';
import { didYouMean } from './nearest.ts';
import { needed, StartError } from './start-error.ts';

/** A configuration as it was found, and the name of its file. */
export interface Config {
  readonly file: string;
  readonly members: Readonly<Record<string, unknown>>;
}

/** What is looked for where no file is named. Newer versions of Node read those in TypeScript, too; others say that they do not. */
const usualNames = ['js', 'mjs', 'cjs', 'json', 'ts', 'mts', 'cts'].map((extension) => `stowage.config.${extension}`);

/**
 * Reads the file that was named, or the first of the usual names that is there; undefined if none is. Throws a {@link StartError} that says
 * what is wrong with it.
 */
export async function readConfig(named: string | undefined): Promise<Config | undefined> {
  const file = named ?? usualNames.find((name) => existsSync(name));
  if (file === undefined) return undefined;
  const path = resolve(file);
  if (!existsSync(path))
    throw new StartError(`there is no file ${path}; --config names a file of JavaScript, TypeScript or JSON`);
  const members = extname(path) === '.json' ? await parsed(path) : await defaultExport(path);
  if (!isObject(members))
    throw new StartError(
      `${file} has no configuration: it is ${members === undefined ? 'missing' : typeof members}, not an object`,
    );
  return { file, members };
}

/** The members of a configuration that are flags. Throws a {@link UsageError} for one that is none. */
export function flagsIn({ file, members }: Config, flags: Flags): Readonly<Record<string, unknown>> {
  const { options, ...others } = members;
  const known = Object.keys(flags).filter((name) => name !== 'config');
  const strange = Object.keys(others).find((name) => !known.includes(name));
  if (strange === undefined) return others;
  throw new UsageError(`${file}: there is no '${strange}'${didYouMean(strange, [...known, 'options'])}`);
}

/** The argument of a flag that a configuration has. */
export function argumentOfMember(file: string, argument: string, described: Flag, value: unknown): unknown {
  const member = `${file}: ${argument}`;
  if (!('read' in described)) {
    if (typeof value === 'boolean') return value;
    throw new UsageError(`${member} is true or false, not ${JSON.stringify(value)}`);
  }
  if (typeof value !== 'string' && typeof value !== 'number')
    throw new UsageError(`${member} is text or a number, not ${JSON.stringify(value)}`);
  const flag = nameOf(argument, described);
  return renamed(flag, member, () => argumentOf(flag, described, [String(value)]));
}

const parsed = (path: string): Promise<unknown> => needed(`read ${path}`, async () => JSON.parse(await readFile(path, 'utf8')));
