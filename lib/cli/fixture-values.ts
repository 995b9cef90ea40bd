/** What stands behind the flags of `stowage fixture`: contents, faults and logins, as text. */
import { existsSync } from 'node:fs';
import { type OptionRule, wrongIn } from '../checks/options.ts';
import { type Behaviour, behaviourNames } from '../testing/fixture/behaviours/names.ts';
import { contradictionsIn, type Fault, faultOptions } from '../testing/fixture/faults/fault.ts';
import { UsageError } from './flag-values.ts';
import { didYouMean } from './nearest.ts';
import { messageOf } from './start-error.ts';

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

/** Reads `no-referrers,no-mount`. */
export function readBehaviours(text: string): readonly Behaviour[] {
  return text.split(',').map((name) => {
    if (isBehaviour(name)) return name;
    throw strange('--behaviours', name, behaviourNames);
  });
}

/** What is said of a name that a flag does not have. */
function strange(flag: string, name: string, names: readonly string[]): UsageError {
  return new UsageError(`${flag} has no '${name}'${didYouMean(name, names) || `; it has ${names.join(', ')}`}`);
}

const isBehaviour = (name: string): name is Behaviour => behaviourNames.some((each) => each === name);

/** Reads one of the two ways to log in. */
export function readScheme(text: string): 'basic' | 'bearer' {
  if (text === 'basic' || text === 'bearer') return text;
  throw new UsageError(`--auth is 'basic' or 'bearer', not '${text}'`);
}

/**
 * Reads `operation=getManifest,times=2,status=503`. A name alone says that it is so: `drop`. A name that is repeated has several values,
 * `headers.Location=…` is one header, and what stands between slashes an expression: `repository=/^team/`. What has commas is written as
 * JSON: `{"status":503,"message":"busy, come later"}`.
 */
export function readFault(text: string): Fault {
  const fault = text.startsWith('{') ? readJson(text) : readMembers(text);
  const wrong = [...wrongIn(fault, faultOptions), ...contradictionsIn(fault)];
  if (wrong.length > 0) throw new UsageError(`--fail: ${wrong.join('; ')}`);
  return fault;
}

/** A fault as JSON. Text between slashes is an expression there, too. */
function readJson(text: string): Fault {
  // What its members have to be is checked by the table.
  const members = orUsage<Fault>(() => JSON.parse(text));
  return Object.fromEntries(Object.entries(members).map(([name, value]) => [name, readExpression(name, value)]));
}

/** What is read, or why it cannot be, to whoever typed it. */
function orUsage<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw new UsageError(`--fail: ${messageOf(error)}`);
  }
}

function readMembers(text: string): Fault {
  const fault: Record<string, unknown> = {};
  const headers: Record<string, string> = {};
  for (const part of text.split(',')) {
    const [name = '', ...rest] = part.split('=');
    const given = rest.length === 0 ? 'true' : rest.join('=');
    if (name.startsWith('headers.')) {
      headers[name.slice('headers.'.length)] = given;
      continue;
    }
    const value = readMember(name, given);
    fault[name] = name in fault ? [fault[name], value].flat() : value;
  }
  return Object.keys(headers).length === 0 ? fault : { ...fault, headers };
}

const expressive = new Set(['repository', 'reference', 'digest', 'path']);

/** `/^team/` as an expression, where a member of a fault may be one. A path between slashes is one as well: no path of the API ends so. */
function readExpression(name: string, value: unknown): unknown {
  const [, source] = (typeof value === 'string' && expressive.has(name) && /^\/(?!v2\/$)(.+)\/$/.exec(value)) || [];
  return source === undefined ? value : orUsage(() => new RegExp(source));
}

/** The text, or where that will not do the number or the truth that it is: `reference=1.0` is text, and `times=1` a number. */
function readMember(name: string, text: string): unknown {
  if (!isFaultOption(name)) throw strange('--fail', name, Object.keys(faultOptions));
  if (name === 'headers') throw new UsageError('--fail: headers are given one by one, as in headers.Location=/elsewhere');
  const { check }: OptionRule = faultOptions[name];
  const plain = /^(?:true|false|[0-9]+(?:\.[0-9]+)?)$/.test(text) ? JSON.parse(text) : text;
  const expression = readExpression(name, text);
  if (expression !== text) return expression;
  return check(text) === undefined ? text : plain;
}

const isFaultOption = (name: string): name is keyof typeof faultOptions => Object.hasOwn(faultOptions, name);
