/** What the words of a command line ask for. */
import { parseArgs } from 'node:util';
import type { Amounts, DriverCase } from '../testing/suite/index.ts';

/** What `stowage serve` was asked to do. */
export interface ServeArguments {
  readonly driver: DriverName;
  /** The bucket of the s3 driver; undefined for the others. */
  readonly bucket: BucketArguments | undefined;
  /** The directory of the fs driver, or undefined where none was named. */
  readonly root: string | undefined;
  readonly host: string;
  /** 0 for any free port. */
  readonly port: number;
  /** How many processes answer requests. */
  readonly workers: number;
  readonly allowMissingReferences: boolean;
  readonly deletes: boolean;
  /** Whether the reference of the API is served beside it. */
  readonly docs: boolean;
}

/** A bucket, and where it is. */
export interface BucketArguments {
  readonly bucket: string;
  /** The URL of the object store, where it is not the SDK's own choice. */
  readonly endpoint: string | undefined;
  /** What all keys in the bucket begin with. */
  readonly prefix: string | undefined;
}

/** Where content can be kept. */
export type DriverName = 'memory' | 'fs' | 's3';

/** What `stowage coverage` was asked to do. */
export interface CoverageArguments {
  /** Where the registry is, without `/v2`: `http://127.0.0.1:5000`. */
  readonly origin: string;
}

/** What `stowage test-driver` was asked to do. */
export interface TestDriverArguments {
  /** The path or the file URL of a module that gives drivers. */
  readonly module: string;
  /** Which parts of the suite to run, or undefined where none was named. */
  readonly levels: readonly Level[] | undefined;
  /** What was said about how much to run. */
  readonly amounts: Partial<Pick<Amounts, 'sequences' | 'seed'>>;
}

type Level = DriverCase['level'];

/** A command line, understood. */
export type Command =
  | { readonly name: 'help' | 'version' }
  | { readonly name: 'serve'; readonly serve: ServeArguments }
  | { readonly name: 'test-driver'; readonly testDriver: TestDriverArguments }
  | { readonly name: 'coverage'; readonly coverage: CoverageArguments }
  | { readonly name: 'check-s3'; readonly bucket: BucketArguments };

/** A command line that asks for nothing that exists. The message is one line for the person who typed it. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

const flags = {
  anywhere: {
    help: { type: 'boolean', short: 'h' },
    version: { type: 'boolean', short: 'v' },
  },
  serve: {
    driver: { type: 'string' },
    root: { type: 'string' },
    bucket: { type: 'string' },
    endpoint: { type: 'string' },
    prefix: { type: 'string' },
    host: { type: 'string' },
    port: { type: 'string' },
    workers: { type: 'string' },
    'allow-missing-references': { type: 'boolean' },
    'no-delete': { type: 'boolean' },
    docs: { type: 'boolean' },
  },
  'test-driver': {
    level: { type: 'string', multiple: true },
    sequences: { type: 'string' },
    seed: { type: 'string' },
  },
  coverage: { url: { type: 'string' } },
  'check-s3': { bucket: { type: 'string' }, endpoint: { type: 'string' }, prefix: { type: 'string' } },
} as const;

const allFlags = { ...flags.anywhere, ...flags.serve, ...flags['test-driver'], ...flags.coverage };

type Flags = ReturnType<typeof parseArgs<{ options: typeof allFlags; allowPositionals: true }>>['values'];

/** Reads the words after the program's name. Throws a {@link UsageError} for what is not understood. */
export function readArguments(words: readonly string[]): Command {
  const { values, positionals } = parse(words);
  const [name, ...others] = positionals;
  if (name !== undefined) checkWords(name, others, values);
  if (values.help) return { name: 'help' };
  if (values.version) return { name: 'version' };
  if (name === 'serve') return { name, serve: readServe(values) };
  if (name === 'test-driver') return { name, testDriver: readTestDriver(others[0], values) };
  if (name === 'check-s3') return { name, bucket: readBucket(name, values) };
  if (name === 'coverage') return { name, coverage: { origin: readOrigin(values.url) } };
  if (words.length > 0) throw new UsageError("flags need a command before them, as in 'stowage serve --port 5001'");
  return { name: 'help' };
}

