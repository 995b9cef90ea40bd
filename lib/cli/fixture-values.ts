/** What stands behind the flags of `stowage fixture`: contents, faults and logins, as text. */
import { existsSync } from 'node:fs';
import { type OptionRow, wrongIn } from '../checks/options.ts';
import { contradictionsIn, type Fault, faultOptions } from '../testing/fixture/faults/fault.ts';
import { UsageError } from './flag-values.ts';
import { didYouMean } from './nearest.ts';

/** Content that a registry is to have. */
export interface SeedArgument {
  /** Where it is put: `team/app:1.0`. */
  readonly reference: string;
  /** A folder with an image layout, or an archive. */
  readonly path: string;
  /** Which entry of it, where several may be there. */
  readonly entry: string | undefined;
}

/** Somebody who can log in. */
export interface UserArgument {
  readonly name: string;
  readonly password: string;
}

/** Reads `team/app:1.0=./layout`, or with an entry of the layout `team/app:1.0=./layout:latest`. */
export function readSeed(text: string): SeedArgument {
  const [, reference = '', located = ''] = /^([^=]+)=(.+)$/.exec(text) ?? [];
  if (located === '') throw new UsageError(`--seed is REF=PATH, as in 'team/app:1.0=./layout', not '${text}'`);
  return { reference, ...pathAndEntry(located) };
}

/** Paths and entries both may have colons: the path is the longest beginning that is there. */
function pathAndEntry(text: string): Pick<SeedArgument, 'path' | 'entry'> {
  const ends = [text.length, ...[...text.matchAll(/:/g)].map(({ index }) => index).reverse()];
  const end = ends.find((each) => existsSync(text.slice(0, each))) ?? text.length;
  return { path: text.slice(0, end), entry: text.slice(end + 1) || undefined };
}

/** Reads `ann:secret`. A password may have colons. */
export function readUser(text: string): UserArgument {
  const [, name = '', password = ''] = /^([^:]+):(.+)$/.exec(text) ?? [];
  if (password === '') throw new UsageError('--user is NAME:PASSWORD');
  return { name, password };
}

/** Reads one of the two ways to log in. */
export function readScheme(text: string): 'basic' | 'bearer' {
  if (text === 'basic' || text === 'bearer') return text;
  throw new UsageError(`--auth is 'basic' or 'bearer', not '${text}'`);
}

/** Reads `operation=getManifest,times=2,status=503`. A name alone says that it is so: `drop`. A name that is repeated has several values. */
export function readFault(text: string): Fault {
  const fault: Record<string, unknown> = {};
  for (const part of text.split(',')) {
    const [name = '', ...rest] = part.split('=');
    const value = readMember(name, rest.length === 0 ? 'true' : rest.join('='));
    fault[name] = name in fault ? [fault[name], value].flat() : value;
  }
  const wrong = [...wrongIn(fault, faultOptions), ...contradictionsIn(fault)];
  if (wrong.length > 0) throw new UsageError(`--fail: ${wrong.join('; ')}`);
  return fault;
}

/** The text, or where that will not do the number or the truth that it is: `reference=1.0` is text, and `times=1` a number. */
function readMember(name: string, text: string): unknown {
  const names = Object.keys(faultOptions);
  if (!isFaultOption(name))
    throw new UsageError(`--fail has no '${name}'${didYouMean(name, names) || `; it has ${names.join(', ')}`}`);
  const { check }: OptionRow = faultOptions[name];
  const plain = /^(?:true|false|[0-9]+(?:\.[0-9]+)?)$/.test(text) ? JSON.parse(text) : text;
  return check(text) === undefined ? text : plain;
}

const isFaultOption = (name: string): name is keyof typeof faultOptions => Object.hasOwn(faultOptions, name);
