/** What the words of a command line ask for. */
import { parseArgs } from 'node:util';

/** What `stowage serve` was asked to do. */
export interface ServeArguments {
  readonly driver: 'memory' | 'fs';
  /** The directory of the fs driver, or undefined where none was named. */
  readonly root: string | undefined;
  readonly host: string;
  /** 0 for any free port. */
  readonly port: number;
  /** How many processes answer requests. */
  readonly workers: number;
  readonly allowMissingReferences: boolean;
  readonly deletes: boolean;
}

/** A command line, understood. */
export type Command = { readonly name: 'help' | 'version' } | { readonly name: 'serve'; readonly serve: ServeArguments };

/** A command line that asks for nothing that exists. The message is one line for the person who typed it. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

const flags = {
  help: { type: 'boolean', short: 'h' },
  version: { type: 'boolean', short: 'v' },
  driver: { type: 'string' },
  root: { type: 'string' },
  host: { type: 'string' },
  port: { type: 'string' },
  workers: { type: 'string' },
  'allow-missing-references': { type: 'boolean' },
  'no-delete': { type: 'boolean' },
} as const;

type Flags = ReturnType<typeof parseArgs<{ options: typeof flags; allowPositionals: true }>>['values'];

/** Reads the words after the program's name. Throws a {@link UsageError} for what is not understood. */
export function readArguments(words: readonly string[]): Command {
  const { values, positionals } = parse(words);
  const [name, ...others] = positionals;
  if (name !== undefined && name !== 'serve') throw new UsageError(`there is no command '${name}'; the only one is 'serve'`);
  if (others[0] !== undefined) throw new UsageError(`'serve' takes flags only, not '${others[0]}'`);
  if (values.help) return { name: 'help' };
  if (values.version) return { name: 'version' };
  if (name !== undefined) return { name: 'serve', serve: readServe(values) };
  if (words.length > 0) throw new UsageError("flags need a command before them, as in 'stowage serve --port 5001'");
  return { name: 'help' };
}

function parse(words: readonly string[]) {
  try {
    return parseArgs({ args: [...words], options: flags, allowPositionals: true });
  } catch (error) {
    // parseArgs explains at length how to escape dashes; its first sentence says what is wrong.
    if (error instanceof TypeError) throw new UsageError(error.message.split(/\.? To specify|\n/)[0]);
    throw error;
  }
}

function readServe(values: Flags): ServeArguments {
  const driver = readDriver(values.driver ?? 'fs');
  const workers = readNumber('workers', values.workers ?? '1', 1, 256);
  if (driver === 'memory' && workers > 1) throw new UsageError('--workers needs the fs driver: processes share no memory');
  return {
    driver,
    workers,
    root: values.root === undefined ? undefined : readText('root', values.root),
    host: readText('host', values.host ?? '127.0.0.1').replace(/^\[(.*)\]$/, '$1'),
    port: readNumber('port', values.port ?? '5000', 0, 65535),
    allowMissingReferences: values['allow-missing-references'] ?? false,
    deletes: !values['no-delete'],
  };
}

function readDriver(value: string): 'memory' | 'fs' {
  if (value !== 'memory' && value !== 'fs') throw new UsageError(`--driver is 'memory' or 'fs', not '${value}'`);
  return value;
}

function readText(flag: string, value: string): string {
  if (value.trim() === '') throw new UsageError(`--${flag} is empty`);
  return value;
}

function readNumber(flag: string, value: string, least: number, most: number): number {
  const number = Number(value);
  if (/^[0-9]{1,5}$/.test(value) && number >= least && number <= most) return number;
  throw new UsageError(`--${flag} is a number from ${least} to ${most}, not '${value}'`);
}