/** Refuses a command that does not exist, and words and flags that it does not take. */
function checkWords(name: string, others: readonly string[], values: Flags): void {
  if (name !== 'serve' && name !== 'test-driver' && name !== 'coverage' && name !== 'check-s3')
    throw new UsageError(`there is no command '${name}'; there are 'serve', 'test-driver', 'coverage' and 'check-s3'`);
  if (name !== 'test-driver' && others[0] !== undefined) throw new UsageError(`'${name}' takes flags only, not '${others[0]}'`);
  if (others[1] !== undefined) throw new UsageError(`'test-driver' takes one module, not '${others[1]}' as well`);
  const strange = Object.keys(values).find((flag) => !(flag in flags.anywhere || flag in flags[name]));
  if (strange !== undefined) throw new UsageError(`'${name}' takes no --${strange}`);
}

function parse(words: readonly string[]) {
  try {
    return parseArgs({ args: [...words], options: allFlags, allowPositionals: true });
  } catch (error) {
    // parseArgs explains at length how to escape dashes; its first sentence says what is wrong.
    if (error instanceof TypeError) throw new UsageError(error.message.split(/\.? To specify|\n/)[0]);
    throw error;
  }
}

function readServe(values: Flags): ServeArguments {
  const driver = readDriver(values.driver ?? 'fs');
  const workers = readNumber('workers', values.workers ?? '1', 1, 256);
  if (driver === 'memory' && workers > 1)
    throw new UsageError('--workers needs the fs or the s3 driver: processes share no memory');
  return {
    driver,
    workers,
    root: readOptional('root', values.root),
    bucket: driver === 's3' ? readBucket('--driver s3', values) : undefined,
    host: readText('host', values.host ?? '127.0.0.1').replace(/^\[(.*)\]$/, '$1'),
    port: readNumber('port', values.port ?? '5000', 0, 65535),
    allowMissingReferences: values['allow-missing-references'] ?? false,
    deletes: !values['no-delete'],
    docs: values.docs ?? false,
  };
}

function readBucket(asker: string, { bucket, endpoint, prefix }: Flags): BucketArguments {
  if (bucket === undefined) throw new UsageError(`${asker} needs a --bucket`);
  if (endpoint !== undefined && !/^https?:$/.test(URL.canParse(endpoint) ? new URL(endpoint).protocol : ''))
    throw new UsageError(`--endpoint is a URL, as in 'http://127.0.0.1:9000', not '${endpoint}'`);
  return { bucket: readText('bucket', bucket), endpoint, prefix: readOptional('prefix', prefix) };
}

function readTestDriver(module: string | undefined, { level, sequences, seed }: Flags): TestDriverArguments {
  if (module === undefined)
    throw new UsageError("'test-driver' needs a module that gives drivers, as in 'stowage test-driver ./driver.mjs'");
  return {
    module,
    levels: level?.flatMap(readLevel),
    amounts: {
      ...(sequences !== undefined && { sequences: readNumber('sequences', sequences, 1, 99_999) }),
      ...(seed !== undefined && { seed: readText('seed', seed) }),
    },
  };
}

function readOrigin(value: string | undefined): string {
  const example = "as in 'stowage coverage --url http://127.0.0.1:5000'";
  if (value === undefined) throw new UsageError(`'coverage' needs the URL of a registry, ${example}`);
  if (!URL.canParse(value) || new URL(value).protocol !== 'http:') throw new UsageError(`--url is an http URL, ${example}`);
  const { origin, pathname } = new URL(value);
  if (pathname !== '/') throw new UsageError(`--url has no path, ${example}: the API is asked for at /v2/`);
  return origin;
}

const levels: readonly Level[] = ['contract', 'concurrency', 'durability', 'scale', 'wire'];

function readLevel(value: string): readonly Level[] {
  const found = value === 'all' ? levels : levels.filter((level) => level === value);
  if (found.length > 0) return found;
  throw new UsageError(`--level is one of ${levels.join(', ')} and all, not '${value}'`);
}

function readDriver(value: string): DriverName {
  if (value !== 'memory' && value !== 'fs' && value !== 's3')
    throw new UsageError(`--driver is 'memory', 'fs' or 's3', not '${value}'`);
  return value;
}

function readText(flag: string, value: string): string {
  if (value.trim() === '') throw new UsageError(`--${flag} is empty`);
  return value;
}

function readOptional(flag: string, value: string | undefined): string | undefined {
  return value === undefined ? undefined : readText(flag, value);
}

function readNumber(flag: string, value: string, least: number, most: number): number {
  const number = Number(value);
  if (/^[0-9]{1,5}$/.test(value) && number >= least && number <= most) return number;
  throw new UsageError(`--${flag} is a number from ${least} to ${most}, not '${value}'`);
}
